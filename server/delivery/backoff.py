"""How long to wait: full jitter over a doubling delay, and what a vendor asks for."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

LONGEST = 15 * 60.0
"""Seconds at which the delay stops doubling."""

LONGEST_ASKED = 6 * 3600.0
"""Seconds of a Retry-After that are honoured at most."""


def delay(attempts: int, draw: float) -> float:
    """Seconds until the next attempt, evenly spread up to 1 s · 2^attempts. ``draw`` is a random number below 1."""
    return draw * min(LONGEST, 2.0 ** min(attempts, 20))


def asked(seconds: float) -> float:
    """A vendor's wish, within what is honoured."""
    return min(max(seconds, 0.0), LONGEST_ASKED)


def retry_after(header: str | None, now: int) -> float:
    """Seconds that a Retry-After header asks for, in either of its forms; 0 where it is absent or unreadable."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return asked(float(text[:12]))
    try:
        return asked(parsedate_to_datetime(text).timestamp() - now / 1_000_000)
    except (ValueError, OverflowError):
        return 0.0
