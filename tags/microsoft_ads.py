"""Sends events to Microsoft Advertising's UET Conversions API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from pydantic import Field

from core.component import Setup, Shape, TagExample, TagSettings
from core.context import Context
from core.secret import Secret
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Skip
from wire.conversions import commerce, judging, packing
from wire.conversions.clicks import Clicks
from wire.conversions.devices import advertising_id
from wire.conversions.examples import purchase
from wire.conversions.moment import DAY, SECOND, micros, named, older_than
from wire.conversions.names import name_at
from wire.conversions.settings import AdvertisingSettings, Origin
from wire.conversions.vendor import VendorTag
from wire.identity import digest
from wire.identity.person import Person

ENDPOINT: Final = "https://capi.uet.microsoft.com"
OLDEST: Final = 7 * DAY

_PAGE_LOAD: Final = "pageLoad"
_PAGE_TYPES: Final[Mapping[str, str]] = {
    "view_item": "product",
    "view_item_list": "category",
    "view_cart": "cart",
    "search": "searchresults",
    "view_search_results": "searchresults",
    "purchase": "purchase",
}
_CONSENT: Final[Mapping[str, str]] = {"granted": "G", "denied": "D"}
_BY_WHICH_IT_KNOWS: Final = frozenset({"anonymousId", "externalId", "em", "ph", "msclkid", "idfa", "gaid"})
_ID: Final = r"\d{1,25}"


class MicrosoftAdsSettings(AdvertisingSettings):
    """Sends events to Microsoft Advertising by its UET Conversions API."""

    uet_tag_id: str = Field(pattern=f"^{_ID}$", description="The UET tag's id, as Microsoft Advertising shows it.")
    access_token: Secret = Field(description="Of this UET tag, made where its Conversions API is set up; give it as ${NAME}.")
    endpoint: Origin = Field(ENDPOINT, description="Scheme and host.")

    needs: ClassVar[Sequence[str]] = ("event_name",)
    sent_to: ClassVar[Sequence[str]] = ("uet_tag_id", "endpoint")
    shapes: ClassVar[Mapping[str, Shape]] = {"uet_tag_id": Shape(_ID, "a UET tag's id: digits")}


class MicrosoftAds(VendorTag[MicrosoftAdsSettings]):
    """Sends events to Microsoft Advertising (Bing) by its UET Conversions API.

    A page view is Microsoft's ``pageLoad``; every other event is a ``custom`` one under its own name. E-mail addresses and
    phone numbers leave in SHA-256, in Microsoft's own form, and what the page has hashed passes; a ``user_id`` leaves as it is.
    The UET tag in the page and this one count an event once where both give it the same ``event_id``.

    Microsoft knows people by one of these, by a click on an ad, an app's device or its cookie: an event with none is not sent.
    It judges every event by itself, and only those that it does not take are given up. What happened more than seven days ago
    is given up before it is sent.
    """

    Settings: ClassVar[type[TagSettings]] = MicrosoftAdsSettings
    _own_origins = (ENDPOINT,)
    _most = 1000
    _rows_at = ("data",)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase",
            settings={"uet_tag_id": "187012345", "access_token": "eyJA"},
            event=purchase(),
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{ENDPOINT}/v1/187012345/events",
                    headers=(("authorization", "Bearer eyJA"), ("content-type", "application/json")),
                    body=b'{"data":[{"eventType":"custom","eventName":"purchase","eventId":"e-51","eventTime":1767312000,'
                    b'"eventSourceUrl":"https://shop.example.com/done","userData":{"em":'
                    b'"6fa1d2ce151c9601004cd4cd22646941024bd5cdcf059abd0422c3e25fac0ae1"},"customData":{"pageType":"purchase",'
                    b'"value":48.5,"eventValue":48.5,"ecommTotalValue":48.5,"currency":"EUR","itemIds":["P1"],'
                    b'"items":[{"id":"P1","price":24.25,"quantity":2}]}}],"dataProvider":"tagyard",'
                    b'"continueOnValidationError":true}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: MicrosoftAdsSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        self._url = f"{settings.endpoint}/v1/{settings.uet_tag_id}/events"
        self._headers = (("authorization", f"Bearer {settings.access_token.reveal()}"), *packing.JSON)

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The row as Microsoft has it."""
        if isinstance(skip := named(event), Skip):
            return skip
        person = _user_data(event, context)
        if not _BY_WHICH_IT_KNOWS & person.keys():
            return Skip(
                "Microsoft needs an e-mail address, a phone number, a user_id, a click, a device, or the UET tag's cookie"
            )
        at, name = micros(event, context), name_at("microsoft", event, context, self._settings)
        loads, page = name == _PAGE_LOAD, commerce.text(event.get("page_location"))
        if loads and not page:
            return Skip("the event has no page_location, which Microsoft needs of a page view")
        row = commerce.present(
            eventType=_PAGE_LOAD if loads else "custom",
            eventName=None if loads else name,
            eventId=commerce.text(event.get("event_id")),
            eventTime=at // SECOND,
            eventSourceUrl=page,
            referrerUrl=commerce.text(event.get("page_referrer")),
            pageTitle=commerce.text(event.get("page_title")),
            adStorageConsent=_CONSENT.get(context.consent.get("ad_storage", "")),
            userData=person,
            customData=None if loads else _custom_data(event, context),
        )
        return context.payload({"row": row, "at": at}, self._settings.endpoint, self._settings.uet_tag_id)

    def expired(self, payload: Payload, now: int) -> str | None:
        """Where it happened more than seven days ago."""
        return older_than(payload, now, OLDEST, "Microsoft")

    def _body(self, rows: Sequence[Any]) -> Any:
        return {"data": rows, "dataProvider": "tagyard", "continueOnValidationError": True}

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """Row by row: Microsoft names those that it does not take, and has the others where it says how many it received."""
        answer = judging.answer(response)
        code, message = judging.at(answer, "error", "code"), judging.at(answer, "error", "message")
        by_status = judging.by_status(response, code, message, refused=judging.REFUSED_OR_UNKNOWN)
        if by_status is not None:
            return by_status
        rejected = _named(request, response, judging.at(answer, "error", "details"))
        received = commerce.number(answer.get("eventsReceived"))
        if judging.ok(response):
            if rejected is None or received is None or received < len(request.payloads) - len(rejected):
                return judging.taken(response, "Microsoft", told=False)
            return judging.by_rows(request, rejected, judging.DELIVERED) if rejected else judging.DELIVERED
        if not rejected:
            return Rejected(judging.words(response, code, message))
        others = judging.DELIVERED if received else judging.beside(response)
        return judging.by_rows(request, rejected, others)


