"""A Store in streams of JetStream, which any number of replicas have open at the same time."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from core.types import Payload
from server.outbox.capacity import Measured
from server.outbox.errors import OutboxError, OutboxFailed
from server.outbox.jetstream.accepting import Acceptance
from server.outbox.jetstream.aging import Aging
from server.outbox.jetstream.browse import Browse
from server.outbox.jetstream.census import Census
from server.outbox.jetstream.errors import Unreachable
from server.outbox.jetstream.hand import Hand, Held
from server.outbox.jetstream.keys import StreamKeys
from server.outbox.jetstream.leasing import Leasing
from server.outbox.jetstream.link import Link
from server.outbox.jetstream.names import Names, first_id, replica_of
from server.outbox.jetstream.replica import Replica
from server.outbox.jetstream.rows import Rows
from server.outbox.jetstream.stored import StoredRow
from server.outbox.jetstream.writing import Writing
from server.outbox.row import State
from server.outbox.selection import ListedRow, RowFilter, ShownRow, Slice, Standing, Touched
from server.outbox.store import Found, KeyedRow, Leased, Receipt, Suspect, Waiting

LEAVES: Final = 5.0
"""Seconds that a store which is closed waits for the servers."""

WAIT: Final = 30.0
"""Seconds after which the servers give a row to another replica, if they have not heard of it."""


class JetStreamStore:
    """Opened by ``open_store``. ``found`` is what all replicas had before them when it looked."""

    straight = claims = False
    shared = True

    def __init__(self, link: Link, names: Names, replica: Replica, number: int = 0, wait: float = WAIT) -> None:
        self.failed: Callable[[Exception], None] = lambda _: None
        self.full: Callable[[], None] = lambda: None
        self.number = number
        self.found = Found((), (), Counter(), 0)
        self.keys = StreamKeys(link, names)
        self._clock = link.clock
        self._rows = Rows(link, names)
        self._hand = Hand()
        self._replica = replica
        self._leasing = Leasing(self._rows, self._hand, replica.number, wait)
        self._browse = Browse(self._rows, self._hand, self._leasing, number)
        self._aging = Aging(self._browse, self._rows)
        self._census = Census(link, names)
        self._next_id = first_id(replica.number)
        self._fresh: list[StoredRow] = []
        """Rows that are not put yet."""
        self._writing = Writing(self._rows, self._leasing, lambda error: self.failed(error), lambda: self.full())

    @property
    def eldest(self) -> bool:
        """Whether no replica that lives has begun before this one, as far as is known."""
        return self._replica.eldest

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._writing.start(loop)
        self._replica.start(self._rows, self._hand)

    def insert(self, tag: str, payload: Payload, state: State, due_at: int) -> int:
        if state is State.LEASED:
            raise ValueError("rows of this store come back by a lease")
        row = StoredRow.of(self.take_id(), tag, payload, self._clock.theirs(due_at))
        self._fresh.append(row)
        return row.id

    def take_id(self) -> int:
        if replica_of(self._next_id) != self._replica.number:
            used = OutboxFailed("this replica has given all its ids to rows; it has others after a restart")
            self.failed(used)
            raise used
        self._next_id += 1
        return self._next_id - 1

    def insert_claimed(self, id: int, tag: str, payload: Payload, due_at: int, once: str | None) -> None:
        self._fresh.append(StoredRow.of(id, tag, payload, self._clock.theirs(due_at), once))

    def put(self, listener: Receipt) -> None:
        rows, self._fresh = self._fresh, []
        keys = {row.id: key for row in rows if row.once is not None and (key := self.keys.message(row.once)) is not None}
        self._writing.accepting.add(Acceptance(listener, rows, keys))
        self._writing.wake()

    async def unclaim(self, ids: Sequence[int]) -> None:  # noqa: ARG002  they are queued already
        await self._writing.answer(_nothing)

    def remove(self, ids: Sequence[int]) -> None:
        gone = [held for id in ids if (held := self._settled(id)) is not None]
        if len(gone) < len(ids):
            taken_back = frozenset(ids)
            self._fresh = [row for row in self._fresh if row.id not in taken_back]
        self._writing.group.gone += gone
        self._writing.wake()

    def queue(self, id: int, due_at: int, why: str, answer: str | None = None) -> None:
        held = self._settled(id)
        if held is not None:
            held.row = held.row.again(self._clock.theirs(due_at), why, answer)
            self._writing.group.again.append(held)
            self._writing.wake()

    def park(self, id: int, now: int, why: str, answer: str | None = None) -> None:
        held = self._settled(id)
        if held is not None:
            held.row = held.row.again(now, why, answer)
            self._writing.group.dead.append(held)
            self._writing.wake()

    def _settled(self, id: int) -> Held | None:
        return self._hand.drop(id) if self._hand.leased(id) else None

    def lease(self, tag: str, destination: str, now: int, limit: int, answer: Callable[[Leased | Exception], None]) -> None:
        self._writing.ask(lambda: self._leasing.lease(tag, destination, now, limit), answer)

    def lease_one(self, suspect: Suspect, answer: Callable[[Leased | Exception], None]) -> None:
        self._writing.ask(lambda: self._leasing.lease_one(suspect), answer)

    async def expire(self, tag: str, destination: str, before: int, why: str, now: int) -> int:
        """As for any store, where no replica that lives has begun before this one: the others leave it to that."""
        if not self.eldest:
            return 0
        return await self._writing.answer(lambda: self._aging.expire(tag, destination, before, why, now))

    async def oldest(self, tag: str, destination: str) -> int | None:
        return await self._writing.answer(lambda: self._aging.oldest(tag, destination))

    async def remove_dead(self, before: int) -> Mapping[str, int]:
        """Left to the eldest likewise."""
        if not self.eldest:
            return {}
        return await self._writing.answer(lambda: self._aging.remove_dead(before))

    async def lost_keys(self) -> Sequence[KeyedRow]:
        return ()

    async def given_back(self, lost: Sequence[KeyedRow]) -> None:
        """There are none."""

    async def last_id(self) -> int:
        return await self._writing.answer(self._browse.last)

    async def list_rows(self, wanted: RowFilter, after: int, until: int, limit: int) -> Slice[ListedRow]:
        return await self._writing.answer(lambda: self._browse.list_rows(wanted, after, until, limit))

    async def count(self, wanted: RowFilter, action: str, after: int, until: int) -> Slice[Touched]:
        return await self._writing.answer(lambda: self._browse.count(wanted, action, after, until))

    async def change(self, wanted: RowFilter, action: str, now: int, due_at: int, after: int, until: int) -> Slice[Touched]:
        due_at = self._clock.theirs(due_at)
        return await self._writing.answer(lambda: self._browse.change(wanted, action, now, due_at, after, until))

    async def status(self, after: int, until: int) -> Slice[Standing]:
        return await self._writing.answer(lambda: self._browse.status(after, until))

    async def show(self, id: int) -> ShownRow | None:
        return await self._writing.answer(lambda: self._browse.show(id))

    async def census(self) -> Found:
        """What all replicas have before them now; suspects are those that this one is to send."""
        return await self._writing.answer(self._recount)

    async def _recount(self) -> Found:
        found = await self._census.take()
        if not found.suspects:
            return found
        own = await self._leasing.take_alone(found.suspects)
        others = Counter((each.tag, each.destination) for each in found.suspects if each not in own)
        waiting = [*found.waiting, *(Waiting(*place, rows, 0) for place, rows in others.items())]
        return replace(found, waiting=waiting, suspects=own)

    async def measure(self) -> Measured:
        async def run() -> Measured:
            info = await self._rows.link.ask(f"STREAM.INFO.{self._rows.names.rows}")
            if not info.get("cluster", {"leader": ""}).get("leader"):
                raise Unreachable("the stream has no leader: too few of its servers are there")
            used, most = int(info["state"]["bytes"]), int(info["config"]["max_bytes"])
            total = most if most > 0 else 1 << 50
            self._writing.forgetting.measured(int(info["state"]["messages"]))
            return Measured(used, max(0, total - used), total)

        return await self._writing.answer(run)

    async def keys_kept(self) -> int:
        """How many keys there are beside the rows. Raises OutboxError."""
        return await self._writing.answer(self._census.keys)

    async def look(self) -> None:
        """Finds what there is, and sees to it that somebody gets all of it. Raises OutboxError."""
        for place in await self._census.forsaken():
            await self._leasing.consumer(*place)
        self.found = await self._census.take()

    async def listen(self) -> None:
        """From now on it hears which rows others have changed. Raises OutboxError."""
        await self._rows.link.hear(self._rows.names.changed, lambda data: self._leasing.forget(json.loads(data)))

    async def flush(self) -> None:
        with contextlib.suppress(OutboxFailed, Unreachable):
            await self._writing.answer(self._rows.all_taken)

    async def close(self) -> None:
        """As for any store; what the servers have not heard of within LEAVES is left to the other replicas."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.flush(), LEAVES)
        self._writing.failure = self._writing.failure or OutboxFailed("the store was closed meanwhile")
        self._writing.stop()
        with contextlib.suppress(OutboxError, TimeoutError):
            await asyncio.wait_for(self._leave(), LEAVES)
        await self._rows.link.close()

    async def _leave(self) -> None:
        await self._leasing.give_back_what_is_ready()
        await self._replica.end(self._rows, self._hand)

    async def forsake(self) -> None:
        """Says nothing more, as if the process had died."""
        self._writing.failure = OutboxFailed("the store was left")
        self._replica.stop()
        self._writing.stop()
        await self._rows.link.client.close()

    async def close_and_unlink(self) -> None:
        await self.close()


async def _nothing() -> None:
    return None
