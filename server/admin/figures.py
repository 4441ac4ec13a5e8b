"""Figures as people read them: counts, shares, times and ages."""

from __future__ import annotations

from server.system.clock import lasting


def count(number: int) -> str:
    """``12,345``."""
    return f"{number:,}"


def many(number: int, word: str) -> str:
    """``1 event``, ``2 events``."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def share(part: int, whole: int) -> str | None:
    """``97.5 %``; nothing is rounded to all or to none that is not. None of nothing."""
    if not whole:
        return None
    if part >= whole or not part:
        return "100 %" if part else "0 %"
    return f"{min(99.9, max(0.1, 100 * part / whole)):.1f} %"


def rate(number: int, microseconds: int) -> str:
    """``12.5``: so many a minute; of less than a minute as many as there were."""
    a_minute = number / max(1.0, microseconds / 60_000_000)
    return (
        f"{a_minute:,.0f}"
        if a_minute >= 100
        else f"{a_minute:.1f}".removesuffix(".0")
        if a_minute >= 0.1 or not number
        else "< 0.1"
    )


def time(microseconds: int | None) -> str:
    """``40 ms``, ``1.2 s`` or ``3 min``; a dash for none."""
    if microseconds is None:
        return "–"
    if microseconds < 1_000_000:
        return f"{max(1, round(microseconds / 1000)) if microseconds else 0} ms"
    return f"{microseconds / 1_000_000:.1f} s" if microseconds < 60_000_000 else lasting(microseconds)
