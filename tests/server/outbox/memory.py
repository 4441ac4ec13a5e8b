"""A Store in nothing but memory: the shortest thing that keeps every promise, and so the model that others are held against."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from core.types import Payload
from server.outbox.answering import answered
from server.outbox.capacity import Measured
from server.outbox.errors import OutboxFailed, OutboxFull
from server.outbox.limits import AT_ONCE
from server.outbox.row import FORMAT, State
from server.outbox.selection import MAY, STATES, ListedRow, RowFilter, ShownRow, Slice, Standing, Touched
from server.outbox.store import Found, KeyedRow, Leased, Receipt, Suspect
from tests.server.outbox.memory_disk import Disk, Kept, kept, unicode

Answer = TypeVar("Answer")


@dataclass
class Group:
    """What was said within one turn, in the order in which it is done."""

    inserts: list[Kept] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    changes: list[tuple[int, State, int, str, str | None]] = field(default_factory=list)
    questions: list[tuple[Callable[[], Any], Callable[[Any], None]]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.receipts or self.gone or self.changes or self.questions)

    def withdraw(self, error: Exception) -> None:
        receipts, self.receipts, self.inserts = self.receipts, [], []
        for receipt in receipts:
            receipt.refused(error)

    def refuse(self, error: Exception) -> None:
        self.withdraw(error)
        for _, answer in self.questions:
            answer(error)


class MemoryStore:
    """Everything is done when the turn of the loop has ended. One that is dropped without ``close`` was killed."""

    def __init__(
        self, disk: Disk, number: int = 0, *, straight: bool = True, now: int | None = None, reads: int = FORMAT
    ) -> None:
        """Opens it, as a version that reads formats up to ``reads``."""
        self.failed: Callable[[Exception], None] = lambda _: None
        self.full: Callable[[], None] = lambda: None
        self.number = number
        self.straight = straight
        self.claims = True
        self.shared = False
        self.disk = disk
        self.failure: Exception | None = None
        self._group = Group()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._scheduled = False
        self.found = disk.recover(now, reads)
        self._next_id = 1 + max(disk.rows, default=0)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def insert(self, tag: str, payload: Payload, state: State, due_at: int) -> int:
        if state is State.LEASED and not self.straight:
            raise ValueError("rows of this store come back by a lease")
        row = kept(self.take_id(), tag, payload, state, due_at, None)
        self._group.inserts.append(row)
        return row.id

    def take_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def insert_claimed(self, id: int, tag: str, payload: Payload, due_at: int, once: str | None) -> None:
        self._group.inserts.append(kept(id, tag, payload, State.CLAIMED, due_at, once))

    def put(self, listener: Receipt) -> None:
        self._group.receipts.append(listener)
        self._wake()

    async def unclaim(self, ids: Sequence[int]) -> None:
        def run() -> None:
            for row in self.disk.those(ids, State.CLAIMED):
                row.state = State.QUEUED

        await self._ask(run)

    def remove(self, ids: Sequence[int]) -> None:
        self._group.gone += ids
        self._wake()

    def queue(self, id: int, due_at: int, why: str, answer: str | None = None) -> None:
        self._settle(id, State.QUEUED, due_at, why, answer)

    def park(self, id: int, now: int, why: str, answer: str | None = None) -> None:
        self._settle(id, State.DEAD, now, why, answer)

    def _settle(self, id: int, state: State, due_at: int, why: str, answer: str | None) -> None:
        self._group.changes.append((id, state, due_at, unicode(why), answer))
        self._wake()

    def lease(self, tag: str, destination: str, now: int, limit: int, answer: Callable[[Leased | Exception], None]) -> None:
        def run() -> Leased:
            here = sorted((row.due_at, row.id) for row in self.disk.of(tag, destination) if row.in_company)
            rows, unreadable = self.disk.lease([id for due_at, id in here if due_at <= now][:limit])
            left = [row.due_at for row in self.disk.of(tag, destination) if row.in_company]
            return Leased(rows, min(left, default=None), unreadable)

        self._say(run, answer)

    def lease_one(self, suspect: Suspect, answer: Callable[[Leased | Exception], None]) -> None:
        def run() -> Leased:
            rows, unreadable = self.disk.lease([row.id for row in self.disk.those([suspect.id], State.QUEUED)])
            return Leased(rows, None, unreadable)

        self._say(run, answer)

    async def expire(self, tag: str, destination: str, before: int, why: str, now: int) -> int:
        def run() -> int:
            queued = [row for row in self.disk.of(tag, destination) if row.state is State.QUEUED and row.since < before]
            old = sorted(queued, key=lambda row: row.since)[:AT_ONCE]
            for row in old:
                row.state, row.why, row.due_at = State.DEAD, why, now
            return len(old)

        return await self._ask(run)

    async def oldest(self, tag: str, destination: str) -> int | None:
        def run() -> int | None:
            return min((row.since for row in self.disk.of(tag, destination) if row.state is State.QUEUED), default=None)

        return await self._ask(run)

    async def remove_dead(self, before: int) -> Mapping[str, int]:
        def run() -> Mapping[str, int]:
            dead = [row for row in self.disk.rows.values() if row.state is State.DEAD and row.due_at < before]
            old = sorted(dead, key=lambda row: row.due_at)[:AT_ONCE]
            self.disk.drop(old)
            return Counter(row.tag for row in old)

        return await self._ask(run)

    async def lost_keys(self) -> Sequence[KeyedRow]:
        def run() -> Sequence[KeyedRow]:
            dead = [(row.id, row.once) for row in self.disk.rows.values() if row.state is State.DEAD and row.once is not None]
            return [*dead, *self.disk.dropped][:AT_ONCE]

        return await self._ask(run)

    async def given_back(self, lost: Sequence[KeyedRow]) -> None:
        def run() -> None:
            for row in self.disk.rows.values():
                row.once = None if (row.id, row.once) in lost else row.once
            self.disk.dropped = [each for each in self.disk.dropped if each not in lost]

        await self._ask(run)

    async def last_id(self) -> int:
        return await self._ask(lambda: max(self.disk.rows, default=0))

    async def list_rows(self, wanted: RowFilter, after: int, until: int, limit: int) -> Slice[ListedRow]:
        def run() -> Slice[ListedRow]:
            part, end = self.disk.part(after, until)
            found = [row.listed(self.number) for row in self._wanted(part, wanted, wanted.states)][:limit]
            return Slice(found, len(found), end)

        return await self._ask(run)

    async def count(self, wanted: RowFilter, action: str, after: int, until: int) -> Slice[Touched]:
        return await self._ask(lambda: self._touched(wanted, action, after, until)[1])

    async def change(self, wanted: RowFilter, action: str, now: int, due_at: int, after: int, until: int) -> Slice[Touched]:
        def run() -> Slice[Touched]:
            rows, touched = self._touched(wanted, action, after, until)
            if action == "drop":
                self.disk.drop(rows)
            else:
                for row in rows:
                    row.state, row.due_at, row.since, row.attempts, row.crashes = State.QUEUED, due_at, now, 0, 0
            return touched

        return await self._ask(run)

    async def status(self, after: int, until: int) -> Slice[Standing]:
        def run() -> Slice[Standing]:
            part, end = self.disk.part(after, until)
            received: dict[tuple[str, State], list[int]] = {}
            for row in part:
                received.setdefault((row.tag, row.state), []).append(row.payload.received_at)
            standing = [Standing(tag, state, len(times), min(times)) for (tag, state), times in sorted(received.items())]
            return Slice(standing, len(part), end)

        return await self._ask(run)

    async def show(self, id: int) -> ShownRow | None:
        def run() -> ShownRow | None:
            row = self.disk.rows.get(id)
            if row is None:
                return None
            request, position = row.payload.group, row.payload.position
            body = json.loads(row.body)
            return {**row.listed(self.number), "request": request, "position": position, "answer": row.answer, "body": body}

        return await self._ask(run)

    async def census(self) -> Found | None:
        """Nobody else brings or takes rows."""
        return None

    async def measure(self) -> Measured:
        used = len(self.disk.rows)
        return await self._ask(lambda: Measured(used, 1 << 40, 1 << 41))

    async def flush(self) -> None:
        try:
            await self._ask(lambda: None)
        except OutboxFailed:
            return

    async def close(self) -> None:
        await self.flush()
        self.failure = self.failure or OutboxFailed("the store was closed meanwhile")

    async def close_and_unlink(self) -> None:
        await self.close()
        assert not self.disk.rows

    def _touched(self, wanted: RowFilter, action: str, after: int, until: int) -> tuple[list[Kept], Slice[Touched]]:
        part, end = self.disk.part(after, until)
        states = [state for state in wanted.states if state in MAY[action]]
        rows = self._wanted(part, wanted, states)
        counted = Counter((*row.place, STATES[row.state]) for row in rows)
        return rows, Slice([Touched(*which, number) for which, number in sorted(counted.items())], len(rows), end)

    def _wanted(self, part: Iterable[Kept], wanted: RowFilter, states: Sequence[State]) -> list[Kept]:
        return [row for row in part if row.state in states and wanted.takes(row.id, row.listed(self.number))]

    async def _ask(self, run: Callable[[], Answer]) -> Answer:
        if self._loop is None:
            return run()
        return await answered(lambda answer: self._say(run, answer))

    def _say(self, run: Callable[[], Any], answer: Callable[[Any], None]) -> None:
        self._group.questions.append((run, answer))
        self._wake()

    def _wake(self) -> None:
        assert self._loop is not None, "it was not started"
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._end_of_turn)

    def _end_of_turn(self) -> None:
        self._scheduled = False
        group, self._group = self._group, Group()
        if self.failure is None and self.disk.broken:
            self.failure = OutboxFailed("the outbox cannot write: the disk is broken")
            self.failed(self.failure)
        if self.failure is not None:
            group.refuse(self.failure)
        elif self.disk.room:
            self._commit(group)
        else:
            self.full()
            group.withdraw(OutboxFull("the disk is full"))
            self._try_again(group)

    def _try_again(self, group: Group) -> None:
        self._group = group
        if group:
            assert self._loop is not None
            self._scheduled = True
            self._loop.call_later(0.001, self._end_of_turn)

    def _commit(self, group: Group) -> None:
        self.disk.rows |= {row.id: row for row in group.inserts}
        for id in group.gone:
            self.disk.rows.pop(id, None)
        for id, state, due_at, why, answer in group.changes:
            for row in self.disk.those([id], State.LEASED):
                row.state, row.due_at, row.why, row.answer = state, due_at, why, row.answer if answer is None else answer
        results = [run() for run, _ in group.questions]
        for receipt in group.receipts:
            receipt.committed()
        for (_, tell), result in zip(group.questions, results, strict=True):
            tell(result)
