"""One outbox file as the delivery sees it: what of it is on the wire, and the rows of it that are sent alone."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from core.types import Response
from server.outbox.row import Row
from server.outbox.store import Store, Suspect


@dataclass(slots=True, eq=False)
class Source:
    """A file that rows come from.

    While it is ``quiet`` nothing of it is leased and nothing new of it goes straight to the wire, since a row that has
    been there at several crashes is about to be sent alone, or is being sent.
    """

    file: Store
    on_wire: int = 0
    quiet: bool = False
    lone: list[tuple[int, Suspect]] = field(default_factory=list)
    lone_not_before: int = 0
    lone_began: int = 0
    when_clear: Callable[[], None] | None = None
    """Called once, when nothing of it is on the wire any more."""
    tags: Counter[str] = field(default_factory=Counter)
    """Rows by tag, dead letters included."""
    dead: Counter[str] = field(default_factory=Counter)
    held: int = 0
    alone: set[int] = field(default_factory=set)
    """Rows of batches that were refused as a whole: whose fault it was shows when each goes by itself."""

    def learn(self) -> None:
        """Takes over what was found in the file when it was opened."""
        found = self.file.found
        self.dead.update(found.dead)
        self.tags.update(found.dead)
        for waiting in found.waiting:
            self.tags[waiting.tag] += waiting.rows
        for lone in found.lone:
            self.tags[lone.tag] += 1
            self.wait_alone(lone, lone.due_at)
        self.held = found.held

    def release(self, slots: int = 1) -> None:
        """Jobs, or slots that were kept for a lease, are off the wire."""
        self.on_wire -= slots
        if not self.on_wire and self.when_clear:
            then, self.when_clear = self.when_clear, None
            then()

    def wait_alone(self, lone: Suspect, due_at: int) -> None:
        """This row is to be sent alone, then."""
        heapq.heappush(self.lone, (due_at, lone))

    @property
    def empty(self) -> bool:
        """As far as is known: nothing is on the wire or in the file."""
        return not (self.on_wire or self.held or any(self.tags.values()))


@dataclass(slots=True)
class Backlog:
    """Rows of one destination that wait in one file; ``due_at`` is when the first is due, None where none is known."""

    source: Source
    due_at: int | None = None
    leasing: bool = False

    def due_by(self, time: int) -> None:
        """A row of it will be due then."""
        if self.due_at is None or time < self.due_at:
            self.due_at = time


@dataclass(slots=True, eq=False)
class Job:
    """Rows that are packed together and hold one slot; ``waited``: from the table. ``lone`` is set where it is sent alone."""

    source: Source
    rows: list[Row]
    lone: Suspect | None = None
    waited: bool = False
    response: Response | None = None
    """The latest answer."""
