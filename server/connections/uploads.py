"""What unfinished requests hold in memory, all connections of a listener together: bytes that have come, not those announced.

A sender can stop in the middle of a body, or of a head, and what he has sent stays. So that nobody is refused for what others
leave lying, the one that has held most for longest gives way when the bound is reached. A hit is small and soon complete: it
is never that one while there is another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

MOST_HELD: Final = 256 << 20
"""Bytes that all of them may hold."""

RELIEVED: Final = 0.9
"""The share of that to which they are brought down when it is reached, so that it is not done again at once."""


class Upload(Protocol):
    """A connection whose request is not complete."""

    def occupied(self, held: int, now: float) -> float:
        """How much it has held, for how long: byte seconds."""

    def give_back(self) -> None:
        """Refuses the request and forgets what has come of it."""


class Uploads:
    """Of one listener. ``clock`` is the loop's."""

    def __init__(self, clock: Callable[[], float], most: int) -> None:
        self.held = 0
        """Bytes in all."""
        self._most = most
        self._clock = clock
        self._each: dict[Upload, int] = {}

    def hold(self, upload: Upload, size: int) -> None:
        """This one holds so many bytes now, which may be none. Others, or it itself, may have to give theirs back."""
        before = self._each.get(upload, 0)
        if size:
            self._each[upload] = size
        elif before:
            del self._each[upload]
        self.held += size - before
        if self.held > self._most:
            self._relieve()

    def _relieve(self) -> None:
        now = self._clock()
        for upload, size in sorted(self._each.items(), key=lambda each: each[0].occupied(each[1], now), reverse=True):
            if self.held <= self._most * RELIEVED:
                return
            self.held -= size
            del self._each[upload]
            upload.give_back()
