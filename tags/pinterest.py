"""Sends events to Pinterest's Conversions API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from core.component import Setup, Shape, TagExample, TagSettings
from core.context import Context
from core.fields import Many
from core.secret import Secret
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Skip
from wire.conversions import commerce, judging, packing
from wire.conversions.clicks import Clicks
from wire.conversions.devices import advertising_id
from wire.conversions.examples import purchase
from wire.conversions.moment import SECOND, micros, named, own_id
from wire.conversions.names import name_at
from wire.conversions.settings import AdvertisingSettings, Origin
from wire.conversions.vendor import VendorTag
from wire.hashing import sha256
from wire.identity.person import Person

ENDPOINT: Final = "https://api.pinterest.com"
MOST_IN_A_TEST: Final = 20

_HASHED: Final[Mapping[str, str]] = {
    "em": "email",
    "ph": "phone",
    "ge": "gender",
    "db": "birth_date",
    "ln": "last_name",
    "fn": "first_name",
    "ct": "city",
    "st": "region",
    "zp": "postal_code",
    "country": "country",
    "external_id": "external_id",
}
"""What Pinterest calls what is known about a person, and we."""
_ID: Final = r"\d{1,25}"


class PinterestSettings(AdvertisingSettings):
    """Sends events to Pinterest by its Conversions API."""

    ad_account_id: str = Field(pattern=f"^{_ID}$", description="The ad account's id, as Pinterest's Ads Manager shows it.")
    access_token: Secret = Field(description="The conversion access token of this ad account; give it as ${NAME}.")
    test: bool = Field(False, description="Whether Pinterest is to check what is sent, and count none of it.")
    action_source: Literal["web", "app_android", "app_ios", "offline"] = Field("web", description="Where it happened.")
    opt_out: bool | None = Field(None, description="Whether the person is not to be shown ads because of the event.")
    opt_out_type: Many[str] | None = Field(None, description="`LDP` limits what Pinterest does with the data.")
    endpoint: Origin = Field(ENDPOINT, description="Scheme and host.")

    needs: ClassVar[Sequence[str]] = ("event_name",)
    sent_to: ClassVar[Sequence[str]] = ("ad_account_id", "action_source", "test", "endpoint")
    shapes: ClassVar[Mapping[str, Shape]] = {"ad_account_id": Shape(_ID, "an ad account's id of Pinterest: digits")}


class Pinterest(VendorTag[PinterestSettings]):
    """Sends events to Pinterest by its Conversions API (v5).

    GA4's events get Pinterest's names (``purchase`` becomes ``checkout``); Pinterest takes no others, so the rest leave as
    ``custom``. What is known about the person leaves in SHA-256, in Pinterest's own form; what the page has hashed passes. The
    browser's Pinterest tag and this one count an event once where both give it the same ``event_id``; without one, its
    ``transaction_id`` stands for it.

    Pinterest knows people by an e-mail address, by an app's device, or by an IP address with a browser: an event with none of
    these is not sent. It judges every event by itself, and only those that it does not take are given up.
    """

    Settings: ClassVar[type[TagSettings]] = PinterestSettings
    _own_origins = (ENDPOINT,)
    _most = 1000
    _rows_at = ("data",)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase",
            settings={"ad_account_id": "549755885175", "access_token": "pina_A"},
            event=purchase(),
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{ENDPOINT}/v5/ad_accounts/549755885175/events",
                    headers=(("authorization", "Bearer pina_A"), ("content-type", "application/json")),
                    body=b'{"data":[{"event_name":"checkout","action_source":"web","event_time":1767312000,"event_id":"e-51",'
                    b'"event_source_url":"https://shop.example.com/done","user_data":{"em":'
                    b'["db23ab0526841e86bd32f299f50c84b0f920f939f87623bc810e8d5fe2a2f6f1"]},"custom_data":{"currency":"EUR",'
                    b'"value":"48.5","content_ids":["P1"],"contents":[{"id":"P1","item_price":"24.25","quantity":2}],'
                    b'"num_items":2}}]}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: PinterestSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        self._url = f"{settings.endpoint}/v5/ad_accounts/{settings.ad_account_id}/events" + (
            "?test=true" if settings.test else ""
        )
        self._headers = (("authorization", f"Bearer {settings.access_token.reveal()}"), *packing.JSON)
        if settings.test:
            self._most = MOST_IN_A_TEST

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The row as Pinterest has it, with nothing personal in clear."""
        if isinstance(skip := named(event), Skip):
            return skip
        at, settings, person = micros(event, context), self._settings, _user_data(event, context)
        if not person.keys() & {"em", "hashed_maids"} and not {"client_ip_address", "client_user_agent"} <= person.keys():
            return Skip("Pinterest needs an e-mail address, an app's device, or an IP address and a browser")
        row = commerce.present(
            event_name=name_at("pinterest", event, context, settings, otherwise="custom"),
            action_source=settings.action_source,
            event_time=at // SECOND,
            event_id=own_id(event, context),
            event_source_url=commerce.text(event.get("page_location")),
            opt_out=settings.opt_out,
            user_data=person,
            custom_data=self._custom_data(event),
        )
        return context.payload({"row": row, "at": at}, settings.endpoint, settings.ad_account_id)

    def _custom_data(self, event: Event) -> dict[str, Any]:
        goods, types = commerce.items(event), self._settings.opt_out_type
        return commerce.present(
            currency=commerce.currency(event),
            value=commerce.decimal(commerce.value(event)),
            order_id=commerce.text(event.get("transaction_id")),
            search_string=commerce.text(event.get("search_term")),
            content_ids=commerce.ids(event),
            contents=[_content(item) for item in goods],
            num_items=commerce.count(event) if goods else None,
            opt_out_type=",".join(types) if types else None,
        )

    def _body(self, rows: Sequence[Any]) -> Any:
        return {"data": rows}

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """Row by row: Pinterest answers for each, in their order, also where it says by 422 that it took only some."""
        answer = judging.answer(response)
        if judging.ok(response):
            found = _by_rows(request, response, judging.at(answer, "events"))
            return found or self._of_all(request, response, judging.at(answer, "num_events_processed"))
        code = judging.at(answer, "code")
        said = (f"code {code}" if code is not None else None, judging.at(answer, "message"))
        if response.status == 422:
            found = _by_rows(request, response, judging.at(answer, "details", "events"))
            return found or Rejected(judging.words(response, *said))
        return judging.refusal(response, *said, refused=judging.REFUSED_OR_UNKNOWN)

    @staticmethod
    def _of_all(request: Outbound, response: Response, processed: Any) -> Outcome:
        """Where it took the request and does not tell of each row."""
        return judging.taken(response, "Pinterest", told=judging.counts_all(processed, request))


