"""The clocks of a process: two in microseconds, and one for what others see go by as well."""

from __future__ import annotations

import sys
import time


def wall() -> int:
    """The time of day since 1970: when something came, and how old it is. It may jump, either way."""
    return time.time_ns() // 1000


def elapsed() -> float:
    """Seconds since some moment, those for which the machine was suspended included: what others have waited for meanwhile."""
    return time.clock_gettime(time.CLOCK_BOOTTIME if sys.platform == "linux" else time.CLOCK_MONOTONIC)


def lasting(microseconds: int) -> str:
    """``40 s``, ``2 min``, ``3 h`` or ``2 d``."""
    seconds = max(0, microseconds // 1_000_000)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


class Steady:
    """The wall's time when it is made, and from then on only what has gone by: pauses and delays go by it.

    Setting the system's clock neither holds back what is due nor hurries it. While a machine is suspended no time goes by.
    """

    def __init__(self) -> None:
        self._behind = wall() - time.monotonic_ns() // 1000

    def __call__(self) -> int:
        """Now."""
        return time.monotonic_ns() // 1000 + self._behind
