"""What an event says besides what a platform has fields of its own for, for platforms that take any property."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from core.types import Event
from wire.conversions.commerce import present
from wire.measurement_protocol.fields import USER_PROPERTIES
from wire.own_data import own_data

_ELSEWHERE: Final = frozenset({"event_name", "event_id", "client_id", "user_id", "ip_override", "user_agent", "client_hints"})
"""What every platform has a field for, or reads out of the browser's own words."""

_PERSONAL: Final = frozenset({"email", "email_address", "phone", "phone_number"})
"""What ``wire.identity`` takes for a person's beside ``user_data``."""


def properties(event: Event, *elsewhere: str) -> dict[str, Any]:
    """Its own data without what says who it is, and without what stands ``elsewhere`` in the row."""
    gone = _ELSEWHERE | _PERSONAL | set(elsewhere)
    return present(**{name: value for name, value in own_data(event).items() if name not in gone})


def user_properties(event: Event) -> Mapping[str, Any]:
    """Google Analytics' user properties, with a Measurement Protocol's ``{"value": …}`` unwrapped."""
    found = event.get(USER_PROPERTIES)
    values = {name: _unwrapped(value) for name, value in found.items()} if isinstance(found, dict) else {}
    return {name: value for name, value in values.items() if isinstance(value, str | int | float)}


def _unwrapped(value: Any) -> Any:
    return value.get("value") if isinstance(value, dict) else value
