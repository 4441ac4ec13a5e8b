"""Sends events to LinkedIn's Conversions API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from pydantic import Field

from core.component import Doubt, EventPart, Setup, Shape, TagExample, TagSettings, WholeFile
from core.context import Context
from core.secret import Secret
from core.types import Event, Headers, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Skip
from wire.address import public
from wire.conversions import commerce, judging, packing
from wire.conversions.clicks import Clicks
from wire.conversions.devices import advertising_id
from wire.conversions.moment import DAY, SECOND, event_id, micros, nobodys, older_than
from wire.conversions.settings import AdvertisingSettings, Origin, chosen_by_no_trigger
from wire.conversions.vendor import VendorTag
from wire.conversions.visitor import user_id
from wire.identity.person import Person

ENDPOINT: Final = "https://api.linkedin.com"
PATH: Final = "/rest/conversionEvents"
OLDEST: Final = 90 * DAY

_MONTHS_OF_A_VERSION: Final = 11
"""From then on it is said that a version is about to end; LinkedIn keeps each for about twelve."""

_REFUSED: Final = judging.REFUSED | {426}
"""426: the version has ended, which is as much for somebody to see to as a token."""

_MILLISECOND: Final = SECOND // 1000
_INDEX: Final = re.compile(r"Index: (\d{1,5})\b")
_INDICES: Final = re.compile(r"indices \[([\d, ]+)\]")
_NUMBER: Final = re.compile(r"\d{1,5}")
_ID: Final = r"\d{1,20}"


class LinkedInSettings(AdvertisingSettings):
    """Sends events to LinkedIn by its Conversions API."""

    conversion_rule_id: str = Field(
        pattern=f"^{_ID}$", description="The conversion that these events are counted as: its number in Campaign Manager."
    )
    access_token: Secret = Field(description="Of Campaign Manager's Direct API, or of an app; give it as ${NAME}.")
    user_info: bool = Field(
        True, description="Whether the person's names, title, company and country leave, which LinkedIn takes in clear alone."
    )
    external_ids: bool = Field(False, description="Whether the event's `user_id` leaves, which LinkedIn takes in clear alone.")
    api_version: str = Field(
        "202608", pattern=r"^20\d\d(0[1-9]|1[0-2])$", description="LinkedIn's version, a year and a month; each lives for a year."
    )
    endpoint: Origin = Field(ENDPOINT, description="Scheme and host.")

    sent_to: ClassVar[Sequence[str]] = ("conversion_rule_id", "endpoint")
    shapes: ClassVar[Mapping[str, Shape]] = {"conversion_rule_id": Shape(_ID, "a conversion's number at LinkedIn: digits")}

    def doubts(self, file: WholeFile) -> Sequence[Doubt]:
        del file
        return chosen_by_no_trigger(self, "conversion_rule_id")


class LinkedIn(VendorTag[LinkedInSettings]):
    """Sends events to LinkedIn by its Conversions API.

    LinkedIn knows no names of events: all that this tag sends is counted as the one conversion ``conversion_rule_id``, so its
    triggers choose. A tag for each conversion. E-mail addresses leave in SHA-256; what the page has hashed passes. An event
    needs somebody whom LinkedIn can know: an e-mail address, the click ``li_fat_id``, an IPv4 address, a device's id for
    advertisers, or first and last name. The Insight Tag and this tag count an event once where both give it the same
    ``event_id``; without one, its ``transaction_id`` stands for it.

    LinkedIn refuses a request as a whole and names the events that are wrong: those are given up, the others are sent again.
    What happened more than 90 days ago is given up before it is sent. Deliveries by a version that is older than eleven months
    are counted as such in ``tagyard_delivery_notes_total``.
    """

    Settings: ClassVar[type[TagSettings]] = LinkedInSettings
    _own_origins = (ENDPOINT,)
    _most = 5000
    _rows_at = ("elements",)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A lead",
            settings={"conversion_rule_id": "23456", "access_token": "AQX"},
            event={
                "event_name": "generate_lead",
                "event_id": "e-51",
                "x-mp-timestamp_micros": 1767312000000000,
                "value": 48.5,
                "currency": "EUR",
                "page_location": "https://shop.example.com/done?li_fat_id=df5gf5-x",
                "user_data": {"email_address": "Sam.Roe@Example.com"},
            },
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{ENDPOINT}{PATH}",
                    headers=(
                        ("authorization", "Bearer AQX"),
                        ("linkedin-version", "202608"),
                        ("x-restli-protocol-version", "2.0.0"),
                        ("content-type", "application/json"),
                    ),
                    body=b'{"conversion":"urn:lla:llaPartnerConversion:23456","conversionHappenedAt":1767312000000,'
                    b'"eventId":"e-51","conversionValue":{"currencyCode":"EUR","amount":"48.5"},"user":{"userIds":['
                    b'{"idType":"SHA256_EMAIL","idValue":"db23ab0526841e86bd32f299f50c84b0f920f939f87623bc810e8d5fe2a2f6f1"},'
                    b'{"idType":"LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID","idValue":"df5gf5-x"}]}}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: LinkedInSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        self._url = f"{settings.endpoint}{PATH}"
        self._headers: Headers = (
            ("authorization", f"Bearer {settings.access_token.reveal()}"),
            ("linkedin-version", settings.api_version),
            ("x-restli-protocol-version", "2.0.0"),
            ("content-type", "application/json"),
        )

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The event as LinkedIn has it, where there is somebody whom it can know."""
        if skip := nobodys(event):
            return skip
        at, settings = micros(event, context), self._settings
        ids, info = list(_user_ids(event, context)), _user_info(event) if settings.user_info else {}
        if not ids and not info:
            return Skip("the event has nobody whom LinkedIn can know: no e-mail address, click, IPv4 address, device or names")
        external = user_id(event) if settings.external_ids else None
        row = commerce.present(
            conversion=f"urn:lla:llaPartnerConversion:{settings.conversion_rule_id}",
            conversionHappenedAt=at // _MILLISECOND,
            eventId=event_id(event),
            conversionValue=_value(event),
        )
        row["user"] = {"userIds": ids, **commerce.present(userInfo=info, externalIds=[external] if external else None)}
        return context.payload({"row": row, "at": at}, settings.endpoint, settings.conversion_rule_id)

    def expired(self, payload: Payload, now: int) -> str | None:
        """Where it happened more than 90 days ago."""
        return older_than(payload, now, OLDEST, "LinkedIn")

    def _request(self, payloads: Sequence[Payload], part: Sequence[int], now: int) -> OutboundRequest:  # noqa: ARG002
        headers = self._headers if len(part) == 1 else (*self._headers, ("x-restli-method", "BATCH_CREATE"))
        return self._post(self._body(packing.rows(payloads, part)), part, headers)

    def _body(self, rows: Sequence[Any]) -> Any:
        return rows[0] if len(rows) == 1 else {"elements": rows}

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """One event by its status; of several each by its own, or those that a refusal names."""
        found = judging.answer(response)
        rows = len(request.payloads)
        if judging.ok(response):
            if rows > 1:
                return _each(found.get("elements"), rows, response)
            return judging.taken(response, "LinkedIn", told=not judging.is_page(response))
        message = found.get("message")
        again = judging.by_status(response, message, refused=_REFUSED)
        if again:
            return again
        wrong = {index: judging.words(response, why) for index, why in _named(str(message)) if index < rows}
        if rows == 1 or not wrong:
            return Rejected(judging.words(response, message))
        return judging.by_rows(request, wrong, judging.beside(response))

    def note(self, payload: Payload, now: int) -> str | None:  # noqa: ARG002
        """That LinkedIn's version is about to end."""
        today, version = datetime.fromtimestamp(now / SECOND, UTC), self._settings.api_version
        months = (today.year - int(version[:4])) * 12 + today.month - int(version[4:])
        return f"LinkedIn's version {version} is about to end" if months >= _MONTHS_OF_A_VERSION else None

    def parts(self, request: Outbound) -> Sequence[EventPart]:
        """Each event by itself."""
        if len(request.payloads) == 1 and isinstance(request, OutboundRequest):
            return [EventPart(body=request.body)]
        return packing.shown(request, "elements")


