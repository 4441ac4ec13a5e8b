"""A row as an operator sees it, whether it waits, is a dead letter, or is about to be something else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from server.outbox.jetstream.ending import Condemned
from server.outbox.jetstream.link import Found
from server.outbox.jetstream.stored import StoredRow
from server.outbox.jetstream.verdict import Fate, Verdict
from server.outbox.row import State

DEAD: Final = 1 << 48
"""The marks of dead letters begin here."""

_STATES: Final = {
    Fate.GIVEN_UP: State.DEAD,
    Fate.DROPPED: State.QUEUED,
    Fate.MOVED: State.QUEUED,
    Fate.TRIED_AGAIN: State.QUEUED,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A row, the state it is in, and the number of its message, in the stream that the state says."""

    row: StoredRow
    state: State
    number: int
    fate: Fate | None = None
    """What is being done with it: nothing can be changed until it is."""

    @property
    def ends(self) -> bool:
        """Whether there is a verdict about it."""
        return self.fate is not None

    @property
    def shown(self) -> bool:
        """Whether it is there as a row; else it only tells where a slice ends."""
        return self.fate not in (Fate.DROPPED, Fate.MOVED)

    @property
    def mark(self) -> int:
        """Where a slice that follows begins."""
        return self.number + DEAD * (self.state is State.DEAD and not self.ends)

    @classmethod
    def ending(cls, condemned: Condemned) -> Seen:
        """The row that a verdict is about, as it will be."""
        return cls(condemned.verdict.row, _STATES[condemned.verdict.fate], condemned.number, condemned.verdict.fate)


def condemned_in(found: Found) -> Condemned | None:
    """The verdict, if this is one."""
    verdict = Verdict.read_if_any(found.data)
    return None if verdict is None else Condemned(verdict, found.number)


def rows_in(found: Iterable[Found]) -> Iterable[tuple[Found, StoredRow]]:
    """Those that are rows: somebody else may have written there too."""
    return ((each, row) for each in found if (row := StoredRow.read_if_any(each.data)) is not None)
