"""How each destination did in the last minute."""

from __future__ import annotations

from collections import deque

from core.types import Delivered
from server.delivery import Attempt

SECONDS = 60


class Minute:
    """Rows by destination and second; seconds that are over are forgotten as new ones come."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, str], deque[list[int]]] = {}

    def note(self, attempt: Attempt) -> None:
        """An attempt has ended."""
        second = (attempt.now + attempt.took) // 1_000_000
        at = (attempt.tag, attempt.address)
        seconds = self._seconds.get(at)
        if seconds is None:
            seconds = self._seconds[at] = deque(maxlen=SECONDS)
        if not seconds or seconds[-1][0] != second:
            seconds.append([second, 0, 0])
        now, rows = seconds[-1], len(attempt.rows)
        if isinstance(attempt.outcomes, Delivered):
            now[1] += rows
        else:
            delivered = sum(isinstance(attempt.outcome(index), Delivered) for index in range(rows))
            now[1] += delivered
            now[2] += rows - delivered

    def of(self, tag: str, address: str, now: int) -> tuple[int, int]:
        """Rows delivered, and attempts of rows that failed."""
        first = now // 1_000_000 - SECONDS
        recent = [each for each in self._seconds.get((tag, address), ()) if each[0] > first]
        return sum(each[1] for each in recent), sum(each[2] for each in recent)
