"""When a hit happened that came late: ``ht`` is its own time in milliseconds since 1970, ``qt`` its age in milliseconds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from wire.ga4.findings import Findings
from wire.timestamps import bounded

_NUMBER: Final = re.compile(r"([0-9]{1,16})(?:\.[0-9]{0,9})?", re.ASCII)
_UNITS: Final[Mapping[int, tuple[int, str]]] = {
    10: (1_000_000, "seconds"),
    13: (1_000, ""),
    16: (1, "microseconds"),
}
"""By the digits of a time between 2001 and 2286: microseconds in its unit, which is named where it is not the expected one."""
_MOST_DIGITS_OF_AN_AGE: Final = 13
_OUT_OF_BOUNDS: Final = "VALUE_OUT_OF_BOUNDS"


def own_time(hit: Mapping[str, str], received_at: int, findings: Findings) -> int | None:
    """When it happened, in microseconds, by ``ht`` or else by ``qt``; None where neither says so, or what is still to come.

    No time is older than Measurement Protocol takes; whatever is not used as it stands is told of.
    """
    time = _by_clock(hit.get("ht", ""), findings)
    name = "ht"
    if time is None:
        name, time = "qt", _by_age(hit.get("qt", ""), received_at, findings)
    return None if time is None else _within_bounds(name, time, received_at, findings)


def _by_clock(text: str, findings: Findings) -> int | None:
    if not text:
        return None
    number = _NUMBER.fullmatch(text)
    unit, other = _UNITS.get(len(number[1]), (0, "")) if number else (0, "")
    if not unit:
        _tell(findings, "ht", text, "a time in milliseconds since 1970")
        return None
    if other:
        findings.add("ht", "TIME_UNIT", f"ht {{value}} is read as {other}, by its size; milliseconds were expected.", text)
    return round(float(text) * unit)


def _by_age(text: str, received_at: int, findings: Findings) -> int | None:
    if not text:
        return None
    number = _NUMBER.fullmatch(text)
    if not number or len(number[1]) > _MOST_DIGITS_OF_AN_AGE:
        _tell(findings, "qt", text, "an age in milliseconds")
        return None
    return received_at - round(float(text) * 1000)


def _tell(findings: Findings, name: str, text: str, expected: str) -> None:
    why = f"{{place}} is {{value}}; {expected} was expected. It is not used."
    findings.add(name, "NOT_A_TIME", why, text)


def _within_bounds(name: str, time: int, received_at: int, findings: Findings) -> int | None:
    used = bounded(time, received_at)
    if used == time:
        return time
    if time > received_at:
        findings.add(name, _OUT_OF_BOUNDS, _TO_COME)
        return None
    findings.add(name, _OUT_OF_BOUNDS, _OLD)
    return used


_TO_COME: Final = "{place} is still to come; the time at which the request came is used instead."
_OLD: Final = "{place} is older than 72 hours; 71 hours before the request came is used instead."
