"""What a delivery tells whoever looks on: attempts, and where a row stands after one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from core.frozen import frozen
from core.types import Delivered, Outcome, Rejected, Response, Retry
from server.outbox.row import Row

OUTCOMES: Final = (Delivered, Retry, Rejected)
"""By these one outcome is told from a sequence of them, as ``isinstance`` does it at the least cost."""


@frozen
class Attempt:
    """One exchange with a destination. ``now`` is when it was packed, or the one before it of the same job was over; ``took`` how
    long it lasted, in microseconds.

    ``response`` is None where there was no answer; ``outcomes`` is one for all rows, or one for each.
    """

    tag: str
    address: str
    rows: Sequence[Row]
    now: int
    took: int
    response: Response | None
    outcomes: Outcome | Sequence[Outcome]

    def outcome(self, index: int) -> Outcome:
        """What became of the row of this index."""
        return self.outcomes if isinstance(self.outcomes, OUTCOMES) else self.outcomes[index]


class RowEnd(StrEnum):
    """Where a row stands that is not delivered."""

    WAITING = "waiting"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Settled:
    """Where one row stands: its name (``0-4711``), why it is not delivered, and when it is due again."""

    row: str
    end: RowEnd
    why: str = ""
    due_at: int = 0


class DeliveryEvents(Protocol):
    """Whoever looks on. Must neither raise nor wait."""

    def attempted(self, attempt: Attempt) -> None:
        """A destination has answered, or has not."""

    def settled(self, tag: str, group: str, position: int, settled: Settled) -> None:
        """A row waits again, or was given up. That one was delivered is told by its attempt alone."""