def _named(request: Outbound, response: Response, details: Any) -> Mapping[int, str] | None:
    """By index the rows that have more against them than a warning, and what; None where it isn't clear which they are."""
    faults = details if isinstance(details, list) else [] if details is None else [details]
    named = judging.named([each for each in faults if judging.at(each, "isWarning") is not True], request)
    if named is None:
        return None
    return {
        index: judging.words(response, judging.at(detail, "propertyName"), judging.at(detail, "errorMessage"))
        for index, detail in named.items()
    }


def _user_data(event: Event, context: Context) -> dict[str, Any]:
    person, clicks = Person(event), Clicks(event, context)
    click = clicks.usual("msclkid", "uet_msclkid", "_uetmsclkid")
    return commerce.present(
        em=person.hash("microsoft_ads", "email"),
        ph=person.hash("microsoft_ads", "phone"),
        externalId=_external_id(person),
        msclkid=click.removeprefix("_uet") if click else None,
        anonymousId=clicks.event("uet_vid", "_uetvid") or clicks.cookie("uet_vid", "_uetvid"),
        idfa=advertising_id(event, "ios"),
        gaid=advertising_id(event, "android"),
        clientIpAddress=commerce.text(event.get("ip_override")),
        clientUserAgent=commerce.text(event.get("user_agent")),
    )


def _external_id(person: Person) -> str | None:
    """As it is; but for an e-mail address, which nobody is told in clear."""
    said = next(iter(person.texts("external_id")), "").strip()
    return (digest("microsoft_ads", "external_id", said) if "@" in said else said) or None


def _custom_data(event: Event, context: Context) -> dict[str, Any]:
    goods, value = commerce.items(event), commerce.value(event)
    names = (event.get("event_name"), context.original.get("event_name"))  # the file may have given it another
    page = next((_PAGE_TYPES[name] for name in map(str, names) if name in _PAGE_TYPES), None)
    return commerce.present(
        pageType=page,
        eventCategory=commerce.text(event.get("event_category")),
        eventLabel=commerce.text(event.get("event_label")),
        searchTerm=commerce.text(event.get("search_term")),
        transactionId=commerce.text(event.get("transaction_id")),
        value=value,
        eventValue=value,
        ecommTotalValue=value if page == "purchase" else None,
        currency=commerce.currency(event),
        itemIds=commerce.ids(event),
        items=[_item(item) for item in goods],
    )


def _item(item: commerce.Item) -> dict[str, Any]:
    return commerce.present(
        id=commerce.text(item.get("item_id")),
        name=commerce.text(item.get("item_name")),
        price=commerce.number(item.get("price")),
        quantity=commerce.quantity(item),
    )
