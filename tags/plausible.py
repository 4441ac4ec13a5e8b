"""Sends events to Plausible's Events API."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any, ClassVar, Final

from pydantic import Field

from core.component import Setup, TagExample, TagSettings
from core.context import Context
from core.fields import Many, OpenTemplate
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Skip
from wire.bodies import as_json
from wire.conversions import commerce, judging, visitor
from wire.conversions.moment import named
from wire.conversions.settings import Place
from wire.conversions.vendor import VendorTag
from wire.headers import header_text
from wire.own_data import own_parameters, plain

ENDPOINT: Final = "https://plausible.io"
MOST_PROPS: Final = 30
LONGEST_PROP: Final = 2000
_PAGE_VIEW: Final = "page_view"
_OF_REVENUE: Final = frozenset({"value", "currency"})


class PlausibleSettings(TagSettings):
    """Sends events to Plausible by its Events API."""

    domain: str = Field(pattern=r"^[^\s/?#,]+$", description="The site, as it is called in Plausible: `example.com`.")
    props: dict[str, OpenTemplate] | None = Field(
        None,
        description="Custom properties, such as `{plan: '{{ event.plan }}'}`; default: the event's own parameters. Plausible "
        "keeps 30 of them.",
    )
    non_interactive: Many[str] = Field(
        ["user_engagement", "scroll"], description="Events that do not make a bounce a visit, by their name at Plausible."
    )
    test: bool = Field(False, description="Plausible answers with the address that it takes for the visitor's.")
    endpoint: Place = Field(ENDPOINT, description="Where Plausible is: scheme and host, and a folder where there is one.")

    needs: ClassVar[Sequence[str]] = ("event_name", "page_location", "user_agent", "ip_override")


class Plausible(VendorTag[PlausibleSettings]):
    """Sends events to Plausible by its Events API, one with each request.

    ``page_view`` is Plausible's ``pageview``; every other event keeps its name, which is that of a goal. ``value`` and
    ``currency`` are the revenue; what else the event says by itself are its properties, but neither ids of the visitor nor
    what holds an e-mail address.

    Plausible knows visitors by browser and address, and keeps neither: an event without one of them is not sent. It knows no
    time of an event: what is sent late, after some trouble, counts when it arrives. What it drops, as a bot's or since it
    does not know the site, is given up.
    """

    Settings: ClassVar[type[TagSettings]] = PlausibleSettings
    _own_origins = (ENDPOINT,)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase",
            settings={"domain": "shop.example.com"},
            event={
                "event_name": "purchase",
                "client_id": "77.1767000000",
                "transaction_id": "A-2040",
                "value": 48.5,
                "currency": "EUR",
                "page_location": "https://shop.example.com/done",
                "page_referrer": "https://shop.example.com/pay",
                "ip_override": "203.0.113.9",
                "user_agent": "Mozilla/5.0",
            },
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{ENDPOINT}/api/event",
                    headers=(
                        ("user-agent", "Mozilla/5.0"),
                        ("x-forwarded-for", "203.0.113.9"),
                        ("content-type", "application/json"),
                    ),
                    body=b'{"domain":"shop.example.com","name":"purchase","url":"https://shop.example.com/done",'
                    b'"referrer":"https://shop.example.com/pay","props":{"transaction_id":"A-2040"},'
                    b'"revenue":{"currency":"EUR","amount":"48.5"}}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: PlausibleSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        self._url = f"{settings.endpoint}/api/event"

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The event as Plausible has it, and the visitor's browser and address for the headers."""
        name, location = named(event), commerce.text(event.get("page_location"))
        if isinstance(name, Skip):
            return name
        if not location:
            return Skip("Plausible needs the page's URL, and the event has no page_location")
        if skip := visitor.unknown(event, "Plausible"):
            return skip
        called = "pageview" if name == _PAGE_VIEW else name
        revenue = {} if name == _PAGE_VIEW else _revenue(event)
        row = commerce.present(
            domain=self._settings.domain,
            name=called,
            url=location,
            referrer=commerce.text(event.get("page_referrer")),
            props=self._props(event, context, _OF_REVENUE if revenue else frozenset()),
            revenue=revenue,
            interactive=False if called in self._settings.non_interactive else None,
        )
        body = {"row": row, "agent": visitor.agent(event), "address": visitor.address(event)}
        return context.payload(body, self._origin, self._settings.domain)

    def _props(self, event: Event, context: Context, without: frozenset[str]) -> dict[str, Any]:
        """So many as Plausible keeps of them."""
        if self._settings.props is None:
            found = {name: value for name, value in own_parameters(event).items() if name not in without}
        else:
            scope = context.on(event)
            found = plain({name: template.evaluate(scope) for name, template in self._settings.props.items()})
        cut = ((name, value[:LONGEST_PROP] if isinstance(value, str) else value) for name, value in found.items())
        return dict(islice(cut, MOST_PROPS))

    def _request(self, payloads: Sequence[Payload], part: Sequence[int], now: int) -> OutboundRequest:  # noqa: ARG002
        """In the name of the visitor, and without a time, since Plausible knows none."""
        body = payloads[part[0]].body
        headers = [
            ("user-agent", header_text(body["agent"])),
            ("x-forwarded-for", body["address"]),
            ("content-type", "application/json"),
        ]
        if self._settings.test:
            headers.append(("x-debug-request", "true"))
        return self._post(self._body([body["row"]]), part, tuple(headers))

    def _body(self, rows: Sequence[Any]) -> Any:
        return rows[0]

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:  # noqa: ARG002
        """A 202 with a header may say that it was dropped."""
        if judging.ok(response):
            if response.header("x-plausible-dropped") in (None, "0"):
                return judging.taken(response, "Plausible", told=not judging.is_page(response))
            return Rejected(
                judging.words(response, "Plausible has dropped it: a bot's, an unknown site, or one that is shielded")
            )
        errors = judging.answer(response).get("errors")
        said = as_json(errors).decode() if errors else None
        return judging.refusal(response, said, refused=judging.REFUSED_OR_UNKNOWN)


def _revenue(event: Event) -> dict[str, str]:
    amount, currency = commerce.decimal(commerce.value(event)), commerce.currency(event)
    return {"currency": currency, "amount": amount} if amount and currency else {}
