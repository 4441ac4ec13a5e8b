"""Sends events to Segment, or to whatever speaks Segment's HTTP API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from pydantic import Field

from core.component import Setup, TagExample, TagSettings
from core.context import Context
from core.expressions.urls import url_path, url_query
from core.product import VERSION
from core.secret import Secret
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Response, Skip
from wire.authorization import basic
from wire.conversions import commerce, judging, packing
from wire.conversions.moment import iso, micros, named, own_id
from wire.conversions.names import known_as, name_at
from wire.conversions.properties import properties, user_properties
from wire.conversions.settings import Origin
from wire.conversions.vendor import VendorTag
from wire.conversions.visitor import client_id, user_id
from wire.hashing import sha256

ENDPOINT: Final = "https://api.segment.io"
PATH: Final = "/v1/batch"

_LONGEST_ID: Final = 99
_LIBRARY: Final = {"name": "tagyard", "version": VERSION}
_CAMPAIGN: Final = {"source": "utm_source", "medium": "utm_medium", "name": "utm_campaign", "term": "utm_term"}
_CONTENT: Final = {"content": "utm_content", "id": "utm_id"}
_OF_ITEMS: Final = {
    "item_id": "product_id",
    "item_name": "name",
    "item_brand": "brand",
    "item_category": "category",
    "item_variant": "variant",
    "index": "position",
}
_WITH_REVENUE: Final = ("purchase", "refund")


class SegmentSettings(TagSettings):
    """Sends events to Segment, or to whatever speaks Segment's HTTP API."""

    write_key: Secret = Field(description="Of a source (HTTP API or another server source); give it as ${NAME}.")
    ecommerce_names: bool = Field(
        False, description="Whether shop events get the names of Segment's ecommerce spec: `purchase` is `Order Completed`."
    )
    ip: bool = Field(True, description="Whether the visitor's IP address leaves.")
    endpoint: Origin = Field(
        ENDPOINT,
        description="Scheme and host: of Segment in the EU https://events.eu1.segmentapis.com, or of RudderStack, Jitsu …",
    )

    needs: ClassVar[Sequence[str]] = ("event_name",)


