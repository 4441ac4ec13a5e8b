"""Sends events to TikTok's Events API."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from core.component import Setup, Shape, TagExample, TagSettings
from core.context import Context
from core.secret import Secret
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Retry, Skip
from wire.address import public
from wire.conversions import commerce, judging, packing
from wire.conversions.clicks import Clicks
from wire.conversions.devices import advertising_id
from wire.conversions.examples import purchase
from wire.conversions.moment import DAY, SECOND, event_id, micros, named, older_than
from wire.conversions.names import name_at
from wire.conversions.settings import AdvertisingSettings, Origin
from wire.conversions.vendor import VendorTag
from wire.identity.person import Person

ENDPOINT: Final = "https://business-api.tiktok.com"
PATH: Final = "/open_api/v1.3/event/track/"
OLDEST: Final = 7 * DAY

_HASHED: Final[Mapping[str, str]] = {
    "email": "email",
    "phone": "phone",
    "external_id": "external_id",
    "first_name": "first_name",
    "last_name": "last_name",
    "zip_code": "postal_code",
}
_IN_CLEAR: Final[Mapping[str, str]] = {"city": "city", "state": "region", "country": "country"}
"""What TikTok calls what is known about a person, and we."""

_LISTS: Final = frozenset({"email", "phone", "external_id"})
"""Of these it takes more than one."""

_TAKEN_OVER: Final = ("description", "status", "shop_id", "search_string")
_KINDS_OF_CONTENT: Final = ("product", "product_group")

_TAKEN: Final = frozenset({0, 20001})
_CREDENTIAL: Final = frozenset({40001, 40104, 40105})
_AGAIN: Final = frozenset({40100, *range(50000, 60000)})


_ROW: Final = re.compile(r"Batch\.(\d{1,4})\.")
"""How a refusal begins that names an event."""


class TikTokSettings(AdvertisingSettings):
    """Sends events to TikTok by its Events API."""

    pixel_code: str = Field(
        pattern=r"^\w{5,64}$",
        description="The pixel's ID in TikTok's Events Manager; that of the app or of the set of events for other sources.",
    )
    access_token: Secret = Field(description="Made in Events Manager, in the pixel's settings; give it as ${NAME}.")
    test: str | None = Field(
        None, description="The code of Events Manager's Test Events: what is sent is shown there. Events go one by one with it."
    )
    event_source: Literal["web", "app", "offline", "crm"] = Field("web", description="Where it happened, in TikTok's words.")
    limited_data_use: bool | None = Field(
        None,
        description="`true` asks TikTok to limit what it does with the data; an event without a visitor's public address is "
        "not sent then.",
    )
    endpoint: Origin = Field(ENDPOINT, description="Scheme and host.")

    needs: ClassVar[Sequence[str]] = ("event_name",)
    sent_to: ClassVar[Sequence[str]] = ("pixel_code", "event_source", "test", "endpoint")
    shapes: ClassVar[Mapping[str, Shape]] = {
        "pixel_code": Shape(r"[A-Z0-9]+", "a pixel's ID of TikTok: capital letters and digits")
    }

    @model_validator(mode="after")
    def _is_limited_where_tiktok_limits(self) -> Self:
        if self.limited_data_use and self.event_source not in ("web", "app"):
            raise ValueError("limited_data_use is for event_source web and app alone")
        return self


class TikTok(VendorTag[TikTokSettings]):
    """Sends events to TikTok by its Events API.

    GA4's events get TikTok's names (``sign_up`` becomes ``CompleteRegistration``); others leave under their own. E-mail
    addresses, phone numbers, names, postal codes and the ``user_id`` leave in SHA-256, in TikTok's own form; what the page has
    hashed passes. City, region and country TikTok takes in clear alone. Items without an ``item_id`` are left out: TikTok
    refuses them, and all that comes with them. The browser's pixel and this tag count an event once where both give it the
    same ``event_id``; without one, its ``transaction_id`` stands for it.

    TikTok refuses a request as a whole and names one of its events, though others may be wrong too: that one is given up, and the
    others are sent again. What happened more than seven days ago is given up before it is sent.
    """

    Settings: ClassVar[type[TagSettings]] = TikTokSettings
    _own_origins = (ENDPOINT,)
    _most = 1000
    _rows_at = ("data",)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase",
            settings={"pixel_code": "C123EXAMPLE456", "access_token": "0a1b2c"},
            event=purchase(page_location="https://shop.example.com/done?ttclid=E.C.P.x", user_agent="Mozilla/5.0"),
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{ENDPOINT}{PATH}",
                    headers=(("access-token", "0a1b2c"), ("content-type", "application/json")),
                    body=b'{"event_source":"web","event_source_id":"C123EXAMPLE456","data":[{"event":"Purchase",'
                    b'"event_time":1767312000,"event_id":"e-51","user":{"email":'
                    b'"db23ab0526841e86bd32f299f50c84b0f920f939f87623bc810e8d5fe2a2f6f1","user_agent":"Mozilla/5.0",'
                    b'"ttclid":"E.C.P.x"},"page":{"url":"https://shop.example.com/done?ttclid=E.C.P.x"},'
                    b'"properties":{"currency":"EUR","value":48.5,"content_type":"product","contents":[{"content_id":"P1",'
                    b'"price":24.25,"quantity":2}]}}]}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: TikTokSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        self._url = f"{settings.endpoint}{PATH}"
        self._headers = (("access-token", settings.access_token.reveal()), *packing.JSON)
        if settings.test:  # which takes one event
            self._most = 1

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The row as TikTok has it, with nothing in clear that it takes as a hash."""
        if isinstance(skip := named(event), Skip):
            return skip
        at, settings = micros(event, context), self._settings
        if settings.limited_data_use and not public(str(event.get("ip_override", ""))):
            return Skip("limited_data_use needs the visitor's public address, and the event has none")
        row = commerce.present(
            event=name_at("tiktok", event, context, settings),
            event_time=at // SECOND,
            event_id=event_id(event),
            user=_user(event, context),
            page=_texts(event, url="page_location", referrer="page_referrer"),
            properties=_properties(event),
            limited_data_use=settings.limited_data_use,
        )
        if settings.event_source == "crm":
            row |= commerce.present(lead=_texts(event, lead_id="lead_id", lead_event_source="lead_event_source"))
        if settings.event_source == "app":
            row |= commerce.present(app=_texts(event, app_id="app_id", app_name="app_name", app_version="app_version"))
        return context.payload({"row": row, "at": at}, settings.endpoint, settings.pixel_code)

    def expired(self, payload: Payload, now: int) -> str | None:
        """Where it happened more than seven days ago."""
        return older_than(payload, now, OLDEST, "TikTok")

    def _body(self, rows: Sequence[Any]) -> Any:
        settings = self._settings
        return commerce.present(
            event_source=settings.event_source,
            event_source_id=settings.pixel_code,
            data=rows,
            test_event_code=settings.test,
        )

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """By the code in the answer: TikTok says nearly everything under HTTP 200."""
        found = judging.answer(response)
        code = found.get("code")
        said = judging.words(response, f"code {code}" if code is not None else None, found.get("message"))
        if not isinstance(code, int) or isinstance(code, bool):
            if judging.ok(response):
                return judging.taken(response, "TikTok", told=False)
            return judging.by_status(response) or Retry(said)
        if code in _TAKEN and judging.ok(response):
            return judging.DELIVERED
        if code in _CREDENTIAL:
            return Retry(said, credential=True)
        if code in _AGAIN:
            return Retry(said)
        again = judging.by_status(response, f"code {code}", found.get("message"))
        if again:
            return again
        named = _ROW.match(str(found.get("message")))
        row = judging.row(int(named[1]), request) if named else None
        return Rejected(said) if row is None else judging.by_rows(request, {row: said}, judging.beside(response))


