"""What the log says of dead letters: a line for each, and of a flood one a minute and tag, with their number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from server.delivery.answers import Mask
from server.outbox.row import Row
from server.system.allowance import Allowance

LINES: Final = (20, 6_000_000)
"""Dead letters that get a line each at once, and microseconds between later ones."""

EVERY: Final = 60_000_000
"""Microseconds between two lines that count the others."""

log = structlog.get_logger("tagyard")


class DeadLetters:
    """Of one worker. ``clock`` gives steady microseconds; ``mask`` takes out of a reason what no log may have."""

    def __init__(self, clock: Callable[[], int], mask: Mask) -> None:
        self._clock = clock
        self._mask = mask
        self._lines = Allowance(*LINES)
        self._untold: dict[str, tuple[int, str]] = {}
        """By tag: how many had no line, and why the latest of them was given up."""
        self._counted_at: int | None = None

    def one(self, name: str, row: Row, why: str, status: int | None) -> None:
        """This row was given up, by which name it is known now; ``status`` is that of the answer, if there was one."""
        now = self._clock()
        if self._lines.pause(now):
            self.several(row.tag, 1, why)
            return
        self._lines.take(now)
        payload = row.payload
        log.warning(
            "a dead letter",
            tag=row.tag,
            destination=payload.destination,
            row=name,
            request=payload.group,
            attempts=row.attempts,
            status=status,
            why=self._mask(why),
        )

    def several(self, tag: str, rows: int, why: str) -> None:
        """So many rows were given up that get no line of their own."""
        before, _ = self._untold.get(tag, (0, ""))
        self._untold[tag] = before + rows, why

    def tell(self, *, last: bool = False) -> None:
        """Counts what had no line, unless that was done within the last minute and is not the last time."""
        now = self._clock()
        if not self._untold or (self._counted_at is not None and now - self._counted_at < EVERY and not last):
            return
        untold, self._untold, self._counted_at = self._untold, {}, now
        for tag, (rows, why) in untold.items():
            log.warning("dead letters", tag=tag, rows=rows, why=self._mask(why))