def _user_ids(event: Event, context: Context) -> Iterator[Mapping[str, str]]:
    person, clicks = Person(event), Clicks(event, context)
    data = person.data
    address = commerce.text(event.get("ip_override")) or ""
    found = {
        "SHA256_EMAIL": person.hash("linkedin", "email"),
        "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID": clicks.usual("li_fat_id", "li_fat_id"),
        "ACXIOM_ID": commerce.text(data.get("acxiomID")) or commerce.text(data.get("acxiom_id")),
        "ORACLE_MOAT_ID": commerce.text(data.get("moatID")) or commerce.text(data.get("moat_id")),
        "PLAINTEXT_IP_ADDRESS": _ipv4(address),
        "GOOGLE_AID": commerce.text(event.get("gaid")) or advertising_id(event, "android"),
    }
    return ({"idType": kind, "idValue": value} for kind, value in found.items() if value)


def _ipv4(text: str) -> str | None:
    address = public(text)
    return str(address) if address is not None and address.version == 4 else None


def _user_info(event: Event) -> dict[str, str]:
    """Nothing without both names: LinkedIn refuses it then."""
    person = Person(event)
    data = person.data
    first, last = person.plain("linkedin", "first_name"), person.plain("linkedin", "last_name")
    if not first or not last:
        return {}
    return commerce.present(
        firstName=first,
        lastName=last,
        title=commerce.text(data.get("job_title")) or commerce.text(data.get("jobTitle")),
        companyName=commerce.text(data.get("company_name")) or commerce.text(data.get("companyName")),
        countryCode=(person.plain("linkedin", "country") or "").upper(),
    )


def _value(event: Event) -> Mapping[str, str] | None:
    """A value without a currency is none to LinkedIn."""
    amount, currency = commerce.decimal(commerce.value(event)), commerce.currency(event)
    return {"currencyCode": currency, "amount": amount} if amount and currency else None


def _each(elements: Any, rows: int, response: Response) -> Outcome | Sequence[Outcome]:
    """By the status of each event. Where LinkedIn doesn't say them all, it isn't known of any."""
    if not isinstance(elements, list) or len(elements) != rows:
        return judging.taken(response, "LinkedIn", told=False)
    return [_one(element) for element in elements]


def _one(element: Any) -> Outcome:
    status, message = judging.at(element, "status"), judging.at(element, "error", "message")
    if not isinstance(status, int) or isinstance(status, bool):
        return Rejected("LinkedIn does not say what became of it")
    itself = Response(status, (), b"")
    if judging.ok(itself):
        return judging.DELIVERED
    return judging.refusal(itself, message, refused=_REFUSED)


def _named(message: str) -> Iterator[tuple[int, str]]:
    """The indices that a refusal names, each with the line that does."""
    for line in message.split("\n"):
        for named in (*_INDEX.findall(line), *_INDICES.findall(line)):
            yield from ((int(index), line) for index in _NUMBER.findall(named))