def _user(event: Event, context: Context) -> dict[str, Any]:
    person, clicks = Person(event), Clicks(event, context)
    hashed = {name: person.hashes("tiktok", kind, 3 if kind in _LISTS else 1) for name, kind in _HASHED.items()}
    return commerce.present(
        **{name: found[0] if len(found) == 1 else found for name, found in hashed.items()},
        **{name: person.plain("tiktok", kind) for name, kind in _IN_CLEAR.items()},
        ip=commerce.text(event.get("ip_override")),
        user_agent=commerce.text(event.get("user_agent")),
        locale=commerce.text(event.get("language")),
        ttclid=clicks.usual("ttclid", "ttclid"),
        ttp=clicks.event("ttp", "_ttp") or clicks.cookie("_ttp"),
        gaid=commerce.text(event.get("gaid")) or advertising_id(event, "android"),
        idfa=commerce.text(event.get("idfa")) or advertising_id(event, "ios"),
        **_texts(event, idfv="idfv", att_status="att_status"),
    )


def _properties(event: Event) -> dict[str, Any]:
    contents = [_content(item) for item in commerce.items(event) if commerce.text(item.get("item_id"))]
    kind = event.get("content_type")
    return commerce.present(
        currency=commerce.currency(event),
        value=commerce.value(event),
        order_id=commerce.text(event.get("transaction_id")),
        query=commerce.text(event.get("search_term")),
        content_type=kind if kind in _KINDS_OF_CONTENT else "product" if contents else None,
        contents=contents,
        **_texts(event, **{name: name for name in _TAKEN_OVER}),
    )


def _content(item: commerce.Item) -> dict[str, Any]:
    return commerce.present(
        content_id=commerce.text(item.get("item_id")),
        content_name=commerce.text(item.get("item_name")),
        content_category=commerce.text(item.get("item_category")),
        brand=commerce.text(item.get("item_brand")),
        price=commerce.number(item.get("price")),
        quantity=commerce.quantity(item),
    )


def _texts(event: Event, **keys: str) -> dict[str, str]:
    """By TikTok's names, what the event says under its own."""
    return commerce.present(**{name: commerce.text(event.get(key)) for name, key in keys.items()})
