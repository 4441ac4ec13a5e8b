"""Times of a payload, within what Google takes."""

from __future__ import annotations

from typing import Any, Final

from core.types import Finding
from wire import timestamps
from wire.measurement_protocol import fields

MOST_TOLD: Final = 25
"""Times of one request that are told of."""

_OLD: Final = "timestamp_micros [{time}] is older than 72 hours; 71 hours before the request came is used instead."
_TO_COME: Final = "timestamp_micros [{time}] is still to come; the time at which the request came is used instead."


class Clock:
    """Reads the times of one request. One that Google would not take is moved to one that it does, and told of."""

    __slots__ = ("_received_at", "clamped")

    def __init__(self, received_at: int) -> None:
        self._received_at = received_at
        self.clamped: dict[str, Finding] = {}

    def read(self, value: Any, path: str) -> int | None:
        """The time in microseconds; None for what is none."""
        read = fields.read_time(value)
        if read is None:
            return None
        used = timestamps.bounded(read.micros, self._received_at)
        if used != read.micros and path not in self.clamped and len(self.clamped) < MOST_TOLD:
            why = _OLD if read.micros < self._received_at else _TO_COME
            self.clamped[path] = Finding(path, why.format(time=read.micros), "VALUE_OUT_OF_BOUNDS")
        return used
