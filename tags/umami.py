"""Sends events to Umami's collector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from pydantic import Field

from core.component import Setup, Shape, TagExample, TagSettings
from core.context import Context
from core.expressions.urls import url_host
from core.fields import OpenTemplate
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Skip
from wire.conversions import commerce, judging, packing, visitor
from wire.conversions.moment import SECOND, micros, named
from wire.conversions.settings import Place
from wire.conversions.vendor import VendorTag
from wire.headers import header_text
from wire.own_data import own_parameters, plain

ENDPOINT: Final = "https://cloud.umami.is"

_PAGE_VIEW: Final = "page_view"
_PURCHASE: Final = "purchase"
_FORMULA: Final = tuple("=+-@\t\r")
_TOKEN: Final = b"eyJ"
"""How a token begins, which earlier versions of Umami answer alone."""
_FORBIDDEN: Final = 403
_ID: Final = r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"


class UmamiSettings(TagSettings):
    """Sends events to Umami."""

    website_id: str = Field(pattern=f"^{_ID}$", description="The website's id in Umami, a UUID.")
    data: dict[str, OpenTemplate] | None = Field(
        None, description="What is kept of an event besides its name; default: the event's own parameters."
    )
    tag: str | None = Field(
        None, min_length=1, pattern=r"^[^=+\-@\t\r]", description="A tag by which Umami can filter, such as `server`."
    )
    endpoint: Place = Field(ENDPOINT, description="Where Umami is: scheme and host, and a folder where there is one.")

    needs: ClassVar[Sequence[str]] = ("event_name", "page_location", "user_agent", "ip_override")
    shapes: ClassVar[Mapping[str, Shape]] = {"website_id": Shape(_ID, "a website's id in Umami, which is a UUID")}


class Umami(VendorTag[UmamiSettings]):
    """Sends events to Umami, one with each request.

    ``page_view`` is a page view; every other event keeps its name. What the event says by itself is its data, but neither ids of
    the visitor nor what holds an e-mail address; a ``user_id`` is Umami's distinct id. The ``value`` of a ``purchase`` is its
    ``revenue`` too: Umami adds up whatever has one.

    Umami knows visitors by browser and address: an event without one of them is not sent. What it takes for a bot's, and what
    comes from an address that it is told to ignore, is given up.
    """

    Settings: ClassVar[type[TagSettings]] = UmamiSettings
    _own_origins = (ENDPOINT,)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase",
            settings={"website_id": "b59e9c65-0000-4000-8000-000000000000", "endpoint": "https://umami.example.com"},
            event={
                "event_name": "purchase",
                "x-mp-timestamp_micros": 1767312000000000,
                "transaction_id": "A-2040",
                "value": 48.5,
                "currency": "EUR",
                "page_location": "https://shop.example.com/done?x=1",
                "page_title": "Done",
                "ip_override": "203.0.113.9",
                "user_agent": "Mozilla/5.0",
            },
            sends=(
                OutboundRequest(
                    method="POST",
                    url="https://umami.example.com/api/send",
                    headers=(("user-agent", "Mozilla/5.0"), ("content-type", "application/json")),
                    body=b'{"type":"event","payload":{"website":"b59e9c65-0000-4000-8000-000000000000",'
                    b'"hostname":"shop.example.com","url":"/done?x=1","title":"Done","name":"purchase","data":{'
                    b'"transaction_id":"A-2040","value":48.5,"currency":"EUR","revenue":48.5},"ip":"203.0.113.9",'
                    b'"userAgent":"Mozilla/5.0","timestamp":1767312000}}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: UmamiSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        self._url = f"{settings.endpoint}/api/send"

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The event as Umami has it."""
        name, location = named(event), commerce.text(event.get("page_location"))
        if isinstance(name, Skip):
            return name
        if name.startswith(_FORMULA):
            return Skip(f"Umami takes no name that begins with {name[0]}")
        host = url_host(location or "")
        if not location or not host:
            return Skip("Umami needs the page's URL, and the event has no page_location")
        if skip := visitor.unknown(event, "Umami"):
            return skip
        row = commerce.present(
            website=self._settings.website_id,
            hostname=host,
            url=_within_the_site(location),
            **_page(event),
            name=None if name == _PAGE_VIEW else name,
            data=None if name == _PAGE_VIEW else self._data(event, context),
            tag=self._settings.tag,
            id=visitor.user_id(event),
            ip=visitor.address(event),
            userAgent=visitor.agent(event),
            timestamp=micros(event, context) // SECOND,
        )
        return context.payload({"row": row}, self._origin, self._settings.website_id)

    def _data(self, event: Event, context: Context) -> dict[str, Any]:
        if self._settings.data is not None:
            scope = context.on(event)
            return plain({name: template.evaluate(scope) for name, template in self._settings.data.items()})
        is_purchase = _PURCHASE in (event["event_name"], context.original.get("event_name"))
        worth = commerce.present(
            value=commerce.number(event.get("value")),
            currency=commerce.currency(event),
            revenue=commerce.value(event) if is_purchase else None,
        )
        return {**own_parameters(event), **worth}

    def _request(self, payloads: Sequence[Payload], part: Sequence[int], now: int) -> OutboundRequest:  # noqa: ARG002
        """In the name of the visitor."""
        rows = packing.rows(payloads, part)
        return self._post(self._body(rows), part, (("user-agent", header_text(rows[0]["userAgent"])), *packing.JSON))

    def _body(self, rows: Sequence[Any]) -> Any:
        return {"type": "event", "payload": rows[0]}

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:  # noqa: ARG002
        """A 200 may say that it was seen as a bot's, and a 403 that nothing is kept of the visitor's address."""
        answer = judging.answer(response)
        error = answer.get("error")
        said = judging.at(error, "message") or (error if isinstance(error, str) else None)
        if judging.ok(response):
            if "beep" in answer:
                return Rejected(judging.words(response, "Umami takes it for a bot's"))
            if "sessionId" in answer or response.body.lstrip(b'"').startswith(_TOKEN):
                return judging.DELIVERED
            return judging.taken(response, "Umami", told=False)
        if response.status == _FORBIDDEN and error:
            return Rejected(judging.words(response, said, "(Umami ignores the visitor's address)"))
        return judging.refusal(response, said, refused=judging.REFUSED_OR_UNKNOWN)


def _page(event: Event) -> dict[str, Any]:
    return {
        "title": commerce.text(event.get("page_title")),
        "referrer": commerce.text(event.get("page_referrer")),
        "language": commerce.text(event.get("language")),
        "screen": commerce.text(event.get("screen_resolution")),
    }


def _within_the_site(location: str) -> str:
    """The path, the query and what stands behind them."""
    _, _, rest = location.partition("//")
    starts = [at for mark in "/?#" if (at := rest.find(mark)) >= 0]
    path = rest[min(starts) :] if starts else ""
    return path if path.startswith("/") else f"/{path}"
