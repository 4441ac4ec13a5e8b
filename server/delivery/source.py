"""One outbox file as the delivery sees it: what of it is counted, what is on the wire, and the suspects among its rows."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from core.component import Tag
from core.types import Outbound, Response
from server.http import UnderWay
from server.outbox.row import Row
from server.outbox.store import Store, Suspect

REMEMBERED: Final = 1 << 18
"""Rows of a shared store whose parts are known: what others have sent of them nobody tells here.

More than such a store gives one worker at once, of several destinations: where a vendor refuses all that it gets, those would be
forgotten before they come back, and be refused together for ever.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What was refused together and travels on together; ``refusals``: how often, each time with less beside it."""

    refusals: int


@dataclass(slots=True, eq=False)
class Source:
    """A file that rows come from. What is counted of them (``rows``, ``dead``, ``held``) only the board changes.

    While it is ``quiet`` nothing of it is leased and nothing new of it goes straight to the wire, since a row that has
    been there at several crashes is about to be sent alone, or is being sent.
    """

    file: Store
    rows: Counter[str] = field(default_factory=Counter)
    """By tag, dead letters included, those of a later version not."""
    dead: Counter[str] = field(default_factory=Counter)
    held: int = 0
    on_wire: int = 0
    """Slots of destinations that its rows hold, or leases for them."""
    parts: dict[int, Part] = field(default_factory=dict)
    """By the ids of rows whose batch was refused, the part of it that each now travels in, with no other row."""
    quiet: bool = False
    when_clear: Callable[[], None] | None = None
    """Called once, when nothing of it is on the wire any more."""
    suspects: list[tuple[int, Suspect]] = field(default_factory=list)
    """A heap, by when they are due."""
    turn_began: int = 0
    """When the latest suspect had the wire to itself."""
    next_turn: int = 0
    """No suspect has it before then."""
    straight: bool = field(init=False)
    """Whether a row may go to the wire as it is inserted, for all that the store knows."""
    shared: bool = field(init=False)
    """Whether others may be able to send what cannot be sent from here."""

    def __post_init__(self) -> None:
        self.straight = self.file.straight
        self.shared = self.file.shared

    def is_clear(self) -> None:
        """Nothing of it is on the wire any more: tells whoever waits for that."""
        then, self.when_clear = self.when_clear, None
        if then is not None:
            then()

    def divide(self, ids: Sequence[int]) -> None:
        """Two halves of them from now on; of a shared store parts before may be forgotten, and be refused together once more."""
        middle = len(ids) // 2
        self._part(ids[:middle], ids[middle:])

    def set_apart(self, ids: Sequence[int]) -> None:
        """These are together the rest of a request, of which others were to blame; of what was that before, two halves."""
        if any(id in self.parts for id in ids):
            self.divide(ids)
        else:
            self._part(ids)

    def _part(self, *parts: Sequence[int]) -> None:
        refusals = 1 + max((self.refusals(id) for ids in parts for id in ids), default=0)
        if self.shared and len(self.parts) >= REMEMBERED:
            self.parts.clear()
        for ids in parts:
            self.parts.update(dict.fromkeys(ids, Part(refusals)))

    def refusals(self, id: int) -> int:
        """How often this row was on the wire with others of which it is not known which are to blame."""
        part = self.parts.get(id)
        return part.refusals if part is not None else 0

    def suspect(self, suspect: Suspect, due_at: int) -> None:
        """This row is to be sent alone, then."""
        heapq.heappush(self.suspects, (due_at, suspect))

    def suspect_only(self, suspects: Iterable[Suspect]) -> None:
        """These rows and no others are to be sent alone: of those that are known it is known when."""
        known = {suspect.id: due_at for due_at, suspect in self.suspects}
        self.suspects = [(known.get(suspect.id, suspect.due_at), suspect) for suspect in suspects]
        heapq.heapify(self.suspects)

    @property
    def empty(self) -> bool:
        """As far as is known: nothing is on the wire or in the file."""
        return not (self.on_wire or self.held or any(self.rows.values()))


@dataclass(slots=True)
class Backlog:
    """Rows of one destination that wait in one file; ``due_at`` is when it is to be leased from, None where nothing waits."""

    source: Source
    due_at: int | None = None
    leasing: int = 0
    """Slots that were taken for the lease that is under way; 0 where none is."""
    lingering: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By their company: fresh rows, and bytes of them, that wait for more since it was last leased from."""

    def joined(self, company: str, size: int) -> tuple[int, int]:
        """A row of so many bytes waits for its company; which rows and bytes do."""
        rows, before = self.lingering.get(company, (0, 0))
        self.lingering[company] = rows + 1, before + size
        return self.lingering[company]

    def due_by(self, time: int) -> None:
        """A row of it will be due then."""
        if self.due_at is None or time < self.due_at:
            self.due_at = time


class Job:
    """Rows that are packed together and hold one slot; ``waited``: from the table. A ``suspect`` is alone in its job."""

    __slots__ = (
        "began",
        "exchange",
        "left",
        "outbound",
        "over",
        "packed_at",
        "response",
        "rows",
        "source",
        "suspect",
        "tag",
        "waited",
    )

    tag: Tag
    """By which its rows were packed."""
    outbound: Outbound
    """What is on the wire."""
    left: Iterator[Outbound]
    """What is to follow."""
    packed_at: int
    """When it was packed, or the request before was over: by the time of day."""
    began: int
    """When the latest request left, by the steady clock."""

    def __init__(self, source: Source, rows: list[Row], suspect: Suspect | None = None, *, waited: bool = False) -> None:
        self.source = source
        self.rows = rows
        self.suspect = suspect
        self.waited = waited
        self.response: Response | None = None
        """The latest answer."""
        self.exchange: UnderWay | None = None
        """What is on the wire, so that it can be given up; None where nothing has left yet."""
        self.over = False
        """Whether it was given up."""
