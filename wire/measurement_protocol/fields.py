"""The names on both sides: those of a payload, and those of the event data that is made from it. Times are microseconds."""

from __future__ import annotations

from typing import Any, Final

from wire.ga4.table import CUSTOM

MEASUREMENT_ID: Final = "x-ga-measurement_id"
PROTOCOL_VERSION: Final = "x-ga-protocol_version"
USER_PROPERTIES: Final = "x-ga-mp2-user_properties"
NON_PERSONALIZED_ADS: Final = "x-ga-npa"
GCD: Final = "x-ga-gcd"
FIREBASE_APP_ID: Final = "x-mp-firebase_app_id"
APP_INSTANCE_ID: Final = "x-mp-app_instance_id"
TIMESTAMP: Final = "x-mp-timestamp_micros"
PROPERTY_TIMESTAMPS: Final = "x-mp-user_property_timestamps"
CONSENT: Final = "x-mp-consent"
USER_LOCATION: Final = "x-mp-user_location"
DEVICE: Final = "x-mp-device"

OWN_KEYS: Final = frozenset(
    {
        MEASUREMENT_ID,
        PROTOCOL_VERSION,
        USER_PROPERTIES,
        NON_PERSONALIZED_ADS,
        GCD,
        FIREBASE_APP_ID,
        APP_INSTANCE_ID,
        TIMESTAMP,
        PROPERTY_TIMESTAMPS,
        CONSENT,
        USER_LOCATION,
        DEVICE,
        CUSTOM,
    }
)
"""Keys that only the request's own fields may fill, never a parameter that happens to have such a name."""

HOUR: Final = 3_600_000_000
OLDEST: Final = 72 * HOUR
"""Google takes nothing that is older."""
CLAMPED: Final = 71 * HOUR
"""The age that a time gets which is too old; the hour less is for the way."""
SKEW: Final = 600_000_000
"""How far the sender's clock may be ahead of ours: ten minutes."""

_MOST_DIGITS: Final = 18


def micros(value: Any) -> int | None:
    """A time in microseconds; None for what is not a positive whole number of 63 bits. ``1.7e15`` is one, as PHP writes it."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 63 else None


def lenient_micros(value: Any) -> int | None:
    """As ``micros``, and also of a text of digits."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
        value = int(value)
    return micros(value)


def bounded(time: int, received_at: int) -> int:
    """The time, where Google takes it; else 71 hours before the request came, or that moment itself if the time is to come."""
    if time < received_at - OLDEST:
        return received_at - CLAMPED
    return time if time <= received_at + SKEW else received_at
