"""From a payload to event data: one object per event, what the request says being in each. Total, and linear."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from core.types import Event, Finding
from wire import timestamps
from wire.address import is_address, somebodys
from wire.cookies.ids import IdKind, client_id_in, id_in, is_plain, session_in
from wire.ga4 import custom
from wire.measurement_protocol import fields
from wire.measurement_protocol.clock import MOST_TOLD, Clock
from wire.measurement_protocol.digits import Digits
from wire.measurement_protocol.document import Document
from wire.measurement_protocol.paths import below

Payload: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decoded:
    """The events of a payload. ``skipped`` counts those without a name, ``clamped`` tells of values not used as they were."""

    events: Sequence[Event]
    skipped: int = 0
    clamped: Sequence[Finding] = ()


def decode(query: Mapping[str, str], payload: Payload, received_at: int, *, exact: bool = False) -> Decoded:
    """The events. A field of the wrong type counts as not given, but for an id that is a number: it becomes a text.

    An id is what it was meant to be: of a whole cookie the one in it, of an e-mail address its hash. ``exact`` says that
    there are numbers in the payload which are Digits.
    """
    clock = Clock(received_at)
    shared = _shared(query, payload, clock)
    written = _list(payload.get("events"))
    named = ((at, each) for at, each in enumerate(written) if _is_named(each))
    events = [_event(shared, payload, each, f"events[{at}]", clock) for at, each in named]
    for event in events if exact else ():
        _list_exact_numbers(event)
    return Decoded(events, len(written) - len(events), (*clock.clamped.values(), *_told_of_address(payload)))


def decode_all(query: Mapping[str, str], document: Document, received_at: int) -> Decoded:
    """``decode``, of every payload of a document."""
    if not document.others and document.payload is not None:
        return decode(query, document.payload, received_at, exact=document.exact)
    made = [decode(query, payload, received_at, exact=document.exact) for payload in document.payloads]
    clamped = [
        Finding(f"[{at}].{each.field_path}", each.description, each.code) for at, one in enumerate(made) for each in one.clamped
    ]
    return Decoded([event for one in made for event in one.events], sum(one.skipped for one in made), clamped[:MOST_TOLD])


def _is_named(event: Any) -> bool:
    return isinstance(event, dict) and isinstance(event.get("name"), str) and event["name"] != ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _object(value: Any) -> Mapping[str, Any] | None:
    return value if isinstance(value, dict) and value else None


def _text(value: Any) -> str | None:
    """A text that is not empty. A number is written out, without ``.0``."""
    if isinstance(value, str):
        return str(value) or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _client_id(value: Any) -> str | None:
    text = _text(value)
    return text if text is None or is_plain(text) else client_id_in(text).text


def _user_id(value: Any) -> str | None:
    text = _text(value)
    return text if text is None or is_plain(text) else id_in(text).text


def _instance(value: Any) -> str | None:
    """An instance's id has 32 hexadecimal digits, and so has the hash that stands for one."""
    id = id_in(_text(value) or "")
    return (id.text[:_INSTANCE_DIGITS] if id.kind is IdKind.EMAIL else id.text) or None


_INSTANCE_DIGITS: Final = 32


def _address(value: Any) -> str | None:
    text = _text(value)
    return None if text is None else somebodys(text)


def _told_of_address(payload: Payload) -> Sequence[Finding]:
    """``::`` and its like count as not given, as they mean; what is no address does so, too, and is told of."""
    text = _text(payload.get("ip_override"))
    return () if text is None or is_address(text) else (_NO_ADDRESS,)


_NO_ADDRESS: Final = Finding("ip_override", "ip_override is no IP address. It counts as not given.", "NOT_AN_ADDRESS")

_REQUEST_FIELDS: Final[Sequence[tuple[str, str, Callable[[Any], Any]]]] = (
    ("app_instance_id", fields.APP_INSTANCE_ID, _instance),
    ("client_id", "client_id", _client_id),
    ("user_id", "user_id", _user_id),
    ("user_data", "user_data", _object),
    ("consent", fields.CONSENT, _object),
    ("user_location", fields.USER_LOCATION, _object),
    ("device", fields.DEVICE, _object),
    ("ip_override", "ip_override", _address),
    ("user_agent", "user_agent", _text),
)
_QUERY_FIELDS: Final = (("measurement_id", fields.MEASUREMENT_ID), ("firebase_app_id", fields.FIREBASE_APP_ID))


def _shared(query: Mapping[str, str], payload: Payload, clock: Clock) -> Event:
    """What every event of the request has. The peer's address and User-Agent are a backend's, so they are not in it."""
    shared: Event = {fields.PROTOCOL_VERSION: "2"}
    for name, key in _QUERY_FIELDS:
        if query.get(name):
            shared[key] = query[name]
    for name, key, read in _REQUEST_FIELDS:
        if name in payload:
            value = read(payload[name])
            if value is not None:
                shared[key] = value
    _consent(shared, payload)
    _location(shared)
    _device(shared)
    _user_properties(shared, payload, clock)
    return shared


