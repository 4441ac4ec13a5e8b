"""How much room there is, and what follows: whether new rows are taken, which tag must wait, and the colour of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from server.system.colours import Colour

log = structlog.get_logger("tagyard")

LOW_WATER = 512 * 10**6
"""Bytes that stay free on the disk: SQLite writes in order to delete. At least 5 % of the disk, and at most 10 % of it."""

REOPEN_BELOW = 0.95
"""The part of ``max_size`` below which an outbox that was full takes rows again."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Bytes: what the outbox holds, and what its disk has free and in all."""

    used: int
    free: int
    total: int


class Capacity:
    """The gauge. It is read on every request and written about once a second."""

    def __init__(self, max_size: int) -> None:
        self.full = False
        self.crowded: frozenset[str] = frozenset()
        """Tags that hold more than half of ``max_size`` while others wait too: they are not chosen for new events."""
        self.used = 0
        self.cut_off = ""
        """Why nobody can tell how much room there is, in words; no new rows are taken then."""
        self._max_size = max_size

    def update(self, measured: Measured, rows: Mapping[str, int]) -> None:
        """Takes a measurement and how many rows each tag has, dead letters included."""
        mark = min(max(LOW_WATER, measured.total // 20), measured.total // 10)
        before, self.used, self.cut_off = self.full, measured.used, ""
        if before:
            self.full = measured.free < 2 * mark or measured.used >= self._max_size * REOPEN_BELOW
        else:
            self.full = measured.free < mark or measured.used >= self._max_size
        self.crowded = self._crowded(rows)
        if self.full and not before:
            self.closed("the disk is nearly full" if measured.free < mark else "it holds max_size")
        elif before and not self.full:
            log.info("the outbox takes events again", free=measured.free, used=measured.used)

    def closed(self, why: str) -> None:
        """Takes no new rows until a measurement finds room."""
        self.full = True
        log.error("the outbox is full: new events are refused", why=why)

    def lost(self, why: str) -> None:
        """Takes no new rows until a measurement succeeds."""
        if not self.cut_off:
            log.error("the outbox cannot be reached: new events are refused", why=why)
        self.full, self.cut_off = True, why

    def _crowded(self, rows: Mapping[str, int]) -> frozenset[str]:
        """A tag's part of the bytes is taken to be its part of the rows."""
        present = {tag: count for tag, count in rows.items() if count > 0}
        if len(present) < 2 or self.used <= self._max_size / 2:
            return frozenset()
        most = self._max_size / 2 / self.used * sum(present.values())
        return frozenset(tag for tag, count in present.items() if count > most)

    def reasons(self) -> tuple[Colour, list[str]]:
        """The colour, and why it is not green."""
        reasons = [f"tag {tag} holds more than half of the outbox and is not chosen" for tag in sorted(self.crowded)]
        share = self.used / self._max_size
        if self.cut_off:
            reasons.append(f"{self.cut_off}: new events are refused")
        elif self.full:
            reasons.append("the outbox is full or the disk is nearly full: new events are refused")
        elif share >= 0.5:
            reasons.append(f"the outbox is {share:.0%} full")
        red = self.full or bool(self.crowded) or share >= 0.8
        return (Colour.RED if red else Colour.AMBER if reasons else Colour.GREEN), reasons
