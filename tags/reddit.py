"""Sends events to Reddit's Conversions API."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Literal
from urllib.parse import unquote

from pydantic import Field

from core.component import Setup, Shape, TagExample, TagSettings
from core.context import Context
from core.fields import Many
from core.secret import Secret
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Retry, Skip
from wire.conversions import commerce, judging, packing
from wire.conversions.clicks import Clicks
from wire.conversions.devices import advertising_id
from wire.conversions.examples import purchase
from wire.conversions.moment import DAY, SECOND, event_id, micros, named, older_than
from wire.conversions.names import name_at
from wire.conversions.settings import AdvertisingSettings, Origin
from wire.conversions.vendor import VendorTag
from wire.cookies.header import values
from wire.identity import digest
from wire.identity.person import Person

ENDPOINT: Final = "https://ads-api.reddit.com"
OLDEST: Final = 7 * DAY
AHEAD: Final = 5 * 60 * SECOND
"""How far ahead of its clock Reddit takes an event's time to be."""
LONGEST_NAME: Final = 64

_TYPES: Final = frozenset({
    *("PAGE_VISIT", "VIEW_CONTENT", "SEARCH", "ADD_TO_CART", "ADD_TO_WISHLIST", "PURCHASE", "LEAD", "SIGN_UP"),
})  # fmt: skip
_UUID: Final = re.compile(r"(\d{1,16})\.[\w-]{1,64}")
_DIMENSIONS: Final = re.compile(r"(\d{1,5})x(\d{1,5})")
_MALFORMED: Final = re.compile(r"JSON error|unexpected type")
"""What Reddit says of a body that it cannot read, under the same code as of a token that it does not know."""


class RedditSettings(AdvertisingSettings):
    """Sends events to Reddit by its Conversions API."""

    pixel_id: str = Field(
        pattern=r"^[A-Za-z0-9_]{1,64}$",
        description="The pixel's id, as Reddit's Events Manager shows it: `a2_` or `t2_` and more.",
    )
    access_token: Secret = Field(description="The conversion access token, made in Events Manager; give it as ${NAME}.")
    test: str | None = Field(
        None, description="The test id of Events Manager's Event Testing: what is sent is shown there, and counts nowhere."
    )
    action_source: Literal["WEBSITE", "APP", "PHYSICAL_STORE", "OTHER"] = Field("WEBSITE", description="Where it happened.")
    data_processing_options: Many[str] | None = Field(None, description="`[LDU]` limits what Reddit does with the data.")
    data_processing_options_country: str | None = Field(
        None, description="Beside `LDU`: the country's two letters, such as `US`."
    )
    data_processing_options_region: str | None = Field(
        None, description="Beside `LDU`: the region by ISO 3166-2, such as `US-CA`."
    )
    endpoint: Origin = Field(ENDPOINT, description="Scheme and host.")

    needs: ClassVar[Sequence[str]] = ("event_name",)
    sent_to: ClassVar[Sequence[str]] = ("pixel_id", "action_source", "test", "endpoint")
    shapes: ClassVar[Mapping[str, Shape]] = {
        "pixel_id": Shape(r"(a2|t2)_[a-z0-9]+", "a Reddit pixel's id, which begins with a2_ or t2_")
    }


