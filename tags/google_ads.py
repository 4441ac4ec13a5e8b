"""Sends conversions to Google Ads by the Data Manager API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

from core.component import Doubt, Setup, Shape, TagExample, TagSettings, WholeFile
from core.context import Context
from core.grant import ServiceAccount
from core.types import Event, HeldBack, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Retry, Skip
from wire.authorization import TOKENS_AT_GOOGLE, KeyFile, service_account
from wire.conversions import commerce, judging
from wire.conversions.clicks import Clicks
from wire.conversions.moment import iso, micros, nobodys
from wire.conversions.settings import AdvertisingSettings, Origin, chosen_by_no_trigger
from wire.conversions.vendor import VendorTag
from wire.identity.person import Person

ENDPOINT: Final = "https://datamanager.googleapis.com"
SCOPE: Final = "https://www.googleapis.com/auth/datamanager"
MOST_IDENTIFIERS: Final = 10
_LONGEST_ID: Final = 512

_NO_ID: Final = frozenset(
    {"null", "none", "nil", "undefined", "unknown", "nan", "false", "true", "0", "123", "test", "(not set)"}
)
_SAYS: Final[Mapping[str, str]] = {"granted": "CONSENT_GRANTED", "denied": "CONSENT_DENIED"}
_ROW: Final = re.compile(r"events\[(\d{1,5})\]")
_AGAIN: Final = frozenset({"INTERNAL_ERROR", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"})
_GOOGLE_ADS: Final = "GOOGLE_ADS"
_DIGITS: Final = 10
"""Of the number of an account of Google Ads."""
_ID: Final = r"\d{1,20}"
_OURS: Final = re.compile(
    r"PERMISSION_DENIED|ACCESS_TOKEN.*|TERMS_AND_CONDITIONS_NOT_SIGNED|DESTINATION_ACCOUNT_.*|INVALID_DESTINATION"
)


class AccountSettings(BaseModel):
    """An account at Google."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[0-9-]{3,20}$", description="Its number; dashes do not count.")
    type: str = Field(_GOOGLE_ADS, pattern=r"^[A-Z_]+$", description="`GOOGLE_ADS`, or what else Google's API knows.")


class GoogleAdsSettings(AdvertisingSettings):
    """Sends conversions to Google Ads by the Data Manager API."""

    conversion_action_id: str = Field(
        pattern=f"^{_ID}$", description="The conversion action: the number `ctId` in its address in Google Ads."
    )
    operating_account: AccountSettings = Field(description="The account that the conversions are for.")
    login_account: AccountSettings | None = Field(
        None, description="The manager account that has access to it, where the service account is a user of that one."
    )
    service_account: KeyFile = Field(
        description="The text of a Google service account's key file (JSON); give it as ${NAME}. Its e-mail address must be a "
        "user of the Google Ads account."
    )
    event_source: str = Field("WEB", pattern=r"^[A-Z_]+$", description="Where it happened: `WEB`, `APP`, `IN_STORE`, `PHONE`.")
    merchant_id: str | None = Field(None, description="Of the Merchant Center, where items are to be found in its feed.")
    merchant_feed_label: str | None = Field(None, description="The feed's label there, such as `DE`.")
    merchant_feed_language: str | None = Field(None, description="The feed's language there, such as `de`.")
    test: bool = Field(False, description="Google checks what is sent, and counts nothing of it.")
    endpoint: Origin = Field(ENDPOINT, description="Scheme and host.")

    needs: ClassVar[Sequence[str]] = ("event_name",)
    sent_to: ClassVar[Sequence[str]] = ("conversion_action_id", "test", "endpoint")
    shapes: ClassVar[Mapping[str, Shape]] = {"conversion_action_id": Shape(_ID, "a conversion action's `ctId`: digits")}

    def doubts(self, file: WholeFile) -> Iterator[Doubt]:
        del file
        yield from chosen_by_no_trigger(self, "conversion_action_id")
        for name, account in (("operating_account", self.operating_account), ("login_account", self.login_account)):
            if account and account.type == _GOOGLE_ADS and not _is_customer(account.id):
                yield Doubt((name, "id"), "does not look like an account of Google Ads: ten digits, such as 123-456-7890", True)


def _is_customer(id: str) -> bool:
    """Whether Google Ads may have an account of this number: ten digits, of which dashes make three parts."""
    digits = id.replace("-", "")
    return len(digits) == _DIGITS and digits.strip("0") != ""


