"""Sends events to Snapchat's Conversions API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from core.component import Setup, Shape, TagExample, TagSettings
from core.context import Context
from core.fields import Many
from core.percent import escaped
from core.secret import Secret
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Skip
from wire.conversions import commerce, judging
from wire.conversions.clicks import Clicks
from wire.conversions.devices import advertising_id
from wire.conversions.examples import purchase
from wire.conversions.moment import DAY, SECOND, event_id, micros, named, older_than
from wire.conversions.names import name_at
from wire.conversions.settings import AdvertisingSettings, Origin
from wire.conversions.vendor import VendorTag
from wire.identity.person import Person

ENDPOINT: Final = "https://tr.snapchat.com"
OLDEST: Final = 37 * DAY

_HASHED: Final[Mapping[str, str]] = {
    "em": "email",
    "ph": "phone",
    "fn": "first_name",
    "ln": "last_name",
    "ge": "gender",
    "ct": "city",
    "st": "region",
    "zp": "postal_code",
    "country": "country",
    "external_id": "external_id",
}
"""What Snapchat calls what is known about a person, and we."""

_TAKEN: Final = frozenset({"VALID", "OK", "SUCCESS"})


class SnapchatSettings(AdvertisingSettings):
    """Sends events to Snapchat by its Conversions API."""

    pixel_id: str = Field(
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
        description="The Snap Pixel's id, as Snapchat's Events Manager shows it; for an app that of the Snap app.",
    )
    access_token: Secret = Field(description="The Conversions API token, made in Events Manager; give it as ${NAME}.")
    test: bool = Field(False, description="Whether Snapchat is to check what is sent, and count none of it.")
    action_source: Literal["WEB", "MOBILE_APP", "OFFLINE"] = Field("WEB", description="Where it happened.")
    data_processing_options: Many[str] | None = Field(
        None, description="`[LMU]` or `[LDU]` limits what Snapchat does with the data; `[DELETE]` asks for its deletion."
    )
    data_processing_options_country: int | None = Field(None, description="Beside these options: where they hold; 1 is the USA.")
    data_processing_options_state: int | None = Field(
        None, description="Beside these options: in which state; 1000 is California."
    )
    endpoint: Origin = Field(ENDPOINT, description="Scheme and host.")

    needs: ClassVar[Sequence[str]] = ("event_name",)
    sent_to: ClassVar[Sequence[str]] = ("pixel_id", "action_source", "test", "endpoint")
    shapes: ClassVar[Mapping[str, Shape]] = {
        "pixel_id": Shape(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "a Snap Pixel's id, which is a UUID")
    }


class Snapchat(VendorTag[SnapchatSettings]):
    """Sends events to Snapchat by its Conversions API (v3).

    GA4's events get Snapchat's names (``add_to_cart`` becomes ``ADD_CART``); others leave under their own. What is known about
    the person leaves in SHA-256, in Snapchat's own form; what the page has hashed passes. The browser's Snap Pixel and this tag
    count an event once where both give it the same ``event_id``; without one, its ``transaction_id`` stands for it.

    Snapchat knows people by an e-mail address, a phone number, an app's device, or an IP address with a browser: an event with
    none of these is not sent, nor is a purchase without value or currency. Snapchat refuses a request as a whole: then it
    is sent again in halves, until only what is wrong is given up. What happened more than 37 days ago is given up before.
    """

    Settings: ClassVar[type[TagSettings]] = SnapchatSettings
    _own_origins = (ENDPOINT,)
    _most = 2000
    _rows_at = ("data",)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase",
            settings={"pixel_id": "6a1f0b2c-3d4e-4f50-8a6b-7c8d9e0f1a2b", "access_token": "eyJA"},
            event=purchase(),
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{ENDPOINT}/v3/6a1f0b2c-3d4e-4f50-8a6b-7c8d9e0f1a2b/events?access_token=eyJA",
                    headers=(("content-type", "application/json"),),
                    body=b'{"data":[{"event_name":"PURCHASE","event_time":1767312000,"action_source":"WEB","event_id":"e-51",'
                    b'"event_source_url":"https://shop.example.com/done","integration":"tagyard","user_data":{"em":'
                    b'["db23ab0526841e86bd32f299f50c84b0f920f939f87623bc810e8d5fe2a2f6f1"]},"custom_data":{"currency":"EUR",'
                    b'"value":48.5,"content_ids":["P1"],"contents":[{"id":"P1","quantity":2,"item_price":24.25}],'
                    b'"num_items":2}}]}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: SnapchatSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        way = "events/validate" if settings.test else "events"
        token = escaped(settings.access_token.reveal())
        self._url = f"{settings.endpoint}/v3/{settings.pixel_id}/{way}?access_token={token}"

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The row as Snapchat has it, with nothing personal in clear."""
        if isinstance(skip := named(event), Skip):
            return skip
        at, settings = micros(event, context), self._settings
        row = commerce.present(
            event_name=name_at("snapchat", event, context, settings),
            event_time=at // SECOND,
            action_source=settings.action_source,
            event_id=event_id(event),
            event_source_url=commerce.text(event.get("page_location")),
            integration="tagyard",
            user_data=_user_data(event, context),
            custom_data=_custom_data(event),
            data_processing_options=settings.data_processing_options,
            data_processing_options_country=settings.data_processing_options_country,
            data_processing_options_state=settings.data_processing_options_state,
        )
        lacking = _lacking(row)
        return lacking or context.payload({"row": row, "at": at}, settings.endpoint, settings.pixel_id)

    def expired(self, payload: Payload, now: int) -> str | None:
        """Where it happened more than 37 days ago."""
        return older_than(payload, now, OLDEST, "Snapchat")

    def _body(self, rows: Sequence[Any]) -> Any:
        return {"data": rows}

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """By the word in the answer: ``VALID`` or ``INVALID``, which may stand in a 200; in a test by one for each row."""
        answer = judging.answer(response)
        said = judging.words(response, judging.at(answer, "reason"), judging.at(answer, "errors", "error_msgs", 0))
        if self._settings.test and (logs := judging.at(answer, "event_logs")):
            return _of_test(request, response, logs)
        status = str(judging.at(answer, "status")).upper()
        by_status = judging.by_status(response, judging.at(answer, "reason"), refused=judging.REFUSED_OR_UNKNOWN)
        if by_status is not None:
            return by_status
        if judging.ok(response) and status != "INVALID":
            return judging.taken(response, "Snapchat", told=status in _TAKEN)
        return Rejected(said)


