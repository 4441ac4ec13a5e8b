"""The servers' clock, by which is written down when a row is due: replicas' own clocks may differ by minutes.

A replica says when a row is due by a steady clock, which goes on from the time of day when it was started, and stands still while
its machine is suspended. So each finds out by what the servers answer how far they are ahead of it, and goes on doing so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime


class ServersClock:
    """As seen by ``steady``, which gives microseconds. Without that the servers' clock is taken to be ours."""

    def __init__(self, steady: Callable[[], int] | None = None) -> None:
        self._steady = steady
        self._ahead = 0

    def now(self) -> int:
        """By our clock."""
        return 0 if self._steady is None else self._steady()

    def heard(self, said: str, sent: int) -> None:
        """The servers say what time it is, in an answer that has just come to what was ``sent`` then.

        What that leaves open is no reason to think otherwise than before.
        """
        if self._steady is not None:
            theirs = round(datetime.fromisoformat(said).timestamp() * 1_000_000)
            self._ahead = min(max(self._ahead, theirs - self._steady()), theirs - sent)

    def theirs(self, time: int) -> int:
        """A time of ours by their clock."""
        return time + self._ahead

    def ours(self, time: int) -> int:
        """A time of theirs by our clock."""
        return time - self._ahead

    def no_later(self, time: int) -> int:
        """A time of ours, but now where it is later: of what is due at once, whoever's clock said when that was."""
        return time if self._steady is None else min(time, self._steady())
