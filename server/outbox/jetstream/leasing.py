"""How rows come back from the stream: one consumer for each tag and destination, which all replicas share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any, Final

import structlog
from nats.aio.msg import Msg

from server.outbox.errors import OutboxError, OutboxFull
from server.outbox.jetstream.consumers import make_consumer
from server.outbox.jetstream.ending import Condemned, Ending
from server.outbox.jetstream.errors import Unreachable
from server.outbox.jetstream.hand import Hand, Held, later
from server.outbox.jetstream.link import Link
from server.outbox.jetstream.names import Names, place_of
from server.outbox.jetstream.portions import may_be_cut, portion, size
from server.outbox.jetstream.rows import NO_ROOM, Rows
from server.outbox.jetstream.stored import StoredRow
from server.outbox.jetstream.verdict import Verdict
from server.outbox.limits import LONGEST_ASKED_WAIT, UNREADABLE
from server.outbox.row import Row
from server.outbox.store import Leased, Suspect

log = structlog.get_logger("tagyard")

BESIDE: Final = 256
"""Rows that are taken into hand beside those that are leased at once, so that the next lease asks no server."""

SOON: Final = 5_000_000
"""Microseconds: what is due later goes back, so that any replica may have it then."""

FULL_FOR: Final = 50_000
"""Microseconds after which it is seen whether there is room in the hand again."""

DOES_THE_REST: Final = 10_000_000
"""Microseconds that the author of a verdict has for what follows from it, before whoever gets it does that."""

MOST_IN_HANDS: Final = 65_536
"""Rows of a tag and a destination that all replicas together have in hand, or wait to be tried again, at most."""

LONE: Final = "lone"
"""The consumer of rows that are sent alone."""

_SECOND: Final = 1_000_000_000

COMES_WITHIN: Final = _SECOND // 5
"""Nanoseconds that rows are waited for which were written and are not there yet."""


class Leasing:
    """Of one replica. ``wait``: seconds after which the servers give a row to another replica that they have not heard of."""

    def __init__(self, rows: Rows, hand: Hand, replica: int, wait: float) -> None:
        self._rows = rows
        self._link: Link = rows.link
        self._names: Names = rows.names
        self._hand = hand
        self.replica = replica
        self._wait = wait
        self._known: set[str] = set()

    async def lease(self, tag: str, destination: str, now: int, limit: int) -> Leased:
        """Leases up to so many rows of this destination that are due, of those in hand first what was due first.

        Raises OutboxError.
        """
        consumer = await self.consumer(tag, destination)
        self._hand.forget_what_is_old(consumer)
        waiting = len(self._hand.ready(consumer))
        more = 0 if waiting >= limit else await self._fetch(consumer, limit + BESIDE - waiting)
        ready = self._hand.ready(consumer)
        due = [held for held in ready if held.due_at <= now][:limit]
        rows, unreadable = await self._begin(due)
        left = [held for held in ready if not held.leased and self._hand.get(held.row.id) is held]
        next_due = min((held.due_at for held in left), default=None if more is None else now + more)
        await self._give_back([held for held in left if held.due_at > now + SOON], now)
        return Leased(rows, next_due, unreadable)

    async def consumer(self, tag: str, destination: str) -> str:
        """The consumer of a tag and a destination, which is made where there is none. Raises OutboxError."""
        consumer = place_of(tag, destination)
        await self._make(consumer, self._names.rows_at(consumer), {"tag": tag, "destination": destination})
        return consumer

    async def lease_one(self, suspect: Suspect) -> Leased:
        """Leases this row, if it is there and waits. Raises OutboxError."""
        self._hand.forget_what_is_old(LONE)
        if self._hand.get(suspect.id) is None:
            await self._fetch_alone()
        held = self._hand.get(suspect.id)
        rows, unreadable = await self._begin([held] if held is not None and self._hand.may_leave(held) else [])
        return Leased(rows, None, unreadable)

    async def take_alone(self, suspects: Iterable[Suspect]) -> list[Suspect]:
        """Takes into hand what is to be sent alone and nobody has; those of these that wait in this hand. Raises OutboxError.

        So each is known to one replica, which holds it no longer than other rows, and passes it on then.
        """
        await self._fetch_alone()
        mine = ((suspect, self._hand.get(suspect.id)) for suspect in suspects)
        return [suspect for suspect, held in mine if held is not None and self._hand.may_leave(held)]

    async def _fetch_alone(self) -> None:
        self._hand.forget_what_is_old(LONE)
        await self._make(LONE, [f"{self._names.rows}.lone.*.*"], {})
        await self._fetch(LONE, BESIDE - len(self._hand.ready(LONE)))

    async def _make(self, consumer: str, subjects: list[str], metadata: dict[str, str]) -> None:
        if consumer not in self._known:
            settings = {"ack_wait": int(self._wait * _SECOND), "max_ack_pending": MOST_IN_HANDS, "metadata": metadata}
            await make_consumer(self._link, self._names.rows, consumer, subjects, settings)
            self._known.add(consumer)

    async def _fetch(self, consumer: str, most: int) -> int | None:
        """Takes up to so many rows into hand, as far as their bytes find room there.

        In how many microseconds there may be more; None where there is none.
        """
        largest = self._link.client.max_payload
        most_bytes = portion(self._hand.bytes(consumer), largest)
        if most <= 0 or not most_bytes:
            return FULL_FOR if most > 0 else 0
        coming = self._rows.coming.pop(consumer, 0)
        messages: list[Msg] = []
        cut = False
        try:
            while not cut:
                left, left_bytes = most - len(messages), most_bytes - size(messages)
                messages += await self._next(consumer, {"batch": left, "no_wait": True, "max_bytes": left_bytes})
                cut = len(messages) == most or may_be_cut(messages, most_bytes, largest)
                if cut or len(messages) >= min(coming, most):
                    break
                late = await self._next(consumer, {"batch": 1, "expires": COMES_WITHIN})
                if not late:
                    break  # others have got them
                messages += late
        finally:  # what came before a server was lost is here, and comes to nobody else for a while
            for message in messages:
                await self._take(consumer, message)
        if cut and coming > len(messages):
            self._rows.coming[consumer] += coming - len(messages)
        return 0 if cut else None

    async def _take(self, consumer: str, message: Msg) -> None:
        number, written_at = _place_in(message.reply)
        verdict, row = Verdict.read_if_any(message.data), StoredRow.read_if_any(message.data)
        if verdict is not None:
            await self._end(Condemned(verdict, number), message.reply)
            return
        if row is None:
            log.error("a message of the outbox's stream is no row", stream=self._names.rows, number=number)
            await self._link.say(message.reply, later(LONGEST_ASKED_WAIT))
            return
        due_at = self._link.clock.ours(min(row.due_at, written_at + LONGEST_ASKED_WAIT))
        if not row.version:
            due_at = self._link.clock.no_later(due_at)
        self._hand.take(Held(row, consumer, number, message.reply, self._hand.clock(), due_at))

    async def _end(self, condemned: Condemned, reply: str) -> None:
        """Completes a verdict that comes for the second time: its author is dead, or else it were gone."""
        with contextlib.suppress(OutboxFull):
            if _deliveries(reply) == 1:
                await self._link.say(reply, later(DOES_THE_REST))
            else:
                await Ending(self._rows).complete_found(condemned)

    async def forget(self, rows: Iterable[tuple[int, int]]) -> None:
        """Rows are no longer what they were until a message of this number; what there is of them comes. Raises Unreachable."""
        stale = [held for id, number in rows if (held := self._hand.replaced(id, number)) is not None]
        for held in stale:
            await self._link.say(held.reply, later(0))

    async def _next(self, consumer: str, wanted: dict[str, Any]) -> list[Msg]:
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._names.rows}.{consumer}"
        try:
            return await self._link.gather(subject, wanted, wanted["batch"], partial=True)
        except Unreachable:
            self._known.discard(consumer)  # it may be gone, too
            raise

    async def _begin(self, due: list[Held]) -> tuple[list[Row], list[int]]:
        """Counts an attempt for these rows, where everybody may read it, before they are on the wire."""
        for held in due:
            held.leased = True
        try:
            for consumer in {held.consumer for held in due}:
                await self._rows.wires.tell(self.replica, consumer, self._hand)
        except OutboxError:
            for held in due:
                self._hand.stays(held.row.id)
            raise
        rows: list[Row] = []
        unreadable: list[int] = []
        for held in self._hand.forget_what_is_replaced(due):  # whoever has replaced it may not have seen that it is on the wire
            due.remove(held)
        for held in sorted(due, key=lambda held: held.row.id):
            try:
                rows.append(held.row.leased())
            except (ValueError, TypeError):
                unreadable.append(held.row.id)
        return rows, [id for id in unreadable if await self._bury_unreadable(self._hand[id])]

    async def _bury_unreadable(self, held: Held) -> bool:
        """Whether it is a dead letter now. Where the servers do not take that the row comes back after a while."""
        try:
            return await Ending(self._rows).give_up(held.row.changed(why=UNREADABLE, attempts=held.row.attempts + 1), held.number)
        except OutboxFull:
            with contextlib.suppress(Unreachable):
                await self._link.say(held.reply, later(NO_ROOM))
            return False
        finally:
            self._hand.drop(held.row.id)

    async def give_back_what_is_ready(self) -> None:
        """Others may have at once what is in hand and not on the wire. Raises Unreachable."""
        for held in self._hand:
            if not held.leased:
                await self._link.say(held.reply, later(0))
                self._hand.drop(held.row.id)

    async def _give_back(self, rows: list[Held], now: int) -> None:
        """What cannot be said now is held, and given back later."""
        with contextlib.suppress(Unreachable):
            for held in rows:
                await self._link.say(held.reply, later(held.due_at - now))
                self._hand.drop(held.row.id)


def _deliveries(reply: str) -> int:
    """How often the servers have given it to somebody, this time included."""
    parts = reply.split(".")
    return int(parts[6] if len(parts) > 9 else parts[4])


def _place_in(reply: str) -> tuple[int, int]:
    """The number of a message, and when it was written (microseconds, by the servers' clock), by where they hear of it.

    That is ``$JS.ACK[.DOMAIN.HASH].STREAM.CONSUMER.DELIVERIES.NUMBER.ORDER.TIME.PENDING``.
    """
    parts = reply.split(".")
    number, time = (parts[7], parts[9]) if len(parts) > 9 else (parts[5], parts[7])
    return int(number), int(time) // 1000
