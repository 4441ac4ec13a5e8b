"""From event data to what ``/mp/collect`` takes: the fields that a request has once, and the event itself.

What is not carried: keys beginning ``x-ga-``, ``x-sst-`` or ``x-mp-`` that the fields below do not name,
``client_hints`` and ``consent_update_repeat``. Values keep their JSON types; they may be SealedText.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from core.types import Event
from core.undefined import UNDEFINED
from wire import consent, timestamps
from wire.ga4 import custom
from wire.ga4.table import CUSTOM, HINTS, REPEAT, RESERVED_PREFIXES
from wire.ga4.values import write_named
from wire.measurement_protocol import fields

ONLY_HERE = frozenset(
    {
        *(timestamps.TIMESTAMP, fields.PROPERTY_TIMESTAMPS, fields.FIREBASE_APP_ID, fields.APP_INSTANCE_ID),
        *(fields.CONSENT, fields.USER_LOCATION, fields.DEVICE),
    }
)
"""Keys of event data that no other way of sending carries as they are."""


class Encoded(NamedTuple):
    """One event: the fields beside ``events``, and ``{"name", "params"}``."""

    request: dict[str, Any]
    event: dict[str, Any]


def encode(event: Event, user_data: Mapping[str, Any]) -> Encoded:
    """The JSON of one event, its time left out. ``user_data`` holds hashes alone; it goes along where there is a user_id."""
    own = _as_they_came(event) if CUSTOM in event else {}
    event = {key: value for key, value in event.items() if key not in own} if own else event
    request = {name: value for name, read in _FIELDS.items() if (value := read(event))}
    if user_data and "user_id" in request:
        request["user_data"] = dict(user_data)
    return Encoded(request, {"name": event["event_name"], "params": {**_params(event), **own}})


def _as_they_came(event: Event) -> dict[str, Any]:
    """Parameters of the page's own, under their own names also where the event data has a field or another name for them."""
    return {key: event[key] for key in custom.parameters(event) if _is_there(event.get(key))}


def timestamp_of(event: Event) -> int | None:
    """The event's own time in microseconds, where it has said a possible one."""
    return fields.micros(event.get(timestamps.TIMESTAMP))


def _text_of(key: str) -> Callable[[Event], Any]:
    return lambda event: write_named(event.get(key))


def _object_of(key: str) -> Callable[[Event], dict[str, Any]]:
    def read(event: Event) -> dict[str, Any]:
        value = event.get(key)
        return value if isinstance(value, dict) else {}

    return read


_device = _object_of(fields.DEVICE)
_given_consent = _object_of(fields.CONSENT)
_given_location = _object_of(fields.USER_LOCATION)
_property_times = _object_of(fields.PROPERTY_TIMESTAMPS)


def _app_instance(event: Event) -> Any:
    return None if event.get("client_id") else write_named(event.get(fields.APP_INSTANCE_ID))


def _user_properties(event: Event) -> dict[str, Any]:
    times = _property_times(event)
    return {
        name: {"value": value, "timestamp_micros": times[name]} if name in times else {"value": value}
        for name, value in _object_of(fields.USER_PROPERTIES)(event).items()
        if _is_there(value)
    }


def _consent(event: Event) -> dict[str, Any]:
    """As the sender said it, else by ``gcd``. Where ``npa`` rules personalised ads out, a ``gcd`` cannot bring them back."""
    given = _given_consent(event)
    if given:
        return given
    said = consent.consent_of(event)
    known = {kind: said[kind].upper() for kind in ("ad_user_data", "ad_personalization") if said[kind] != consent.UNSET}
    if known and _is_non_personalized(event):
        known["ad_personalization"] = "DENIED"
    return known


def _non_personalized_ads(event: Event) -> bool:
    return _is_non_personalized(event) and not _consent(event)


def _is_non_personalized(event: Event) -> bool:
    return event.get(fields.NON_PERSONALIZED_ADS) in ("1", 1)


def _user_location(event: Event) -> dict[str, Any]:
    """As the sender said it; else country and region, unless there is an address: that one is the more exact."""
    given, coarse = _given_location(event), event.get("event_location")
    if given or event.get("ip_override") or not isinstance(coarse, dict) or not coarse.get("country"):
        return given
    country, region = coarse["country"], coarse.get("region")
    return {"country_id": country, "region_id": f"{country}-{region}"} if region else {"country_id": country}


def _user_agent(event: Event) -> Any:
    return None if _device(event) else write_named(event.get("user_agent"))


_FIELDS: Mapping[str, Callable[[Event], Any]] = {
    "client_id": _text_of("client_id"),
    "app_instance_id": _app_instance,
    "user_id": _text_of("user_id"),
    "user_properties": _user_properties,
    "consent": _consent,
    "non_personalized_ads": _non_personalized_ads,
    "user_location": _user_location,
    "device": _device,
    "ip_override": _text_of("ip_override"),
    "user_agent": _user_agent,
}
"""What stands beside ``events``, and how it is read from event data; what is empty is left out."""

_PARAMS = {"ga_session_id": "session_id", "ga_session_number": "session_number"}
"""Keys that have another name as a parameter of this protocol."""
_NO_PARAMS = frozenset(
    {"client_id", "user_id", "user_data", "ip_override", "user_agent", "event_name", "event_location", HINTS, REPEAT}
)
_OF_THE_DEVICE = ("language", "screen_resolution")


_NEVER_BEGIN = (*RESERVED_PREFIXES, "user_data.")


def _params(event: Event) -> dict[str, Any]:
    device = _device(event)
    params = {
        key: value
        for key, value in event.items()
        if _is_there(value) and key not in _NO_PARAMS and key not in _PARAMS and not key.startswith(_NEVER_BEGIN)
    }
    for key in _OF_THE_DEVICE:
        if key in params and device.get(key) == params[key]:
            del params[key]
    if isinstance(params.get("items"), list):
        params["items"] = [_item(item) for item in params["items"] if isinstance(item, dict)]
    params.update({name: event[key] for key, name in _PARAMS.items() if _is_there(event.get(key))})
    return params


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if _is_there(value) and not key.startswith(RESERVED_PREFIXES)}


def _is_there(value: Any) -> bool:
    return value is not None and value is not UNDEFINED
