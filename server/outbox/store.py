"""What the delivery may say to whatever keeps its rows, and what it hears.

No sentence here tells how rows are kept: a file of a database does it, and so may a stream of a broker. Times are microseconds;
those by which rows are due and those of their age go by two clocks, and the store asks neither: it is told.

What is said within one turn of the event loop is one group, made durable by one commit, and in it the inserts come first,
then what was removed, then what was queued or parked, then the questions: leases and everything that is awaited. ``insert``,
``remove``, ``queue``, ``park``, ``lease`` and their kin return at once. Whatever is awaited, and whatever an answer is given
to, is flushed by then. After a write has failed every one of them raises or answers OutboxFailed, for good.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from core.types import Payload
from server.outbox.capacity import Measured
from server.outbox.row import Row, State
from server.outbox.selection import ListedRow, RowFilter, ShownRow, Slice, Standing, Touched

KeyedRow: TypeAlias = tuple[int, str]
"""A row's id, and the digest of the key that it has."""


class Receipt(Protocol):
    """Whoever put rows: exactly one of the two is called, on the event loop."""

    def committed(self) -> None:
        """The rows are flushed."""

    def refused(self, error: Exception) -> None:
        """None of the rows is there."""


@dataclass(frozen=True, slots=True)
class Leased:
    """The answer to a lease: the rows, in the order they were accepted, and when the next of that destination is due.

    Those that could not be read are dead letters by now.
    """

    rows: Sequence[Row]
    next_due: int | None
    unreadable: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Queued rows of one destination of one tag, and when the first of them is due."""

    tag: str
    destination: str
    rows: int
    due_at: int


@dataclass(frozen=True, slots=True, order=True)
class Suspect:
    """A queued row that is to be sent with nothing else of its store on the wire."""

    due_at: int
    id: int
    tag: str
    destination: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a store held when it was opened, after its dead leases had been ended: all that is not delivered."""

    waiting: Sequence[Waiting]
    suspects: Sequence[Suspect]
    dead: Counter[str]
    held: int


class Store(Protocol):
    """Rows of one number, which one process holds. All methods belong to the event loop that ``start`` names.

    Until ``start`` only what is awaited may be said; it is done at once. Opening a store ends its leases, counts a crash for
    those rows and no others, gives up those that reach POISON_FROM, and queues claimed rows; ``found`` is what it held then.
    """

    failed: Callable[[Exception], None]
    """Hears once that nothing can be written any more."""
    full: Callable[[], None]
    """Hears that there was no room: the inserts of that group were refused, and the rest of it is tried again."""

    @property
    def number(self) -> int:
        """Its own among all stores; a row is named by it and by the row's id."""

    @property
    def straight(self) -> bool:
        """Whether a row may be inserted as leased, and so go to the wire when it is flushed.

        Where it may not, every row is inserted as queued or claimed and comes back by a lease; LEASED raises ValueError.
        """

    @property
    def shared(self) -> bool:
        """Whether other processes have it open, too, with configurations and environments of their own: what cannot be sent
        from here they may be able to send.
        """

    @property
    def claims(self) -> bool:
        """Whether a row that has a key is claimed until ``unclaim``.

        Where it is not, the key is written together with the row, and so is given back by the store.
        """

    @property
    def found(self) -> Found:
        """What it held when it was opened."""

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begins to write."""

    def insert(self, tag: str, payload: Payload, state: State, due_at: int) -> int:
        """Adds a row, queued or leased, and gives its id, which no other row has while this one is there.

        ``put`` ends what was inserted since the last one. Raises what a payload that cannot be stored makes it raise: what was
        inserted before is to be removed then, in the same turn.
        """

    def take_id(self) -> int:
        """An id for a row that ``insert_claimed`` will insert, so that its key can be claimed before."""

    def insert_claimed(self, id: int, tag: str, payload: Payload, due_at: int, once: str | None) -> None:
        """Adds a row that nobody touches until ``unclaim``, or until the store is opened anew; ``once`` is its key's digest."""

    def put(self, listener: Receipt) -> None:
        """Ends one acceptance: the listener hears when all of its rows are flushed, or that none is there."""

    async def unclaim(self, ids: Sequence[int]) -> None:
        """Queues claimed rows; others are left alone."""

    def lease(self, tag: str, destination: str, now: int, limit: int, answer: Callable[[Leased | Exception], None]) -> None:
        """Leases up to ``limit`` rows of this destination that are due, those first that were due first; each has begun an
        attempt. Rows with LONE_FROM crashes are not among them.
        """

    def lease_one(self, suspect: Suspect, answer: Callable[[Leased | Exception], None]) -> None:
        """Leases this row, if it is still there and queued."""

    def remove(self, ids: Sequence[int]) -> None:
        """Leased rows were delivered; or inserted ones, not put yet, are not to be."""

    def queue(self, id: int, due_at: int, why: str, answer: str | None = None) -> None:
        """A leased row is to be tried again; ``answer`` is what the vendor said, None where it was not asked.

        One that is not leased is left alone.
        """

    def park(self, id: int, now: int, why: str, answer: str | None = None) -> None:
        """A leased row becomes a dead letter; as for one that is tried again."""

    async def expire(self, tag: str, destination: str, before: int, why: str, now: int) -> int:
        """Parks up to AT_ONCE queued rows of this destination whose age began before this time; how many."""

    async def oldest(self, tag: str, destination: str) -> int | None:
        """Where the age of the oldest queued row of this destination begins."""

    async def remove_dead(self, before: int) -> Mapping[str, int]:
        """Removes up to AT_ONCE dead letters that were given up before this time; how many of each tag."""

    async def lost_keys(self) -> Sequence[KeyedRow]:
        """Keys that are to be given back, up to AT_ONCE: of dead letters, and of rows that were dropped or removed as dead."""

    async def given_back(self, lost: Sequence[KeyedRow]) -> None:
        """These rows have no key any more, whatever has become of them meanwhile."""

    async def last_id(self) -> int:
        """The largest id there is, or 0: what comes later is no part of a command that begins now."""

    async def list_rows(self, wanted: RowFilter, after: int, until: int, limit: int) -> Slice[ListedRow]:
        """Up to ``limit`` of the rows that are wanted, by their ids, of a slice of those behind ``after``, ``until`` included."""

    async def count(self, wanted: RowFilter, action: str, after: int, until: int) -> Slice[Touched]:
        """What ``change`` would do to such a slice now."""

    async def change(self, wanted: RowFilter, action: str, now: int, due_at: int, after: int, until: int) -> Slice[Touched]:
        """Changes the rows of such a slice that are wanted, and in a state of ``MAY[action]``; tells which those were.

        ``retry`` queues them for ``due_at``, their age (from ``now``), attempts and crashes forgotten; ``drop`` removes them.
        """

    async def status(self, after: int, until: int) -> Slice[Standing]:
        """How many rows of such a slice are in which state."""

    async def show(self, id: int) -> ShownRow | None:
        """One row; None where it is gone."""

    async def census(self) -> Found | None:
        """What there is by now, where others bring and take rows too; its suspects are to be sent by nobody else for now.

        None where nobody else does: what was found, and what was said since, tells it.
        """

    async def measure(self) -> Measured:
        """The room that all stores beside this one take, this one included, and what is left of it."""

    async def flush(self) -> None:
        """Returns when everything that was said before is flushed, or never will be."""

    async def close(self) -> None:
        """Writes what is left, and gives the store back. What is said later is refused."""

    async def close_and_unlink(self) -> None:
        """The same for a store that holds no row, which is removed: nobody opens it again."""
