"""From a payload to event data: one object per event, what the request says being in each. Total, and linear."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from core.types import Event, Finding
from wire.address import is_address, somebodys
from wire.measurement_protocol import fields
from wire.measurement_protocol.document import MOST_BYTES, below

MOST_EVENTS: Final = 25

Payload: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decoded:
    """The events of a payload. ``skipped`` counts those without a name, ``clamped`` tells of values not used as they were."""

    events: Sequence[Event]
    skipped: int = 0
    clamped: Sequence[Finding] = ()


def decode(query: Mapping[str, str], payload: Payload, received_at: int) -> Decoded:
    """The events. A field of the wrong type counts as not given, but for an id that is a number: it becomes a text."""
    clock = _Clock(received_at)
    shared = _shared(query, payload, clock)
    written = _list(payload.get("events"))
    named = ((at, each) for at, each in enumerate(written) if _is_named(each))
    events = [_event(shared, payload, each, f"events[{at}]", clock) for at, each in named]
    return Decoded(events, len(written) - len(events), (*clock.clamped.values(), *_told_of_address(payload)))


def is_outsized(payload: Payload, size: int) -> bool:
    """Whether the request would grow into more than the largest that Google takes, as each event repeats what all share."""
    return len(_list(payload.get("events"))) * size > MOST_EVENTS * MOST_BYTES


def _is_named(event: Any) -> bool:
    return isinstance(event, dict) and isinstance(event.get("name"), str) and event["name"] != ""


class _Clock:
    """Reads times. One that Google would not take is moved to one that it does, and told of."""

    __slots__ = ("_received_at", "clamped")

    def __init__(self, received_at: int) -> None:
        self._received_at = received_at
        self.clamped: dict[str, Finding] = {}

    def read(self, value: Any, path: str) -> int | None:
        """The time; None for what is none."""
        time = fields.lenient_micros(value)
        if time is None or self._received_at - fields.OLDEST <= time <= self._received_at + fields.SKEW:
            return time
        old = time < self._received_at
        if path not in self.clamped and len(self.clamped) < _MOST_TOLD:
            self.clamped[path] = Finding(path, (_OLD if old else _TO_COME).format(time=time), "VALUE_OUT_OF_BOUNDS")
        return self._received_at - (fields.CLAMPED if old else 0)


_MOST_TOLD: Final = 25
_OLD: Final = "timestamp_micros [{time}] is older than 72 hours; 71 hours before the request came is used instead."
_TO_COME: Final = "timestamp_micros [{time}] is still to come; the time at which the request came is used instead."


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _object(value: Any) -> Mapping[str, Any] | None:
    return value if isinstance(value, dict) and value else None


def _text(value: Any) -> str | None:
    """A text that is not empty. A number is written out, without ``.0``."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _address(value: Any) -> str | None:
    text = _text(value)
    return None if text is None else somebodys(text)


def _told_of_address(payload: Payload) -> Sequence[Finding]:
    """``::`` and its like count as not given, as they mean; what is no address does so, too, and is told of."""
    text = _text(payload.get("ip_override"))
    return () if text is None or is_address(text) else (_NO_ADDRESS,)


_NO_ADDRESS: Final = Finding("ip_override", "ip_override is no IP address. It counts as not given.", "NOT_AN_ADDRESS")

_REQUEST_FIELDS: Final[Sequence[tuple[str, str, Callable[[Any], Any]]]] = (
    ("app_instance_id", fields.APP_INSTANCE_ID, _text),
    ("client_id", "client_id", _text),
    ("user_id", "user_id", _text),
    ("user_data", "user_data", _object),
    ("consent", fields.CONSENT, _object),
    ("user_location", fields.USER_LOCATION, _object),
    ("device", fields.DEVICE, _object),
    ("ip_override", "ip_override", _address),
    ("user_agent", "user_agent", _text),
)
_QUERY_FIELDS: Final = (("measurement_id", fields.MEASUREMENT_ID), ("firebase_app_id", fields.FIREBASE_APP_ID))


def _shared(query: Mapping[str, str], payload: Payload, clock: _Clock) -> Event:
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


def _user_properties(shared: Event, payload: Payload, clock: _Clock) -> None:
    properties = _object(payload.get("user_properties"))
    given = {name: each for name, each in (properties or {}).items() if isinstance(each, dict) and each.get("value") is not None}
    times = {name: _property_time(name, each, clock) for name, each in given.items() if "timestamp_micros" in each}
    times = {name: time for name, time in times.items() if time is not None}
    if given:
        shared[fields.USER_PROPERTIES] = {name: each["value"] for name, each in given.items()}
    if times:
        shared[fields.PROPERTY_TIMESTAMPS] = times


def _property_time(name: str, entry: Mapping[str, Any], clock: _Clock) -> int | None:
    return clock.read(entry["timestamp_micros"], below(below("user_properties", name), "timestamp_micros"))


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS else value


_MOST_DIGITS: Final = 16

_RENAMED: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "session_id": ("ga_session_id", _text),
    "session_number": ("ga_session_number", _number),
}


def _event(shared: Event, payload: Payload, event: Mapping[str, Any], path: str, clock: _Clock) -> Event:
    params = _object(event.get("params")) or {}
    data = {**shared, "event_name": event["name"]}
    time = _time(((params, f"{path}.params"), (event, path), (payload, "")), clock)
    if time is not None:
        data[fields.TIMESTAMP] = time
    for name, value in params.items():
        if name in _RENAMED:
            _rename(data, name, value)
        elif value is not None and name not in data and name not in _NOT_TAKEN:
            data[name] = value
    return data


_NOT_TAKEN: Final = fields.OWN_KEYS | {"timestamp_micros"}


def _rename(data: Event, name: str, value: Any) -> None:
    key, read = _RENAMED[name]
    value = read(value)
    if value is not None:
        data[key] = value


def _time(places: Iterable[tuple[Mapping[str, Any], str]], clock: _Clock) -> int | None:
    """The first of these times that is one: the more specific comes first."""
    for place, path in places:
        if "timestamp_micros" in place:
            time = clock.read(place["timestamp_micros"], below(path, "timestamp_micros"))
            if time is not None:
                return time
    return None