class Segment(VendorTag[SegmentSettings]):
    """Sends events to Segment, RudderStack, Jitsu, Hightouch, or whatever else speaks Segment's HTTP API.

    ``page_view`` becomes a page call, ``identify`` an identify call whose traits are the event's parameters and user
    properties, and any other event a track call under its own name. ``user_id`` is the ``userId``, ``client_id`` the
    ``anonymousId``; an event with neither is not sent. Parameters are its properties; ``items`` are ``products`` and the
    ``transaction_id`` is an ``order_id`` as well, as Segment's ecommerce spec has them. No personal data (``user_data``) leaves.

    Segment says yes to nearly everything, even to a wrong write key: look there whether events arrive. An event that comes
    twice has the same ``messageId``, and counts once.
    """

    Settings: ClassVar[type[TagSettings]] = SegmentSettings
    _own_origins = (ENDPOINT,)
    _most = 2500
    _most_bytes = 499_000
    """Segment takes 500 KB."""
    _rows_at = ("batch",)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase",
            settings={"write_key": "EXAMPLE_WRITE_KEY"},
            event={
                "event_name": "purchase",
                "client_id": "77.1767000000",
                "event_id": "e-51",
                "x-mp-timestamp_micros": 1767312000000000,
                "transaction_id": "A-2040",
                "value": 48.5,
                "items": [{"item_id": "P1", "price": 24.25, "quantity": 2}],
            },
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{ENDPOINT}{PATH}",
                    headers=(("authorization", "Basic RVhBTVBMRV9XUklURV9LRVk6"), *packing.JSON),
                    body=b'{"batch":[{"type":"track","event":"purchase","properties":{"transaction_id":"A-2040","value":48.5,'
                    b'"order_id":"A-2040","revenue":48.5,"products":[{"product_id":"P1","price":24.25,"quantity":2}]},'
                    b'"messageId":"e-51","anonymousId":"77.1767000000","timestamp":"2026-01-02T00:00:00.000Z",'
                    b'"context":{"library":{"name":"tagyard","version":"'
                    + VERSION.encode()
                    + b'"}}}],"sentAt":"1970-01-01T00:00:00.000Z"}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: SegmentSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        self._url = f"{settings.endpoint}{PATH}"
        self._headers = (("authorization", basic(settings.write_key.reveal(), "")), *packing.JSON)

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The call as Segment has it."""
        if isinstance(skip := named(event), Skip):
            return skip
        user, anonymous = user_id(event), client_id(event)
        if not user and not anonymous:
            return Skip("Segment needs a user_id or a client_id")
        id = own_id(event, context)
        row = self._call(event, context) | commerce.present(
            messageId=id if len(id) <= _LONGEST_ID else sha256(id),
            anonymousId=anonymous,
            userId=user,
            timestamp=iso(micros(event, context)),
            context=self._context(event),
        )
        return context.payload({"row": row}, self._settings.endpoint)

    def _call(self, event: Event, context: Context) -> dict[str, Any]:
        name = str(event["event_name"])
        if self._settings.ecommerce_names:
            name = name_at("segment", event, context, self._settings)
        if name == "page_view":
            title = commerce.text(event.get("page_title"))
            return commerce.present(type="page", name=title, properties={**_page(event), **_properties(event, context)})
        if name == "identify":
            return commerce.present(type="identify", traits={**_properties(event, context), **user_properties(event)})
        return commerce.present(type="track", event=name, properties=_properties(event, context))

    def _context(self, event: Event) -> dict[str, Any]:
        location = str(event.get("page_location") or "")
        return commerce.present(
            ip=commerce.text(event.get("ip_override")) if self._settings.ip else None,
            userAgent=commerce.text(event.get("user_agent")),
            locale=commerce.text(event.get("language")),
            page=_page(event),
            campaign=commerce.present(**{name: url_query(location, of) for name, of in (_CAMPAIGN | _CONTENT).items()}),
            traits=user_properties(event),
            library=_LIBRARY,
        )

    def _request(self, payloads: Sequence[Payload], part: Sequence[int], now: int) -> OutboundRequest:
        """By ``sentAt`` Segment knows how far our clock is from its own."""
        return self._post({**self._body(packing.rows(payloads, part)), "sentAt": iso(now)}, part)

    def _body(self, rows: Sequence[Any]) -> dict[str, Any]:
        return {"batch": rows}

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:  # noqa: ARG002
        """All or nothing."""
        answer = judging.answer(response)
        if judging.ok(response):
            told = answer.get("success") is not False and not judging.is_page(response)
            return judging.taken(response, "Segment", told=told)
        said = judging.at(answer, "code"), judging.at(answer, "message")
        return judging.refusal(response, *said)


def _page(event: Event) -> dict[str, Any]:
    location = commerce.text(event.get("page_location")) or ""
    search = location.partition("#")[0].partition("?")[2]
    return commerce.present(
        url=location,
        path=url_path(location) if location else None,
        referrer=commerce.text(event.get("page_referrer")),
        title=commerce.text(event.get("page_title")),
        search=f"?{search}" if search else None,
    )


def _properties(event: Event, context: Context) -> dict[str, Any]:
    """The event's parameters, and beside them what Segment's ecommerce spec calls otherwise."""
    own = properties(event, "items", "page_location", "page_referrer", "page_title", "language")
    return own | commerce.present(
        order_id=commerce.text(event.get("transaction_id")),
        revenue=commerce.value(event) if known_as(event, context, *_WITH_REVENUE) else None,
        products=[_product(item) for item in commerce.items(event)],
    )


def _product(item: commerce.Item) -> Mapping[str, Any]:
    return commerce.present(**{_OF_ITEMS.get(name, name): value for name, value in item.items()})
