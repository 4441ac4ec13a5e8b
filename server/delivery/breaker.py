"""The circuit breaker of one destination."""

from __future__ import annotations

from collections.abc import Callable

FAILURES = 5
"""Failures in a row that open it."""

COOLDOWN = 30.0
LONGEST_COOLDOWN = 300.0


class Breaker:
    """How many requests may be on the wire: all of them, none, one that decides, or a number that doubles again.

    Transport failures and 5xx count; a 4xx says that the destination is there. While it tests the ground, one failure is
    enough to close the road again, for twice as long.
    """

    def __init__(self, limit: int, random: Callable[[], float]) -> None:
        self.width = limit
        """Requests that may be on the wire without a look at the clock; 0 while it is open."""
        self.open_until = 0
        self.troubled = False
        """Whether a success would change anything."""
        self._limit = limit
        self._random = random
        self._failures = 0
        self._cooldown = COOLDOWN

    def allowance(self, now: int) -> int:
        """Requests that may be on the wire now; one where the cooldown is over and a first request shall decide."""
        return self.width or int(now >= self.open_until)

    def succeeded(self, now: int) -> None:
        """The destination answered. One that comes late, during the cooldown, changes nothing."""
        self._failures = 0
        if self.width < self._limit and self.allowance(now):
            self.width = min(self._limit, self.width * 2 or 1)
            if self.width == self._limit:
                self._cooldown = COOLDOWN
        self.troubled = self.width < self._limit

    def failed(self, now: int) -> None:
        """No answer, or a 5xx."""
        self._failures += 1
        self.troubled = True
        if self.allowance(now) and (self._failures >= FAILURES or self.width < self._limit):
            self.width = 0
            self.open_until = now + int(self._cooldown * (0.5 + self._random() / 2) * 1_000_000)
            self._cooldown = min(LONGEST_COOLDOWN, self._cooldown * 2)

    def state(self, now: int) -> str:
        """``closed``, ``open``, ``testing`` (one request decides) or ``ramping``, for an operator."""
        if self.width == self._limit:
            return "closed"
        return "ramping" if self.width else "testing" if now >= self.open_until else "open"
