"""Sends events to Klaviyo, each to the profile of a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from pydantic import Field

from core.component import Setup, TagExample, TagSettings
from core.context import Context
from core.secret import Secret
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Response, Skip
from wire.conversions import commerce, judging
from wire.conversions.clicks import Clicks
from wire.conversions.moment import iso, micros, named, own_id
from wire.conversions.properties import properties
from wire.conversions.settings import AdvertisingSettings, Origin
from wire.conversions.vendor import VendorTag
from wire.identity.person import Person

ENDPOINT: Final = "https://a.klaviyo.com"
PATH: Final = "/api/events"
MOST_PROPERTIES: Final = 400

_JSON_API: Final = "application/vnd.api+json"
_PLAIN: Final = {"email": "email", "phone_number": "phone", "first_name": "first_name", "last_name": "last_name"}
_SOMEBODY: Final = frozenset({"email", "phone_number", "external_id", "_kx"})
"""Each is enough for Klaviyo to know a profile by; a name is not."""

_ACTIVE: Final = "__activity__"
"""By which Klaviyo knows its own metric "Active on Site"."""


class KlaviyoSettings(AdvertisingSettings):
    """Sends events to Klaviyo, each to the profile of a person."""

    api_key: Secret = Field(description="A private key with the scope `events:write`; give it as ${NAME}.")
    active_on_site: bool = Field(False, description="Whether `page_view` is sent as Klaviyo's own metric “Active on Site”.")
    revision: str = Field("2026-07-15", pattern=r"^20\d\d-\d\d-\d\d(\.pre)?$", description="Klaviyo's version, a date.")
    endpoint: Origin = Field(ENDPOINT, description="Scheme and host.")

    needs: ClassVar[Sequence[str]] = ("event_name",)


class Klaviyo(VendorTag[KlaviyoSettings]):
    """Sends events to Klaviyo, each to the profile of a person, one with each request.

    Events leave under their own names, which are the names of metrics there; ``event_name`` gives others. A person is known by
    an e-mail address, a telephone number with its country's code, a ``user_id``, or the id that Klaviyo's mails add to links
    (``_kx``). Klaviyo writes to people, so that all of this leaves in clear; what the page has hashed does not leave, and an
    event of nobody is not sent.

    Klaviyo counts an event of one person and one name once where it has the same ``event_id``; without one, its
    ``transaction_id`` stands for it.
    """

    Settings: ClassVar[type[TagSettings]] = KlaviyoSettings
    _own_origins = (ENDPOINT,)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase",
            settings={"api_key": "pk_EXAMPLE"},
            event={
                "event_name": "purchase",
                "event_id": "e-51",
                "x-mp-timestamp_micros": 1767312000000000,
                "transaction_id": "A-2040",
                "value": 48.5,
                "currency": "EUR",
                "user_data": {"email_address": "Sam.Roe@Example.com", "address": {"first_name": "Sam"}},
            },
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{ENDPOINT}{PATH}",
                    headers=(
                        ("authorization", "Klaviyo-API-Key pk_EXAMPLE"),
                        ("revision", "2026-07-15"),
                        ("content-type", _JSON_API),
                        ("accept", _JSON_API),
                    ),
                    body=b'{"data":{"type":"event","attributes":{"time":"2026-01-02T00:00:00.000Z","unique_id":"e-51",'
                    b'"value":48.5,"value_currency":"EUR","properties":{"transaction_id":"A-2040","value":48.5,'
                    b'"currency":"EUR"},"metric":{"data":{"type":"metric","attributes":{"name":"purchase"}}},'
                    b'"profile":{"data":{"type":"profile","attributes":{"email":"sam.roe@example.com",'
                    b'"first_name":"Sam"}}}}}}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: KlaviyoSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        self._url = f"{settings.endpoint}{PATH}"
        self._headers = (
            ("authorization", f"Klaviyo-API-Key {settings.api_key.reveal()}"),
            ("revision", settings.revision),
            ("content-type", _JSON_API),
            ("accept", _JSON_API),
        )

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The event as Klaviyo has it, with the person in clear."""
        if isinstance(name := named(event), Skip):
            return name
        profile, said = _profile(event, context), properties(event)
        if not profile.keys() & _SOMEBODY:
            return Skip("Klaviyo needs an e-mail address, a telephone number, a user_id or its own _kx")
        if self._settings.active_on_site and name == "page_view":
            name, said = _ACTIVE, {**said, "$is_session_activity": True}
        if len(said) > MOST_PROPERTIES:
            return Skip(f"Klaviyo takes {MOST_PROPERTIES} properties, and this has {len(said)}")
        value = commerce.value(event)
        row = commerce.present(
            time=iso(micros(event, context)),
            unique_id=own_id(event, context),
            value=value,
            value_currency=commerce.currency(event) if value is not None else None,
        )
        row |= {"properties": said, "metric": _named("metric", {"name": name}), "profile": _named("profile", profile)}
        return context.payload({"row": row}, self._settings.endpoint)

    def _body(self, rows: Sequence[Any]) -> Any:
        return _named("event", rows[0])

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:  # noqa: ARG002
        """By the status; the first of its errors says why."""
        if judging.ok(response):
            return judging.taken(response, "Klaviyo", told=not judging.is_page(response))
        error = judging.at(judging.answer(response), "errors", 0)
        said = judging.at(error, "code"), judging.at(error, "detail"), judging.at(error, "source", "pointer")
        return judging.refusal(response, *said)


def _named(type: str, attributes: Any) -> dict[str, Any]:
    return {"data": {"type": type, "attributes": attributes}}


def _profile(event: Event, context: Context) -> dict[str, Any]:
    person = Person(event)
    return commerce.present(
        **{name: person.plain("klaviyo", kind) for name, kind in _PLAIN.items()},
        external_id=next(iter(person.texts("external_id")), None),
        _kx=Clicks(event, context).klaviyo(),
    )
