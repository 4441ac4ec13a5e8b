"""How often something may happen: some times at once, and then one time after another."""

from __future__ import annotations


class Allowance:
    """``most`` at once, and one more each ``every`` microseconds. Holds one number, whatever comes."""

    __slots__ = ("_every", "_most", "_spent_until")

    def __init__(self, most: int, every: int) -> None:
        self._most = most
        self._every = every
        self._spent_until = 0

    def pause(self, now: int) -> int:
        """Microseconds until there is one to take; 0 where there is."""
        return max(0, self._spent_until - now - (self._most - 1) * self._every)

    def take(self, now: int) -> None:
        """Takes one, there or not."""
        self._spent_until = max(self._spent_until, now) + self._every