class Reddit(VendorTag[RedditSettings]):
    """Sends events to Reddit by its Conversions API (v3).

    GA4's events get Reddit's names (``sign_up`` becomes ``SIGN_UP``); others leave as ``CUSTOM`` with their own. E-mail address,
    phone number and ``user_id`` leave in SHA-256, in Reddit's own form; what the page has hashed passes. The browser's Reddit
    Pixel and this tag count an event once where both give it the same id: ``event_id``, or else ``transaction_id``.

    Reddit refuses a request as a whole, and repeats the events that were wrong: those are given up, and the others are sent
    again. What happened more than seven days ago is given up before it is sent.
    """

    Settings: ClassVar[type[TagSettings]] = RedditSettings
    _own_origins = (ENDPOINT,)
    _most = 1000
    _rows_at = ("data", "events")

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase",
            settings={"pixel_id": "a2_example", "access_token": "eyJA"},
            event=purchase(
                **{"x-mp-timestamp_micros": 1700000000000000}, page_location="https://shop.example.com/done?rdt_cid=318"
            ),
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{ENDPOINT}/api/v3/pixels/a2_example/conversion_events",
                    headers=(
                        ("authorization", "Bearer eyJA"),
                        ("content-type", "application/json"),
                        ("user-agent", "server:tagyard:v3 (by a2_example)"),
                    ),
                    body=b'{"data":{"events":[{"event_at":1700000000000,"action_source":"WEBSITE",'
                    b'"event_source_url":"https://shop.example.com/done?rdt_cid=318","click_id":"318",'
                    b'"type":{"tracking_type":"PURCHASE"},"metadata":{"conversion_id":"e-51","currency":"EUR","value":48.5,'
                    b'"item_count":2,"products":[{"id":"P1","item_price":24.25,"quantity":2}]},"user":{"email":'
                    b'"6fa1d2ce151c9601004cd4cd22646941024bd5cdcf059abd0422c3e25fac0ae1"}}],"partner":"TAGYARD"}}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: RedditSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        self._url = f"{settings.endpoint}/api/v3/pixels/{settings.pixel_id}/conversion_events"
        token, agent = settings.access_token.reveal(), f"server:tagyard:v3 (by {settings.pixel_id})"
        self._headers = (("authorization", f"Bearer {token}"), *packing.JSON, ("user-agent", agent))
        if settings.test:  # which takes one event
            self._most = 1

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The row as Reddit has it, with nothing in clear that it takes as a hash."""
        if isinstance(skip := named(event), Skip):
            return skip
        at, settings = min(micros(event, context), context.request.received_at + AHEAD), self._settings
        is_website, clicks = settings.action_source == "WEBSITE", Clicks(event, context)
        row = commerce.present(
            event_at=at // 1000,
            action_source=settings.action_source,
            event_source_url=commerce.text(event.get("page_location")) if is_website else None,
            click_id=clicks.page("rdt_cid") or clicks.cookie("_rdt_cid") or clicks.event("rdt_cid", "_rdt_cid"),
            type=_type(name_at("reddit", event, context, settings)),
            metadata=_metadata(event),
            user=self._user(event, context),
        )
        return context.payload({"row": row, "at": at}, settings.endpoint, settings.pixel_id)

    def _user(self, event: Event, context: Context) -> dict[str, Any]:
        person, settings = Person(event), self._settings
        stored = context.request.cookies.get("_rdt_em", "")
        return commerce.present(
            email=person.hash("reddit", "email") or digest("reddit", "email", stored),
            phone_number=person.hash("reddit", "phone"),
            external_id=person.hash("reddit", "external_id"),
            idfa=advertising_id(event, "ios"),
            aaid=advertising_id(event, "android"),
            ip_address=commerce.text(event.get("ip_override")),
            user_agent=commerce.text(event.get("user_agent")),
            uuid=_uuid(context) or Clicks(event, context).event("rdt_uuid", "_rdt_uuid"),
            screen_dimensions=_dimensions(event),
            data_processing_options=commerce.present(
                modes=settings.data_processing_options,
                country=settings.data_processing_options_country,
                region=settings.data_processing_options_region,
            ),
        )

    def expired(self, payload: Payload, now: int) -> str | None:
        """Where it happened more than seven days ago."""
        return older_than(payload, now, OLDEST, "Reddit")

    def _body(self, rows: Sequence[Any]) -> Any:
        return {"data": commerce.present(events=rows, test_id=self._settings.test, partner="TAGYARD")}

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """By the status, and by the events that a refusal repeats: the others were not processed, and go again."""
        answer = judging.answer(response)
        invalid = judging.at(answer, "invalid_events") or judging.at(answer, "data", "invalid_events")
        if judging.ok(response):
            return judging.taken(response, "Reddit", told="data" in answer and not invalid)
        reason, why = judging.at(answer, "error", "reason"), judging.at(answer, "error", "explanation")
        told = (reason, why, judging.at(answer, "error", "message"), judging.at(answer, "message"))
        said = judging.words(response, *told)
        if reason == "UNAUTHORIZED":
            return Rejected(said) if _MALFORMED.search(str(why)) else Retry(said, credential=True)
        by_status = judging.by_status(response, *told, refused=judging.REFUSED_OR_UNKNOWN)
        if by_status is not None:
            return by_status
        rejected = _repeated(request, response, invalid)
        return judging.by_rows(request, rejected, judging.beside(response)) if rejected else Rejected(said)


def _repeated(request: Outbound, response: Response, invalid: Any) -> Mapping[int, str]:
    """By index the rows that an answer repeats, and what is wrong with them. None where it is not clear which are meant."""
    rows = judging.at(json.loads(request.body), "data", "events") if isinstance(request, OutboundRequest) else None
    keys = [_key(row) for row in rows] if isinstance(rows, list) else []
    found: dict[int, str] = {}
    for each in invalid if isinstance(invalid, list) else ():
        key = _key(judging.at(each, "event"))
        if keys.count(key) != 1:
            return {}
        found[keys.index(key)] = judging.words(response, judging.at(each, "error_message"))
    return found


def _key(row: Any) -> str:
    return f"{judging.at(row, 'event_at')} {judging.at(row, 'metadata', 'conversion_id')}"


def _type(name: str) -> dict[str, Any]:
    return {"tracking_type": name} if name in _TYPES else {"tracking_type": "CUSTOM", "custom_event_name": name[:LONGEST_NAME]}


def _uuid(context: Context) -> str | None:
    """The cookie of Reddit's pixel; where domains overlap and there are several, the oldest."""
    dated = [found for value in values(context.request, "_rdt_uuid") if (found := _UUID.fullmatch(unquote(value)))]
    return min(dated, key=lambda found: int(found[1]))[0] if dated else None


def _dimensions(event: Event) -> dict[str, Any] | None:
    for name in ("screen_resolution", "viewport_size"):
        found = _DIMENSIONS.fullmatch(str(event.get(name, "")))
        if found:
            return {"width": int(found[1]), "height": int(found[2])}
    return None


def _metadata(event: Event) -> dict[str, Any]:
    goods = commerce.items(event)
    return commerce.present(
        conversion_id=event_id(event),
        currency=commerce.currency(event),
        value=commerce.value(event),
        item_count=commerce.count(event) if goods else None,
        products=[_product(item) for item in goods],
    )


def _product(item: commerce.Item) -> dict[str, Any]:
    return commerce.present(
        id=commerce.text(item.get("item_id")),
        name=commerce.text(item.get("item_name")),
        category=commerce.category(item),
        item_price=commerce.number(item.get("price")),
        quantity=commerce.quantity(item),
    )
