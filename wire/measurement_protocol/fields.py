"""The names on both sides: those of a payload, and those of the event data that is made from it. Times are microseconds."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any, Final, NamedTuple

from wire.ga4.table import CUSTOM, REPEAT
from wire.timestamps import TIMESTAMP

MEASUREMENT_ID: Final = "x-ga-measurement_id"
PROTOCOL_VERSION: Final = "x-ga-protocol_version"
USER_PROPERTIES: Final = "x-ga-mp2-user_properties"
NON_PERSONALIZED_ADS: Final = "x-ga-npa"
GCD: Final = "x-ga-gcd"
FIREBASE_APP_ID: Final = "x-mp-firebase_app_id"
APP_INSTANCE_ID: Final = "x-mp-app_instance_id"
PROPERTY_TIMESTAMPS: Final = "x-mp-user_property_timestamps"
CONSENT: Final = "x-mp-consent"
USER_LOCATION: Final = "x-mp-user_location"
DEVICE: Final = "x-mp-device"
IDS: Final = ("client_id", "user_id", "app_instance_id")
"""Fields of a payload by which a visitor is recognised."""

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
        REPEAT,
    }
)
"""Keys that only the request's own fields may fill, never a parameter that happens to have such a name."""

MICROSECONDS: Final = "microseconds"
_LEAST: Final = 10**15
_MOST: Final = 10**16
_UNITS: Final = (
    (MICROSECONDS, _LEAST, _MOST, Fraction(1)),
    ("milliseconds", 10**12, 5 * 10**12, Fraction(1000)),
    ("seconds", 10**9, 5 * 10**9, Fraction(1_000_000)),
    ("nanoseconds", 10**18, 5 * 10**18, Fraction(1, 1000)),
)
"""Units by name: between which numbers a time in it is, and how many microseconds one of it is. From the year 2001 on."""
_LONGEST_TIME: Final = 40
_is_number: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE]\+?[0-9]{1,2})?", re.ASCII).fullmatch


def micros(value: Any) -> int | None:
    """A time in microseconds; None for what is not a positive whole number of 63 bits. ``1.7e15`` is one, as PHP writes it."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 63 else None


class Time(NamedTuple):
    """A time in microseconds, and the unit it was written in. ``whole`` says that it was a whole number of that unit."""

    micros: int
    unit: str = MICROSECONDS
    whole: bool = True


def read_time(value: Any) -> Time | None:
    """The time that a number, or a text of one, says: in microseconds, or in another unit, which its size shows.

    Each unit is a thousand times another, and a time of our days has a number of digits in each that it has in no other.
    None for every other value.
    """
    if type(value) is int and _LEAST <= value < _MOST:
        return Time(value)
    number = _number(value)
    if number is None:
        return None
    found = ((unit, factor) for unit, least, most, factor in _UNITS if least <= number < most)
    return next((Time(round(number * factor), unit, number.denominator == 1) for unit, factor in found), None)


def _number(value: Any) -> Fraction | None:
    if isinstance(value, str):
        return Fraction(value) if len(value) <= _LONGEST_TIME and _is_number(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return Fraction(value)