def _lacking(row: Mapping[str, Any]) -> Skip | None:
    """What Snapchat would miss in a row: one such row fails all that are sent with it."""
    person, bought = row.get("user_data", {}), row.get("custom_data", {})
    if not person.keys() & {"em", "ph", "madid"} and not {"client_ip_address", "client_user_agent"} <= person.keys():
        return Skip("Snapchat needs an e-mail address, a phone number, an app's device, or an IP address and a browser")
    if row["event_name"] == "PURCHASE" and not {"value", "currency"} <= bought.keys():
        return Skip("Snapchat takes no purchase without value and currency")
    return None


def _of_test(request: Outbound, response: Response, logs: Any) -> Outcome | Sequence[Outcome]:
    """A test says of each row whether it is right."""
    told = judging.named(logs, request, "event")
    if told is None or len(told) != len(request.payloads):
        return judging.taken(response, "Snapchat", told=False)
    wrong = {
        index: judging.words(response, judging.at(log, "errors", "error_msgs", 0) or judging.at(log, "status"))
        for index, log in told.items()
        if str(judging.at(log, "status")).upper() not in _TAKEN
    }
    return judging.by_rows(request, wrong, judging.DELIVERED)


def _user_data(event: Event, context: Context) -> dict[str, Any]:
    person, clicks = Person(event), Clicks(event, context)
    return commerce.present(
        **{name: person.hashes("snapchat", kind) for name, kind in _HASHED.items()},
        client_ip_address=commerce.text(event.get("ip_override")),
        client_user_agent=commerce.text(event.get("user_agent")),
        madid=advertising_id(event, "android") or advertising_id(event, "ios"),
        sc_click_id=clicks.usual("ScCid", "_scclid"),
        sc_cookie1=clicks.event("_scid") or clicks.cookie("_scid"),
    )


def _custom_data(event: Event) -> dict[str, Any]:
    goods = commerce.items(event)
    brands = (commerce.text(item.get("item_brand")) for item in goods)
    return commerce.present(
        currency=commerce.currency(event),
        value=commerce.value(event),
        order_id=commerce.text(event.get("transaction_id")),
        search_string=commerce.text(event.get("search_term")),
        content_ids=commerce.ids(event),
        contents=[_content(item) for item in goods],
        brands=list(dict.fromkeys(filter(None, brands))),
        num_items=commerce.count(event) if goods else None,
    )


def _content(item: commerce.Item) -> dict[str, Any]:
    return commerce.present(
        id=commerce.text(item.get("item_id")),
        quantity=commerce.quantity(item),
        item_price=commerce.number(item.get("price")),
        brand=commerce.text(item.get("item_brand")),
        delivery_category=commerce.text(item.get("delivery_category")),
    )