def _by_rows(request: Outbound, response: Response, told: Any) -> Sequence[Outcome] | None:
    """None where it does not tell of each."""
    if not isinstance(told, list) or len(told) != len(request.payloads):
        return None
    failed = {
        index: judging.words(
            response, judging.at(row, "error_message") or judging.at(row, "status") or "Pinterest says nothing of it"
        )
        for index, row in enumerate(told)
        if judging.at(row, "status") != "processed"
    }
    return judging.by_rows(request, failed, judging.DELIVERED)


def _user_data(event: Event, context: Context) -> dict[str, Any]:
    person, devices = Person(event), (advertising_id(event, "android"), advertising_id(event, "ios"))
    return commerce.present(
        **{name: person.hashes("pinterest", kind) for name, kind in _HASHED.items()},
        client_ip_address=commerce.text(event.get("ip_override")),
        client_user_agent=commerce.text(event.get("user_agent")),
        hashed_maids=[sha256(device.lower()) for device in devices if device],
        click_id=Clicks(event, context).usual("epik", "_epik"),
    )


def _content(item: commerce.Item) -> dict[str, Any]:
    """Pinterest refuses a request in which it meets any other key."""
    return commerce.present(
        id=commerce.text(item.get("item_id")),
        item_name=commerce.text(item.get("item_name")),
        item_category=commerce.text(item.get("item_category")),
        item_brand=commerce.text(item.get("item_brand")),
        item_price=commerce.decimal(commerce.number(item.get("price"))),
        quantity=commerce.quantity(item),
    )
