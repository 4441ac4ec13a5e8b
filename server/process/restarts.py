"""When a worker that ended is started again, and what is to be said of it meanwhile."""

from __future__ import annotations

import signal
from typing import Final

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
"""Seconds before it is started again: the first time, and at most. Each time it is twice the one before."""

WELL_AFTER: Final = 60.0
"""Seconds that it has to live for its earlier ends to be forgotten."""


class Restarts:
    """Of one worker. Times are seconds of a clock that never jumps."""

    def __init__(self, worker: int) -> None:
        self._worker = worker
        self._ends = 0
        self._how = ""
        self._started: float | None = None
        self._for_good = False

    def started(self, now: float) -> int:
        """It runs; how often it had ended before, since it was last well."""
        self._started = now
        return self._ends

    def ended(self, code: int, now: float, *, for_good: bool = False) -> float:
        """It ended with this exit code; the pause before it is started again, which it is not where it ended for good."""
        if self._started is not None and now - self._started >= WELL_AFTER:
            self._ends = 0
        self._ends += 1
        self._started, self._how, self._for_good = None, how(code), for_good
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._ends - 1, 10))

    def trouble(self, now: float) -> str | None:
        """What is wrong with it; nothing where it has ended once and is back, or has been well for long enough."""
        if not self._ends:
            return None
        name = f"worker {self._worker}"
        if self._for_good:
            return f"{name} ended ({self._how}) and is not started again: mend the cause, which the log has, and restart Tagyard"
        times = "" if self._ends == 1 else f", {self._ends} times in a row"
        if self._started is None:
            return f"{name} ended ({self._how}){times}: it is started again, the log says why it ended"
        if self._ends == 1 or now - self._started >= WELL_AFTER:
            return None
        return f"{name} ended ({self._how}){times}, and was started again {now - self._started:.0f} s ago"


def how(code: int) -> str:
    """An exit code in words; a negative one is the signal's."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
