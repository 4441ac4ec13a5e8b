"""An operator's look at the rows, and what is changed by it, slice by slice.

A slice begins behind a mark, which is the number of a message: those of rows that wait come first, and behind ``DEAD`` those of
dead letters. A row that is changed gets a new message, behind all others. ``until`` bounds both, as ``last`` gives it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from server.outbox.jetstream.abreast import abreast
from server.outbox.jetstream.ending import Condemned, Ending
from server.outbox.jetstream.errors import NoRoom, Refused
from server.outbox.jetstream.hand import Hand
from server.outbox.jetstream.leasing import Leasing
from server.outbox.jetstream.link import Found
from server.outbox.jetstream.names import consumer_of
from server.outbox.jetstream.rows import Rows
from server.outbox.jetstream.seen import DEAD, Seen, condemned_in, rows_in
from server.outbox.jetstream.stored import StoredRow
from server.outbox.row import FORMAT, State, json_body, row_name
from server.outbox.selection import MAY, STATES, ListedRow, RowFilter, ShownRow, Slice, Standing, Touched

SLICE: Final = 1000
"""Rows that are looked at in one go."""


class Browse:
    """Over the rows as one replica knows them. ``number`` is the store's. All raises OutboxError where no server answers."""

    def __init__(self, rows: Rows, hand: Hand, leasing: Leasing, number: int) -> None:
        self._rows = rows
        self._ending = Ending(rows)
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
        keyed = [seen for seen in chosen if action == "drop" and seen.state is not State.DEAD and seen.row.once is not None]
        others = [seen for seen in chosen if seen not in keyed]
        done = await self.each_barred(others, lambda seen: self._change(seen, action, now, due_at))
        return _touched(done + await self.each_ended(keyed, lambda seen: self._ending.drop(seen.row, seen.number)), end)

    async def each_ended(self, chosen: Collection[Seen], condemn: Callable[[Seen], Awaitable[Condemned | None]]) -> list[Seen]:
        """Ends each of these rows, but for those that got on the wire meanwhile: those stay. Those that it ended."""
        verdicts: dict[int, Condemned] = {}
        ended: list[Seen] = []

        async def begin(seen: Seen) -> bool:
            condemned = await condemn(seen)
            if condemned is not None:
                verdicts[seen.row.id] = condemned
            return condemned is not None

        async def end(seen: Seen) -> None:
            if on_wire.get(seen.row.id) == seen.row.version:
                await self._ending.withdraw(verdicts[seen.row.id], seen.row)
            else:
                await self._ending.complete(verdicts[seen.row.id])
                ended.append(seen)

        done = await self.each_barred(chosen, begin)
        on_wire = await self._leased_elsewhere(of_others=True) if done else {}
        await abreast(done, end)
        return ended

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
        names, is_dead = self._rows.names, seen.state is State.DEAD
        if action == "drop":
            return await self._rows.delete(names.dead if is_dead else names.rows, seen.number)
        row = seen.row.retried(now, due_at)
        if is_dead:
            return await self._ending.revive(row, seen.number)
        return await self._ending.replace(row, Found(self._rows.message(seen.row).subject, seen.number, b""))

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
            row = seen.row
            return {
                **self._listed(seen),
                "request": row.event_group,
                "position": row.position,
                "answer": row.answer,
                "body": json_body(row.body.decode()),
            }
        return None

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
        shown = sorted((seen for seen in part if seen.shown), key=lambda seen: seen.row.id)
        return shown, max((seen.mark for seen in part), default=None)

    async def read_on(self, subject: str, number: int, most: int, *, dead: bool) -> tuple[list[Seen], int | None]:
        """The rows in up to so many messages from this one on, and from which on there may be more; None where there are none."""
        names, found = self._rows.names, list[Found]()
        async for each in self._rows.link.read(names.dead if dead else names.rows, subject, number):
            found.append(each)
            if len(found) == most:
                break
        begun = [] if dead else await self._end_what_was_begun(found)
        more = found[-1].number + 1 if len(found) == most else None
        return [*await self._seen(found, dead=dead), *begun], more

    async def _read(self, subject: str, number: int, most: int, *, dead: bool) -> list[Seen]:
        return (await self.read_on(subject, number, most, dead=dead))[0]

    async def _named(self, ids: Iterable[int]) -> list[Seen]:
        waiting = [each for id in ids if (each := await self._ended(await self._rows.find(id), id)) is not None]
        dead = [each for id in ids if (each := await self._rows.find_dead(id)) is not None]
        return [*await self._seen(waiting, dead=False), *await self._seen(dead, dead=True)]

    async def _ended(self, found: Found | None, id: int) -> Found | None:
        """What there is of a row when a verdict about it is completed, if there is one."""
        condemned = None if found is None else condemned_in(found)
        if condemned is None:
            return found
        await self._ending.complete(condemned)
        return await self._rows.find(id)

    async def _end_what_was_begun(self, found: Iterable[Found]) -> list[Seen]:
        """Completes the verdicts among these; the rows that they are about, as they are then."""
        condemned = [each for message in found if (each := condemned_in(message)) is not None]

        async def complete(each: Condemned) -> None:
            with suppress(NoRoom, Refused):
                await self._ending.complete_found(each)

        await abreast(condemned, complete)
        return [Seen.ending(each) for each in condemned]

    async def _seen(self, found: Sequence[Found], *, dead: bool) -> list[Seen]:
        consumers = set() if dead else {consumer_of(each.subject) for each in found}
        elsewhere = await self._leased_elsewhere(consumers.pop() if len(consumers) == 1 else "*") if consumers else {}
        return [Seen(row, self._state(row, elsewhere, dead), each.number) for each, row in rows_in(found)]

    async def _leased_elsewhere(self, consumer: str = "*", *, of_others: bool = False) -> Mapping[int, int]:
        leases = [
            known
            for replica, known in (await self._rows.wires.all(consumer)).items()
            if not of_others or replica != self._leasing.replica
        ]
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


def _touched(rows: Sequence[Seen], end: int | None) -> Slice[Touched]:
    counted = Counter((*seen.row.place, STATES[seen.state]) for seen in rows)
    return Slice([Touched(*which, number) for which, number in sorted(counted.items())], len(rows), end)
