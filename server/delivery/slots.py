"""How the slots of a destination are shared by what comes and what has waited.

Fresh rows leave as they are inserted, which costs half of what a row costs that is leased from the table. So they are not queued
up behind a backlog; but a quarter of the slots is kept from them as long as something due is waiting, oldest first. What fresh
rows leave unused goes to what waits, a slot more with every ``YIELDS_AFTER`` since a fresh row found none free.
"""

from __future__ import annotations

from typing import Final

YIELDS_AFTER: Final = 10_000
"""Microseconds."""


class Slots:
    """Counts requests on the wire, of fresh rows and of rows that have waited, and slots that a lease keeps for the latter.

    Its destination takes them and gives them back.
    """

    __slots__ = ("_pressed_at", "busy", "waited")

    def __init__(self) -> None:
        self.busy = 0
        """All of them."""
        self.waited = 0
        """Those of rows that have waited."""
        self._pressed_at: int | None = None

    def for_fresh(self, width: int, now: int) -> bool:
        """Whether a fresh row may have a slot of so many, while something due is waiting. One that may not presses for it."""
        if self.busy < width and self.busy - self.waited < width - kept(width):
            return True
        self._pressed_at = now
        return False

    def for_waiting(self, allowance: int, now: int) -> int:
        """How many more slots what waits may have now; 0 or less: none."""
        free = allowance - self.busy
        if self._pressed_at is None:
            return free
        share = kept(allowance) + (now - self._pressed_at) // YIELDS_AFTER
        return min(free, share - self.waited)


def kept(width: int) -> int:
    """The slots that are kept for what waits: a quarter, and one at least."""
    return max(1, width // 4)