_NPA: Final = {"GRANTED": "0", "DENIED": "1"}
_GCD: Final = {"GRANTED": "n", "DENIED": "m"}


def _consent(shared: Event, payload: Payload) -> None:
    """Consent as web hits carry it. ``gcd`` leaves the two types unset that the protocol does not know."""
    consent = shared.get(fields.CONSENT, {})
    user_data, personalization = (_said(consent.get(kind)) for kind in ("ad_user_data", "ad_personalization"))
    if personalization:
        shared[fields.NON_PERSONALIZED_ADS] = _NPA[personalization]
    elif payload.get("non_personalized_ads") is True:
        shared[fields.NON_PERSONALIZED_ADS] = "1"
    if user_data or personalization:
        shared[fields.GCD] = f"13l3l3{_GCD.get(user_data, 'l')}3{_GCD.get(personalization, 'l')}5l1"


def _said(value: Any) -> str:
    return value if isinstance(value, str) and value in _NPA else ""


def _location(shared: Event) -> None:
    """``US-CA`` is the region ``CA``."""
    location = shared.get(fields.USER_LOCATION, {})
    country, region = _text(location.get("country_id")), (_text(location.get("region_id")) or "").partition("-")[2]
    parts = {"country": country, "region": region}
    if country or region:
        shared["event_location"] = {name: value for name, value in parts.items() if value}


def _device(shared: Event) -> None:
    device = shared.get(fields.DEVICE, {})
    for name in ("language", "screen_resolution"):
        value = _text(device.get(name))
        if value is not None:
            shared[name] = value


def _user_properties(shared: Event, payload: Payload, clock: Clock) -> None:
    properties = _object(payload.get("user_properties"))
    given = {name: each for name, each in (properties or {}).items() if isinstance(each, dict) and each.get("value") is not None}
    times = {name: _property_time(name, each, clock) for name, each in given.items() if "timestamp_micros" in each}
    times = {name: time for name, time in times.items() if time is not None}
    if given:
        shared[fields.USER_PROPERTIES] = {name: each["value"] for name, each in given.items()}
    if times:
        shared[fields.PROPERTY_TIMESTAMPS] = times


def _property_time(name: str, entry: Mapping[str, Any], clock: Clock) -> int | None:
    return clock.read(entry["timestamp_micros"], below(below("user_properties", name), "timestamp_micros"))


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS else value


_MOST_DIGITS: Final = 16

_RENAMED: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "session_id": ("ga_session_id", _text),
    "session_number": ("ga_session_number", _number),
    "client_id": ("client_id", _client_id),
    "user_id": ("user_id", _user_id),
}


def _event(shared: Event, payload: Payload, event: Mapping[str, Any], path: str, clock: Clock) -> Event:
    params = _object(event.get("params")) or {}
    data = {**shared, "event_name": event["name"]}
    time = _time(((params, f"{path}.params"), (event, path), (payload, "")), clock)
    if time is not None:
        data[timestamps.TIMESTAMP] = time
    for name, value in params.items():
        if name in _RENAMED:
            if name not in shared:
                _rename(data, name, value)
        elif value is not None and name not in data and name not in _NOT_TAKEN:
            data[name] = value
    _complete_session(data)
    return data


def _complete_session(data: Event) -> None:
    """Where a whole cookie stands for the session's id or number: the two that are in it."""
    for key, letter in _OF_SESSION:
        written = data.get(key)
        session = session_in(written) if type(written) is str and not written.isdigit() else None
        if session and letter in session:
            data[key] = session["s"] if letter == "s" else _number(session["o"])
            if letter == "s" and session.get("o"):
                data.setdefault("ga_session_number", _number(session["o"]))


_OF_SESSION: Final = (("ga_session_id", "s"), ("ga_session_number", "o"))


def _list_exact_numbers(event: Event) -> None:
    """Digits become texts. Custom parameters among them are listed, so that they leave as the numbers they are."""
    for name in [name for name, value in event.items() if type(value) is Digits]:
        event[name] = str(event[name])
        if name not in custom.NAMED:
            custom.note(event, f"epn.{name}")


_NOT_TAKEN: Final = fields.OWN_KEYS | {"timestamp_micros"}


def _rename(data: Event, name: str, value: Any) -> None:
    key, read = _RENAMED[name]
    value = read(value)
    if value is not None:
        data[key] = value


def _time(places: Iterable[tuple[Mapping[str, Any], str]], clock: Clock) -> int | None:
    """The first of these times that is one: the more specific comes first."""
    for place, path in places:
        if "timestamp_micros" in place:
            time = clock.read(place["timestamp_micros"], below(path, "timestamp_micros"))
            if time is not None:
                return time
    return None
