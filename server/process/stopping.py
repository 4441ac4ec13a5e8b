"""A stop that is under way: why, and how much of its grace is left. Connections and deliveries have one grace together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: the exit code, why it stopped, how many seconds that took, and the rows that are there for the next start."""

    code: int
    why: str
    seconds: float
    waiting: int = 0
    dead_letters: int = 0

    def told(self) -> dict[str, object]:
        """As the log has it."""
        return {"why": self.why, "seconds": self.seconds, "waiting": self.waiting, "dead_letters": self.dead_letters}


class Stopping:
    """``clock`` gives seconds that never jump, ``grace`` is in seconds."""

    def __init__(self, clock: Callable[[], float], grace: float) -> None:
        self.why = ""
        self._clock = clock
        self._grace = grace
        self._began: float | None = None

    def begin(self, why: str) -> None:
        """The first reason counts, and the grace begins with it."""
        if self._began is None:
            self._began, self.why = self._clock(), why

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return 0.0 if self._began is None else self._clock() - self._began

    @property
    def left(self) -> float:
        """What is left of the grace."""
        return max(0.0, self._grace - self.seconds)