class GoogleAds(VendorTag[GoogleAdsSettings]):
    """Sends conversions to Google Ads by the Data Manager API.

    Each event that it fires for is one conversion of the action that is named, so give it a trigger: most often ``purchase``. The
    click on an ad is found in the page's URL (``gclid``, ``gbraid``, ``wbraid``) or in the cookies that gtag or a server have
    set; e-mail address, phone number, and names with country and postal code leave hashed, as enhanced conversions. Google
    counts a ``transaction_id`` once for an action, also where its own tag in the page has sent it.

    An event that has neither a click nor anybody to be matched by is not sent. What consent says about ``ad_user_data`` and
    ``ad_personalization`` goes along.

    Google refuses a request as a whole where one of its events is wrong, and says which: that one is given up, and the others
    are sent again.
    """

    Settings: ClassVar[type[TagSettings]] = GoogleAdsSettings
    _own_origins = (ENDPOINT,)
    _most = 2000
    _most_bytes = 4 << 20
    _rows_at = ("events",)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase after a click on an ad",
            settings={
                "conversion_action_id": "987654321",
                "operating_account": {"id": "123-456-7890"},
                "service_account": '{"client_email": "robot@project.example", "private_key": "PEM"}',
            },
            event={
                "event_name": "purchase",
                "x-mp-timestamp_micros": 1767312000000000,
                "transaction_id": "A-2040",
                "value": 48.5,
                "currency": "EUR",
                "page_location": "https://shop.example.com/done?gclid=EAIaExample",
            },
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{ENDPOINT}/v1/events:ingest",
                    headers=(("content-type", "application/json"),),
                    body=b'{"destinations":[{"operatingAccount":{"accountType":"GOOGLE_ADS","accountId":"1234567890"},'
                    b'"productDestinationId":"987654321"}],"encoding":"HEX","validateOnly":false,"events":[{"transactionId":"A-2040",'
                    b'"eventTimestamp":"2026-01-02T00:00:00.000Z","eventSource":"WEB","currency":"EUR","conversionValue":48.5,'
                    b'"adIdentifiers":{"gclid":"EAIaExample"}}]}',
                    payloads=(0,),
                    grant=ServiceAccount(TOKENS_AT_GOOGLE, SCOPE, "robot@project.example", "PEM"),
                ),
            ),
        ),
    )

    def __init__(self, settings: GoogleAdsSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        self._url = f"{settings.endpoint}/v1/events:ingest"
        self._grant = service_account(settings.service_account, SCOPE)
        self._destination = commerce.present(
            operatingAccount=_account(settings.operating_account),
            loginAccount=_account(settings.login_account) if settings.login_account else None,
            productDestinationId=settings.conversion_action_id,
        )

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The conversion, with nothing personal in clear but country and postal code, which Google wants so."""
        if skip := nobodys(event):
            return skip
        clicks, identifiers = _clicks(event, context), _identifiers(event)
        if not clicks and not identifiers:
            return Skip("neither a click nor a person: Google Ads could match it with nothing", HeldBack.NO_IDENTITY)
        settings, at = self._settings, micros(event, context)
        device = _device(event)
        row = commerce.present(
            transactionId=_transaction_id(event),
            eventTimestamp=iso(at),
            eventSource=settings.event_source,
            currency=commerce.currency(event),
            conversionValue=commerce.value(event),
            consent=_consent(context.consent),
            adIdentifiers={**clicks, "landingPageDeviceInfo": device} if clicks and device else clicks,
            eventDeviceInfo=device,
            userData=commerce.present(userIdentifiers=identifiers),
            cartData=self._cart(event),
        )
        return context.payload({"row": row, "at": at}, settings.endpoint, settings.conversion_action_id)

    def _body(self, rows: Sequence[Any]) -> Any:
        return {
            "destinations": [self._destination],
            "encoding": "HEX",
            "validateOnly": self._settings.test,
            "events": rows,
        }

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """One wrong event refuses the request: it is given up, and the others are for another time."""
        answer = judging.answer(response)
        if judging.ok(response):
            return judging.taken(response, "Google", told=isinstance(answer.get("requestId"), str) or self._settings.test)
        error = judging.at(answer, "error")
        about_no_event = [each for each in _violations(error) if not _ROW.search(str(judging.at(each, "field")))]
        reasons = {str(judging.at(each, "reason")) for each in (*_details(error), *about_no_event)}
        said = judging.words(response, judging.at(error, "status"), judging.at(error, "message"))
        by_status = judging.by_status(response, judging.at(error, "status"), judging.at(error, "message"))
        if (
            response.status == _NOT_FOUND
            or any(_OURS.fullmatch(reason) for reason in reasons)
            or (any(str(judging.at(each, "field")).startswith("destinations") for each in about_no_event))
        ):
            return Retry(said, credential=True)
        if by_status is not None or not reasons.isdisjoint(_AGAIN):
            return by_status or Retry(said)
        rejected = _wrong_rows(request, response, error)
        return judging.by_rows(request, rejected, judging.beside(response)) if rejected else Rejected(said)

    def _cart(self, event: Event) -> dict[str, Any]:
        goods = [
            commerce.present(
                merchantProductId=commerce.text(item.get("item_id")),
                quantity=commerce.digits(commerce.quantity(item)),
                unitPrice=commerce.number(item.get("price")),
            )
            for item in commerce.items(event)
        ]
        settings = self._settings
        feed = commerce.present(
            merchantId=settings.merchant_id,
            merchantFeedLabel=settings.merchant_feed_label,
            merchantFeedLanguageCode=settings.merchant_feed_language,
        )
        return {**feed, "items": goods} if goods else {}


_NOT_FOUND: Final = 404


def _account(settings: AccountSettings) -> dict[str, str]:
    return {"accountType": settings.type, "accountId": settings.id.replace("-", "")}


def _transaction_id(event: Event) -> str | None:
    """Not what a page writes where it has none: Google would count all of these once."""
    id = commerce.text(event.get("transaction_id"))
    return id if id and 1 < len(id) <= _LONGEST_ID and id.lower() not in _NO_ID else None


def _clicks(event: Event, context: Context) -> dict[str, Any]:
    clicks = Clicks(event, context)
    return commerce.present(
        gclid=clicks.google("gclid", "FPGCLAW", "_gcl_aw"),
        wbraid=clicks.google("wbraid", "FPGCLGB", "_gcl_gb"),
        gbraid=clicks.google("gbraid", "FPGCLAG", "_gcl_ag"),
        sessionAttributes=clicks.cookie("_dm_session_attributes"),
    )


def _device(event: Event) -> dict[str, Any]:
    return commerce.present(userAgent=commerce.text(event.get("user_agent")), ipAddress=commerce.text(event.get("ip_override")))


def _identifiers(event: Event) -> list[dict[str, Any]]:
    person = Person(event)
    found: list[dict[str, Any]] = [{"emailAddress": hash} for hash in person.hashes("google", "email")]
    found += [{"phoneNumber": hash} for hash in person.hashes("google", "phone")]
    country = person.plain("google_ads", "country")
    address = {
        "givenName": person.hash("google", "first_name"),
        "familyName": person.hash("google", "last_name"),
        "regionCode": country and country.upper(),
        "postalCode": person.plain("google_ads", "postal_code"),
    }
    if all(address.values()):  # Google refuses one of which anything is missing
        found.append({"address": address})
    return found[:MOST_IDENTIFIERS]


def _consent(consent: Mapping[str, str]) -> dict[str, Any]:
    return commerce.present(
        adUserData=_SAYS.get(consent.get("ad_user_data", "")),
        adPersonalization=_SAYS.get(consent.get("ad_personalization", "")),
    )


def _details(error: Any) -> Sequence[Any]:
    found = judging.at(error, "details")
    return found if isinstance(found, list) else []


def _violations(error: Any) -> Sequence[Any]:
    listed = (judging.at(detail, "fieldViolations") for detail in _details(error))
    return [each for violations in listed if isinstance(violations, list) for each in violations]


def _wrong_rows(request: Outbound, response: Response, error: Any) -> dict[int, str]:
    """By its place, what is wrong with an event; where a violation names no event nothing is known of any."""
    found: dict[int, str] = {}
    for violation in _violations(error):
        named = _ROW.search(str(judging.at(violation, "field")))
        row = judging.row(int(named[1]), request) if named else None
        if row is None:
            return {}
        words = judging.words(response, judging.at(violation, "reason"), judging.at(violation, "description"))
        found.setdefault(row, words)
    return found
