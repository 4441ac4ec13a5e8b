"""The time that an event says of itself: its key in the event data, and what Google takes of it. Times are microseconds."""

from __future__ import annotations

from typing import Final

TIMESTAMP: Final = "x-mp-timestamp_micros"

HOUR: Final = 3_600_000_000
OLDEST: Final = 72 * HOUR
"""Google takes nothing that is older."""
CLAMPED: Final = 71 * HOUR
"""The age that a time gets which is too old; the hour less is for the way."""
SKEW: Final = 600_000_000
"""How far the sender's clock may be ahead of ours: ten minutes."""


def bounded(time: int, received_at: int) -> int:
    """The time, where Google takes it; else 71 hours before the request came, or that moment itself if the time is to come."""
    if time < received_at - OLDEST:
        return received_at - CLAMPED
    return time if time <= received_at + SKEW else received_at
