"""Sends events to Amplitude."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from core.component import Setup, TagExample, TagSettings
from core.context import Context
from core.secret import Secret
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Retry, Skip
from wire.conversions import commerce, judging, packing
from wire.conversions.moment import SECOND, micros, named, own_id
from wire.conversions.names import known_as
from wire.conversions.properties import properties, user_properties
from wire.conversions.settings import Origin
from wire.conversions.vendor import VendorTag
from wire.conversions.visitor import client_id, user_id

ENDPOINTS: Final = {"us": "https://api2.amplitude.com", "eu": "https://api.eu.amplitude.com"}
PATHS: Final = {"httpapi": "/2/httpapi", "batch": "/batch"}
MOST_BYTES: Final = {"httpapi": 990_000, "batch": 8 << 20}
"""Amplitude takes 1 MB, and 20 MB where events may wait."""

_USUAL_LENGTH: Final = 5
_THROTTLED: Final = 30.0
_MILLISECOND: Final = SECOND // 1000
_LATEST_SESSION: Final = 10**11
"""Seconds since 1970; what is more is no time."""

_PLATFORMS: Final = {"android": "Android", "ios": "iOS"}
_BY_FIELD: Final = ("events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths")


class AmplitudeSettings(TagSettings):
    """Sends events to Amplitude."""

    api_key: Secret = Field(description="The project's API key; give it as ${NAME}.")
    mode: Literal["httpapi", "batch"] = Field(
        "httpapi", description="`batch` is for many events at once, of one visitor too; Amplitude may take its time with them."
    )
    region: Literal["us", "eu"] = Field("us", description="Where the project's data lives.")
    min_id_length: int = Field(
        _USUAL_LENGTH, ge=1, le=100, description="Amplitude takes no shorter `user_id` or `client_id`; a shorter one is left out."
    )
    ip: bool = Field(True, description="Whether the visitor's IP address leaves, by which Amplitude knows the place.")
    endpoint: Origin | None = Field(None, description="Scheme and host, where they are not those of the region.")

    needs: ClassVar[Sequence[str]] = ("event_name",)


class Amplitude(VendorTag[AmplitudeSettings]):
    """Sends events to Amplitude, up to 2,000 with one request.

    Events leave under their own names, with their parameters as ``event_properties``. The ``client_id`` is the ``device_id``;
    an event with neither a ``user_id`` nor a ``client_id`` of five characters is not sent. A purchase has ``revenue``, and one
    of a single item its price and quantity. No personal data (``user_data``) leaves.

    Amplitude refuses a request as a whole, and says which events are to blame: these are given up, the others sent again. An
    event that comes twice has the same ``insert_id``, and counts once within seven days.
    """

    Settings: ClassVar[type[TagSettings]] = AmplitudeSettings
    _own_origins = frozenset(ENDPOINTS.values())
    _most = 2000
    _rows_at = ("events",)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase",
            settings={"api_key": "EXAMPLEKEY"},
            event={
                "event_name": "purchase",
                "client_id": "77.1767000000",
                "user_id": "user-00007",
                "event_id": "e-51",
                "x-mp-timestamp_micros": 1767312000000000,
                "transaction_id": "A-2040",
                "value": 48.5,
                "currency": "EUR",
            },
            sends=(
                OutboundRequest(
                    method="POST",
                    url="https://api2.amplitude.com/2/httpapi",
                    headers=packing.JSON,
                    body=b'{"api_key":"EXAMPLEKEY","events":[{"event_type":"purchase","user_id":"user-00007",'
                    b'"device_id":"77.1767000000","time":1767312000000,"insert_id":"e-51","platform":"Web",'
                    b'"event_properties":{"transaction_id":"A-2040","value":48.5,"currency":"EUR"},'
                    b'"revenue":48.5,"currency":"EUR"}]}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: AmplitudeSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint or ENDPOINTS[settings.region])
        self._url = self._origin + PATHS[settings.mode]
        self._most_bytes = MOST_BYTES[settings.mode]

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The event as Amplitude has it."""
        if isinstance(name := named(event), Skip):
            return name
        user, device = self._id(user_id(event)), self._id(client_id(event))
        if not user and not device:
            return Skip(f"Amplitude needs a user_id or a client_id of {self._settings.min_id_length} characters")
        row = commerce.present(
            event_type=name,
            user_id=user,
            device_id=device,
            time=micros(event, context) // _MILLISECOND,
            insert_id=own_id(event, context),
            session_id=_session(event),
            ip=commerce.text(event.get("ip_override")) if self._settings.ip else None,
            platform=_PLATFORMS.get(str(event.get("x-ga-platform", "")).lower(), "Web"),
            language=commerce.text(event.get("language")),
            user_agent=commerce.text(event.get("user_agent")),
            event_properties=properties(event, "language"),
            user_properties=user_properties(event),
            **(_revenue(event) if known_as(event, context, "purchase") else {}),
        )
        return context.payload({"row": row}, self._origin)

    def _id(self, id: str | None) -> str | None:
        return id if id and len(id) >= self._settings.min_id_length else None

    def _body(self, rows: Sequence[Any]) -> Any:
        envelope: dict[str, Any] = {"api_key": self._settings.api_key.reveal(), "events": rows}
        if self._settings.min_id_length != _USUAL_LENGTH:
            envelope["options"] = {"min_id_length": self._settings.min_id_length}
        return envelope

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """Nothing of a refused request is there: what a 400 names is given up, the others are sent again."""
        answer = judging.answer(response)
        if judging.ok(response):
            all_in = "events_ingested" not in answer or judging.counts_all(answer["events_ingested"], request)
            return judging.taken(response, "Amplitude", told=answer.get("code") == response.status and all_in)
        error, field = judging.at(answer, "error"), judging.at(answer, "missing_field")
        said = judging.words(response, error, field)
        if response.status == 429:
            return Retry(said, after=_THROTTLED)
        if response.status != 400:
            return judging.by_status(response, error) or Rejected(said)
        if str(error).lower().startswith("invalid api key") or field == "api_key":
            return Retry(said, credential=True)
        rejected = {index: why for each, why in _named(answer, said) if (index := judging.row(each, request)) is not None}
        return judging.by_rows(request, rejected, judging.beside(response)) if rejected else Rejected(said)


def _named(answer: Mapping[str, Any], said: str) -> Iterator[tuple[Any, str]]:
    """The indices that an answer names, each with what is wrong."""
    for kind in _BY_FIELD:
        fields = judging.at(answer, kind)
        for field, indices in fields.items() if isinstance(fields, dict) else ():
            yield from ((index, f"{said} {field}") for index in (indices if isinstance(indices, list) else ()))
    silenced = judging.at(answer, "silenced_events")
    yield from ((index, f"{said} silenced") for index in (silenced if isinstance(silenced, list) else ()))


def _session(event: Event) -> int | None:
    """In milliseconds since 1970; Google's number of a session is the second in which it began."""
    began = commerce.number(event.get("ga_session_id"))
    return int(began) * 1000 if began is not None and 0 < began < _LATEST_SESSION else None


def _revenue(event: Event) -> dict[str, Any]:
    goods = commerce.items(event)
    only = goods[0] if len(goods) == 1 else {}
    return commerce.present(
        revenue=commerce.value(event),
        currency=commerce.currency(event),
        productId=commerce.text(only.get("item_id")),
        price=commerce.number(only.get("price")),
        quantity=commerce.quantity(only) if only else None,
    )
