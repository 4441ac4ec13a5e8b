"""Sends events to X's conversion API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar, Final

from pydantic import Field

from core.component import Doubt, Setup, Shape, TagExample, TagSettings, WholeFile
from core.context import Context
from core.secret import Secret
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Retry, Skip
from wire.conversions import commerce, judging, packing
from wire.conversions.clicks import Clicks
from wire.conversions.moment import iso, micros, nobodys
from wire.conversions.settings import AdvertisingSettings, Origin, chosen_by_no_trigger
from wire.conversions.vendor import VendorTag
from wire.identity.person import Person

ENDPOINT: Final = "https://ads-api.x.com"
PATH: Final = "/12/measurement/conversions/"

_THROTTLED: Final = 429
_RESET: Final = "x-account-rate-limit-reset"
_ID: Final = "[A-Za-z0-9]{2,20}"
_EVENT: Final = f"(tw-{_ID}-)?{_ID}"


class XSettings(AdvertisingSettings):
    """Sends events to X (formerly Twitter) by its conversion API."""

    pixel_id: str = Field(pattern=f"^{_ID}$", description="The pixel's id in X's Events Manager, such as `o8z6j`.")
    event_id: str = Field(
        pattern=f"^{_EVENT}$",
        description="The event that these are counted as: its id in Events Manager, such as `tw-o8z6j-o8z21`.",
    )
    pixel_token: Secret = Field(description="The pixel's own token, made in Events Manager; give it as ${NAME}.")
    endpoint: Origin = Field(ENDPOINT, description="Scheme and host.")

    shapes: ClassVar[Mapping[str, Shape]] = {
        "pixel_id": Shape(_ID, "the pixel's id in X's Events Manager, such as o8z6j"),
        "event_id": Shape(_EVENT, "the event's id in X's Events Manager, such as tw-o8z6j-o8z21"),
    }

    def doubts(self, file: WholeFile) -> Sequence[Doubt]:
        del file
        return chosen_by_no_trigger(self, "event_id")


class X(VendorTag[XSettings]):
    """Sends events to X (formerly Twitter) by its conversion API.

    X knows no names of events: all that this tag sends is counted as the one ``event_id`` of Events Manager, so its triggers
    choose. A tag for each event. E-mail addresses and phone numbers leave in SHA-256; what the page has hashed passes. An event
    needs one of them, or the click ``twclid``; address and browser alone are nobody to X. The page's pixel and this tag count an
    event once where both give it the same ``conversion_id``: that is the ``transaction_id``, and without one the ``event_id`` of
    the event.

    X refuses a request as a whole: then it is sent again in halves, until only what is wrong is given up.
    """

    Settings: ClassVar[type[TagSettings]] = XSettings
    _own_origins = (ENDPOINT,)
    _most = 500
    _rows_at = ("conversions",)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase",
            settings={"pixel_id": "o8z6j", "event_id": "tw-o8z6j-o87ne", "pixel_token": "0a1b2c"},
            event={
                "event_name": "purchase",
                "transaction_id": "A-2040",
                "x-mp-timestamp_micros": 1767312000000000,
                "value": 48.5,
                "currency": "EUR",
                "page_location": "https://shop.example.com/done?twclid=23opx",
                "user_agent": "Mozilla/5.0",
                "items": [{"item_id": "P1", "price": 24.25, "quantity": 2}],
                "user_data": {"email_address": "Sam.Roe@Example.com"},
            },
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{ENDPOINT}{PATH}o8z6j",
                    headers=(("x-pixel-token", "0a1b2c"), ("content-type", "application/json")),
                    body=b'{"conversions":[{"conversion_time":"2026-01-02T00:00:00.000Z","event_id":"tw-o8z6j-o87ne",'
                    b'"conversion_id":"A-2040","identifiers":[{"twclid":"23opx","user_agent":"Mozilla/5.0"},{"hashed_email":'
                    b'"db23ab0526841e86bd32f299f50c84b0f920f939f87623bc810e8d5fe2a2f6f1"}],"value":48.5,"price_currency":"EUR",'
                    b'"number_items":2,"contents":[{"content_id":"P1","content_price":24.25,"num_items":2}]}]}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: XSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        self._url = f"{settings.endpoint}{PATH}{settings.pixel_id}"
        self._headers = (("x-pixel-token", settings.pixel_token.reveal()), *packing.JSON)

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The conversion as X has it, where there is somebody whom it can know."""
        if skip := nobodys(event):
            return skip
        identifiers: list[dict[str, str]] = list(_identifiers(event, context))
        if not identifiers:
            return Skip("the event has nobody whom X can know: no e-mail address, phone number or twclid")
        identifiers[0] |= commerce.present(
            ip_address=commerce.text(event.get("ip_override")), user_agent=commerce.text(event.get("user_agent"))
        )
        row = commerce.present(
            conversion_time=iso(micros(event, context)),
            event_id=self._settings.event_id,
            conversion_id=commerce.text(event.get("transaction_id")) or commerce.text(event.get("event_id")),
            identifiers=identifiers,
            description=commerce.text(event.get("description")),
            search_string=commerce.text(event.get("search_term")),
            **_value(event),
            **_goods(event),
        )
        return context.payload({"row": row}, self._settings.endpoint, self._settings.pixel_id)

    def _body(self, rows: Sequence[Any]) -> Any:
        return {"conversions": rows}

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """All or nothing: X took them where it says how many it has processed."""
        found = judging.answer(response)
        error = judging.at(found, "errors", 0)
        said = [judging.at(error, "code"), judging.at(error, "message")]
        if response.status == _THROTTLED:
            return Retry(judging.words(response, *said), after=_seconds_until_reset(response))
        if not judging.ok(response):
            return judging.refusal(response, *said, refused=judging.REFUSED_OR_UNKNOWN)
        processed = judging.at(found, "data", "conversions_processed")
        if error is None and (not isinstance(processed, int) or isinstance(processed, bool)):
            return judging.taken(response, "X", told=False)
        if error is None and processed >= len(request.payloads):
            return judging.DELIVERED
        return Rejected(judging.words(response, *said, f"{processed or 0} of {len(request.payloads)} conversions processed"))


