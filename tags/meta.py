"""Sends events to Meta's Conversions API."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from pydantic import Field

from core.component import Setup, Shape, TagExample, TagSettings
from core.context import Context
from core.fields import Many
from core.percent import escaped
from core.secret import Secret
from core.types import Event, HeldBack, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Retry, Skip
from wire.conversions import commerce, judging
from wire.conversions.clicks import Clicks
from wire.conversions.examples import purchase
from wire.conversions.moment import DAY, SECOND, event_id, micros, named, older_than
from wire.conversions.names import name_at
from wire.conversions.settings import AdvertisingSettings, Origin
from wire.conversions.vendor import VendorTag
from wire.identity import digest
from wire.identity.person import Person
from wire.user_data import texts

ENDPOINT: Final = "https://graph.facebook.com"
OLDEST: Final = 7 * DAY
"""One row that is older fails the whole request (Meta's Conversions API, Using the API)."""
OLDEST_IN_STORES: Final = 62 * DAY

_HASHED: Final[Mapping[str, str]] = {
    "em": "email",
    "ph": "phone",
    "fn": "first_name",
    "ln": "last_name",
    "ct": "city",
    "st": "region",
    "zp": "postal_code",
    "country": "country",
    "db": "birth_date",
    "ge": "gender",
    "external_id": "external_id",
}
"""What Meta calls what is known about a person, and we."""

_IDS: Final[Mapping[str, str]] = {"subscription_id": "subscription_id", "fb_login_id": "fb-login-id"}
_TAKEN_OVER: Final = (
    *("content_ids", "content_name", "content_type", "content_category", "num_items", "predicted_ltv", "status"),
    "delivery_category",
)
"""What an event may say in Meta's own words, behind ``x-fb-ud-`` and ``x-fb-cd-``."""

_AGAIN: Final = frozenset({1, 2, 4, 17, 32, 341, 368, 613, 5000, 21009, 80003})
_CREDENTIAL: Final = frozenset({3, 10, 102, 190, 200})
_NO_SUCH_OBJECT: Final = (100, 33)
_ID: Final = r"\d{5,25}"


class MetaSettings(AdvertisingSettings):
    """Sends events to Meta (Facebook, Instagram) by its Conversions API."""

    pixel_id: str = Field(pattern=f"^{_ID}$", description="The dataset, which is the pixel: its id in Meta's Events Manager.")
    access_token: Secret = Field(description="Of this dataset, made in Events Manager under Settings; give it as ${NAME}.")
    app_secret: Secret | None = Field(None, description="Where the app asks for proof of its secret; give it as ${NAME}.")
    test: str | None = Field(
        None, description="The code of Events Manager's Test events: what is sent is shown there. Meta counts it all the same."
    )
    action_source: str = Field("website", description="Where it happened, in Meta's words: `website`, `app`, `physical_store` …")
    data_processing_options: Many[str] | None = Field(
        None, description="`[LDU]` limits what Meta does with the data; `[]` says that nothing is limited."
    )
    data_processing_options_country: int = Field(0, description="Beside `LDU`: 1 is the USA, 0 lets Meta find it out.")
    data_processing_options_state: int = Field(0, description="Beside `LDU`: 1000 is California, 0 lets Meta find it out.")
    api_version: str = Field("v25.0", pattern=r"^v\d+\.\d+$", description="The version of Meta's Graph API.")
    endpoint: Origin = Field(ENDPOINT, description="Scheme and host.")

    needs: ClassVar[Sequence[str]] = ("event_name",)
    sent_to: ClassVar[Sequence[str]] = ("pixel_id", "action_source", "test", "endpoint")
    shapes: ClassVar[Mapping[str, Shape]] = {"pixel_id": Shape(_ID, "a dataset's or a pixel's id of Meta: digits")}


class Meta(VendorTag[MetaSettings]):
    """Sends events to Meta by its Conversions API.

    GA4's events get Meta's names (``purchase`` becomes ``Purchase``); others leave under their own. What is known about the
    person leaves in SHA-256, in Meta's own form; what the page has hashed passes. What an event says in Meta's own words
    (``x-fb-ud-em``, ``x-fb-cd-content_name`` …) goes before all else. The browser's pixel and this tag count an event once where
    both give it the same ``event_id``; without one, its ``transaction_id`` stands for it.

    Meta refuses a request as a whole: then it is sent again in halves, until only what is wrong is given up. What happened more
    than seven days ago (in a ``physical_store``: 62) is given up before it is sent, and so is a purchase without value and
    currency. An event with nothing about its visitor is not sent at all.
    """

    Settings: ClassVar[type[TagSettings]] = MetaSettings
    _own_origins = (ENDPOINT,)
    _most = 1000
    _rows_at = ("data",)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase",
            settings={"pixel_id": "123456789012345", "access_token": "EAAB"},
            event=purchase(user_agent="Mozilla/5.0"),
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{ENDPOINT}/v25.0/123456789012345/events?access_token=EAAB",
                    headers=(("content-type", "application/json"),),
                    body=b'{"data":[{"event_name":"Purchase","event_time":1767312000,"event_id":"e-51","action_source":"website",'
                    b'"event_source_url":"https://shop.example.com/done","user_data":{"em":'
                    b'["db23ab0526841e86bd32f299f50c84b0f920f939f87623bc810e8d5fe2a2f6f1"],"client_user_agent":"Mozilla/5.0"},'
                    b'"custom_data":{"currency":"EUR","value":48.5,"content_type":"product","contents":[{"id":"P1","quantity":2,'
                    b'"item_price":24.25}],"num_items":2}}],"partner_agent":"tagyard"}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: MetaSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        token = settings.access_token.reveal()
        self._url = f"{settings.endpoint}/{settings.api_version}/{settings.pixel_id}/events?access_token={escaped(token)}"
        if settings.app_secret:
            proof = hmac.digest(settings.app_secret.reveal().encode(), token.encode(), "sha256").hex()
            self._url += f"&appsecret_proof={proof}"

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The row as Meta has it, with nothing personal in clear."""
        if isinstance(skip := named(event), Skip):
            return skip
        user_data = _user_data(event, context)
        if not user_data:
            return Skip("nothing tells whose event it is: Meta refuses it, and all that are sent with it", HeldBack.NO_IDENTITY)
        at, settings = micros(event, context), self._settings
        row = commerce.present(
            event_name=name_at("meta", event, context, settings),
            event_time=at // SECOND,
            event_id=event_id(event),
            action_source=settings.action_source,
            event_source_url=commerce.text(event.get("page_location")),
            referrer_url=commerce.text(event.get("page_referrer")),
            user_data=user_data,
            custom_data=_custom_data(event),
        )
        if settings.data_processing_options is not None:
            row["data_processing_options"] = settings.data_processing_options
        if settings.data_processing_options:
            row["data_processing_options_country"] = settings.data_processing_options_country
            row["data_processing_options_state"] = settings.data_processing_options_state
        return context.payload({"row": row, "at": at}, settings.endpoint, settings.pixel_id)

    def expired(self, payload: Payload, now: int) -> str | None:
        """Where Meta would refuse all that are sent with it: it is too old, or a purchase without an amount."""
        row = payload.body["row"]
        if row["event_name"] == "Purchase" and not {"value", "currency"} <= row.get("custom_data", {}).keys():
            return "Meta takes no Purchase without value and currency"
        return older_than(payload, now, OLDEST_IN_STORES if row["action_source"] == "physical_store" else OLDEST, "Meta")

    def _body(self, rows: Sequence[Any]) -> Any:
        return commerce.present(data=rows, partner_agent="tagyard", test_event_code=self._settings.test)

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """By the code in the answer: Meta says by HTTP 400 and 500 what others say by 401 and 429."""
        answer = judging.answer(response)
        received = judging.at(answer, "events_received")
        if judging.ok(response):
            return judging.taken(response, "Meta", told=judging.counts_all(received, request))
        error = judging.at(answer, "error")
        code, subcode = judging.at(error, "code"), judging.at(error, "error_subcode")
        said = judging.words(response, f"code {code}" if code else None, judging.at(error, "message"))
        if not isinstance(code, int):
            return judging.by_status(response) or Retry(said)
        if code in _CREDENTIAL or (code, subcode) == _NO_SUCH_OBJECT:
            return Retry(said, credential=True)
        if code in _AGAIN or judging.at(error, "is_transient") is True:
            return Retry(said)
        return judging.by_status(response, f"code {code}", judging.at(error, "message")) or Rejected(said)


def _user_data(event: Event, context: Context) -> dict[str, Any]:
    person, clicks = Person(event), Clicks(event, context)
    hashed = {name: _given(event, name, kind) or person.hashes("meta", kind) for name, kind in _HASHED.items()}
    return commerce.present(
        **hashed,
        **{name: commerce.text(event.get(f"x-fb-ud-{key}")) for name, key in _IDS.items()},
        client_ip_address=commerce.text(event.get("ip_override")),
        client_user_agent=commerce.text(event.get("user_agent")),
        fbc=clicks.fbc(),
        fbp=clicks.fbp(),
    )


def _given(event: Event, name: str, kind: str) -> list[str]:
    """What the event says under Meta's own name of it; in clear it may stand there too."""
    found = (digest("meta", kind, said) for said in texts(event, (f"x-fb-ud-{name}",)))
    return list(dict.fromkeys(filter(None, found)))


def _custom_data(event: Event) -> dict[str, Any]:
    goods = commerce.items(event)
    only = goods[0] if len(goods) == 1 else {}
    own = {name: event.get(f"x-fb-cd-{name}") for name in _TAKEN_OVER} | {"contents": _contents(event)}
    found = commerce.present(
        currency=commerce.currency(event),
        value=commerce.value(event),
        order_id=commerce.text(event.get("transaction_id")),
        search_string=commerce.text(event.get("search_term")),
        content_type="product" if goods else None,
        content_name=commerce.text(only.get("item_name")),
        content_category=commerce.text(only.get("item_category")),
        contents=[_content(item) for item in goods],
        num_items=commerce.count(event) if goods else None,
    )
    return {**found, **commerce.present(**own)}


def _contents(event: Event) -> list[Any] | None:
    """Meta's own list of goods, which hits say as JSON."""
    said = event.get("x-fb-cd-contents")
    try:
        found = json.loads(said) if isinstance(said, str) else said
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def _content(item: commerce.Item) -> dict[str, Any]:
    return commerce.present(
        id=commerce.text(item.get("item_id")),
        quantity=commerce.quantity(item),
        item_price=commerce.number(item.get("price")),
        title=commerce.text(item.get("item_name")),
        brand=commerce.text(item.get("item_brand")),
        category=commerce.text(item.get("item_category")),
    )
