"""How old a row may become before it is given up."""

from __future__ import annotations


class MaxAge:
    """Of rows that wait: ``length`` in microseconds, and ``why`` as it is put where one is older."""

    def __init__(self, seconds: float) -> None:
        self.length = int(seconds * 1_000_000)
        self.why = f"older than {_duration(seconds)}"

    def is_over(self, since: int, now: int) -> bool:
        """Whether a row is too old now whose age began then; both by the time of day."""
        return now - since >= self.length


def _duration(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:g} h" if hours >= 1 else f"{seconds:g} s"
