"""An operator's look at the rows, and what is changed by it, slice by slice.

A slice begins behind a mark, which is the number of a message: those of rows that wait come first, and behind ``DEAD`` those of
dead letters. A row that is changed gets a new message, behind all others. ``until`` bounds both, as ``last`` gives it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from server.outbox.jetstream.abreast import abreast
from server.outbox.jetstream.hand import Hand
from server.outbox.jetstream.leasing import Leasing
from server.outbox.jetstream.link import Found
from server.outbox.jetstream.names import place_of
from server.outbox.jetstream.rows import Rows
from server.outbox.jetstream.stored import StoredRow
from server.outbox.limits import AT_ONCE
from server.outbox.row import FORMAT, State, json_body, row_name, storable
from server.outbox.selection import MAY, STATES, ListedRow, RowFilter, ShownRow, Slice, Standing, Touched

SLICE: Final = 1000
"""Rows that are looked at in one go."""

DEAD: Final = 1 << 48


@dataclass(frozen=True, slots=True)
class Seen:
    """A row, the state it is in, and the number of its message, in the stream that the state says."""

    row: StoredRow
    state: State
    number: int

    @property
    def mark(self) -> int:
        """Where a slice that follows begins."""
        return self.number + DEAD * (self.state is State.DEAD)


class Browse:
    """Over the rows as one replica knows them. ``number`` is the store's. All raises OutboxError where no server answers."""

    def __init__(self, rows: Rows, hand: Hand, leasing: Leasing, number: int) -> None:
        self._rows = rows
        self._hand = hand
        self._leasing = leasing
        self._number = number

    async def last(self) -> int:
        """What bounds a command that begins now: what comes later is no part of it."""
        names = self._rows.names
        rows, dead = [
            (await self._rows.link.ask(f"STREAM.INFO.{name}"))["state"]["last_seq"] for name in (names.rows, names.dead)
        ]
        return DEAD * int(dead + 1) + int(rows)

    async def list_rows(self, wanted: RowFilter, after: int, until: int, limit: int) -> Slice[ListedRow]:
        """Up to so many of the rows that are wanted."""
        part, end = await self._slice(wanted, after, until)
        found = [self._listed(seen) for seen in self._those(part, wanted, wanted.states)][:limit]
        return Slice(found, len(found), end)

    async def count(self, wanted: RowFilter, action: str, after: int, until: int) -> Slice[Touched]:
        """What ``change`` would do."""
        chosen, end = await self._chosen(wanted, action, after, until)
        return _touched(chosen, end)

    async def change(self, wanted: RowFilter, action: str, now: int, due_at: int, after: int, until: int) -> Slice[Touched]:
        """Retries or drops rows that are not on the wire: those whose message is still the one that was seen, and tells them."""
        chosen, end = await self._chosen(wanted, action, after, until)
        return _touched(await self.each_barred(chosen, lambda seen: self._change(seen, action, now, due_at)), end)

    async def each_barred(self, chosen: Iterable[Seen], change: Callable[[Seen], Awaitable[bool]]) -> list[Seen]:
        """Changes each of these rows that is not on the wire, and keeps it from there meanwhile; those that were changed."""
        barred = [seen for seen in chosen if self._hand.bar(seen.row.id)]
        done: list[Seen] = []

        async def run(seen: Seen) -> None:
            if await change(seen):
                done.append(seen)

        try:
            await abreast(barred, run)
        finally:
            replaced = {seen.row.id: seen.number for seen in done if seen.state is not State.DEAD}
            for seen in barred:
                self._hand.lift(seen.row.id)
            await self._leasing.forget(replaced.items())  # nobody has had a turn since
        await self._rows.changed(replaced)
        return done

    async def _change(self, seen: Seen, action: str, now: int, due_at: int) -> bool:
        """Whether it was changed: somebody may have been faster, and the servers say so by the number of its message."""
        stream = self._rows.names.dead if seen.state is State.DEAD else self._rows.names.rows
        if action == "drop":
            gone = await self._rows.delete(stream, seen.number)
            if gone:
                await self._rows.give_back_key(seen.row)
            return gone
        message = self._rows.message(seen.row.retried(now, due_at))
        if seen.state is not State.DEAD and not seen.row.is_lone:
            return await self._rows.write_unless_changed(replace(message, last=seen.number))
        if not await self._rows.is_there(stream, seen.number):
            return False
        await self._rows.write_one_by_one([message])
        await self._rows.delete(stream, seen.number)
        return True

    async def status(self, after: int, until: int) -> Slice[Standing]:
        """How many rows are in which state."""
        part, end = await self._slice(RowFilter(), after, until)
        received: dict[tuple[str, State], list[int]] = {}
        for seen in part:
            received.setdefault((seen.row.tag, seen.state), []).append(seen.row.received_at)
        standing = [Standing(tag, state, len(times), min(times)) for (tag, state), times in sorted(received.items())]
        return Slice(standing, len(part), end)

    async def show(self, id: int) -> ShownRow | None:
        """One row; None where it is gone."""
        for seen in await self._named([id]):
            return {**self._listed(seen), "answer": seen.row.answer, "body": json_body(seen.row.body.decode())}
        return None

    async def expire(self, tag: str, destination: str, before: int, why: str, now: int) -> int:
        """Makes dead letters of rows of this destination whose age began before this time; how many."""

        async def bury(seen: Seen) -> bool:
            return await self._rows.bury(seen.row.changed(due_at=now, why=storable(why)), seen.number)

        old = [seen for seen in await self.queued(tag, destination, AT_ONCE) if seen.row.since < before]
        return len(await self.each_barred(old, bury))

    async def remove_dead(self, before: int) -> Mapping[str, int]:
        """Removes dead letters that were given up before this time; how many of each tag."""
        gone = Counter[str]()

        async def remove(seen: Seen) -> None:
            if await self._rows.delete(self._rows.names.dead, seen.number):
                gone[seen.row.tag] += 1

        buried = await self._read(f"{self._rows.names.dead}.row.>", 1, AT_ONCE, dead=True)
        await abreast([seen for seen in buried if seen.row.due_at < before], remove)
        return gone

    async def oldest(self, tag: str, destination: str) -> int | None:
        """Where the age of the oldest row begins that waits for this destination, of its first SLICE."""
        return min((seen.row.since for seen in await self.queued(tag, destination, SLICE)), default=None)

    async def queued(self, tag: str, destination: str, most: int) -> list[Seen]:
        """The first so many rows that wait for this destination, and are not on the wire."""
        names = self._rows.names
        rows = await self._read(f"{names.rows}.row.{place_of(tag, destination)}.>", 1, most, dead=False)
        alone = await self._read(f"{names.rows}.lone.>", 1, most, dead=False)
        rows += [seen for seen in alone if seen.row.place == (tag, destination)]
        return [seen for seen in rows if seen.state is State.QUEUED][:most]

    async def _slice(self, wanted: RowFilter, after: int, until: int) -> tuple[list[Seen], int | None]:
        if wanted.ids is not None:
            return (await self._named(wanted.ids) if not after else []), None
        names, part = self._rows.names, list[Seen]()
        if after < DEAD:
            for subject in (f"{names.rows}.row.>", f"{names.rows}.lone.>"):
                part += await self._read(subject, after + 1, SLICE, dead=False)
            part = sorted((seen for seen in part if seen.number <= until % DEAD), key=lambda seen: seen.number)[:SLICE]
        if len(part) < SLICE:
            dead = await self._read(f"{names.dead}.row.>", max(0, after - DEAD) + 1, SLICE - len(part), dead=True)
            part += [seen for seen in dead if seen.number < until // DEAD]
        return sorted(part, key=lambda seen: seen.row.id), max((seen.mark for seen in part), default=None)

    async def _read(self, subject: str, number: int, most: int, *, dead: bool) -> list[Seen]:
        names, found = self._rows.names, list[Found]()
        async for each in self._rows.link.read(names.dead if dead else names.rows, subject, number):
            found.append(each)
            if len(found) == most:
                break
        return await self._seen(found, dead=dead)

    async def _named(self, ids: Iterable[int]) -> list[Seen]:
        waiting = [each for id in ids if (each := await self._rows.find(id)) is not None]
        dead = [each for id in ids if (each := await self._rows.find_dead(id)) is not None]
        return [*await self._seen(waiting, dead=False), *await self._seen(dead, dead=True)]

    async def _seen(self, found: Sequence[Found], *, dead: bool) -> list[Seen]:
        elsewhere = await self._leased_elsewhere() if found and not dead else {}
        return [Seen(row, self._state(row, elsewhere, dead), each.number) for each, row in _read(found)]

    async def _leased_elsewhere(self) -> Mapping[int, int]:
        leases = (await self._rows.wires.all()).values()
        return {lease.id: lease.version for each in leases for lease in each}

    def _state(self, row: StoredRow, elsewhere: Mapping[int, int], dead: bool) -> State:
        if dead:
            return State.DEAD
        if self._hand.leased(row.id) is not None:
            return State.LEASED
        if self._hand.get(row.id) is None and elsewhere.get(row.id) == row.version:
            return State.LEASED
        return State.HELD if row.format > FORMAT else State.QUEUED

    async def _chosen(self, wanted: RowFilter, action: str, after: int, until: int) -> tuple[list[Seen], int | None]:
        part, end = await self._slice(wanted, after, until)
        states = [state for state in wanted.states if state in MAY[action]]
        return self._those(part, wanted, states), end

    def _those(self, part: Iterable[Seen], wanted: RowFilter, states: Sequence[State]) -> list[Seen]:
        return [seen for seen in part if seen.state in states and wanted.takes(seen.row.id, self._listed(seen))]

    def _listed(self, seen: Seen) -> ListedRow:
        row = seen.row
        return {
            "id": row_name(self._number, row.id),
            "tag": row.tag,
            "destination": row.destination,
            "state": STATES[seen.state],
            "received_at": row.received_at,
            "due_at": row.due_at,
            "attempts": row.attempts + (seen.state is State.LEASED),
            "crashes": row.crashes,
            "client_id": row.client_id,
            "event_name": row.event_name,
            "why": row.why,
        }


def _read(found: Iterable[Found]) -> Iterable[tuple[Found, StoredRow]]:
    """Those that are rows: somebody else may have written there too."""
    return ((each, row) for each in found if (row := StoredRow.read_if_any(each.data)) is not None)


def _touched(rows: Sequence[Seen], end: int | None) -> Slice[Touched]:
    counted = Counter((*seen.row.place, STATES[seen.state]) for seen in rows)
    return Slice([Touched(*which, number) for which, number in sorted(counted.items())], len(rows), end)