def _identifiers(event: Event, context: Context) -> Iterator[dict[str, str]]:
    person, click = Person(event), _click(Clicks(event, context))
    if click:
        yield {"twclid": click}
    yield from ({"hashed_email": hash} for hash in person.hashes("x", "email"))
    yield from ({"hashed_phone_number": hash} for hash in person.hashes("x", "phone"))


def _click(clicks: Clicks) -> str | None:
    """The pixel's own cookie has the id inside JSON."""
    found = clicks.usual("twclid", "twclid")
    if found:
        return found
    try:
        kept = json.loads(clicks.cookie("_twclid") or "null")
    except (ValueError, RecursionError):
        return None
    return commerce.text(judging.at(kept, "twclid"))


def _value(event: Event) -> Mapping[str, Any]:
    """A value without a currency is none to X."""
    value, currency = commerce.value(event), commerce.currency(event)
    return {} if value is None or currency is None else {"value": value, "price_currency": currency}


def _goods(event: Event) -> Mapping[str, Any]:
    goods = commerce.items(event)
    return {"number_items": int(commerce.count(event)), "contents": [_content(item) for item in goods]} if goods else {}


def _content(item: commerce.Item) -> dict[str, Any]:
    return commerce.present(
        content_id=commerce.text(item.get("item_id")),
        content_name=commerce.text(item.get("item_name")),
        content_type=commerce.text(item.get("content_type")),
        content_group_id=commerce.text(item.get("item_group_id")),
        content_price=commerce.number(item.get("price")),
        num_items=int(commerce.quantity(item)),
    )


def _seconds_until_reset(response: Response) -> float:
    """By X's own clock, which the answer shows as well; 0 where it says neither."""
    reset, date = commerce.number(response.header(_RESET)), response.header("date")
    try:
        return max(0.0, float(reset) - parsedate_to_datetime(date).timestamp()) if reset and date else 0.0
    except (ValueError, OverflowError):
        return 0.0
