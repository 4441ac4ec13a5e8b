"""A replica among others: its number, the word that it lives, and the rows of those that do not live any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from math import inf
from typing import Final, TypeAlias

import structlog

from server.outbox.errors import OutboxError, OutboxFull
from server.outbox.jetstream.ending import Ending
from server.outbox.jetstream.hand import STILL, Hand, later
from server.outbox.jetstream.link import Link, Message
from server.outbox.jetstream.names import Names, replica_in
from server.outbox.jetstream.numbering import next_number
from server.outbox.jetstream.rows import Rows
from server.system.clock import elapsed

log = structlog.get_logger("tagyard")

Clock: TypeAlias = Callable[[], float]

LIVES: Final = 10
"""Seconds after which a replica that has said nothing is dead."""

OPERATOR: Final = 0
"""The number of nobody: of one who works on rows beside the replicas, and is none."""

_TURN: Final = 3.0
"""Seconds between two words that it lives."""

_GAP: Final = 2 * _TURN
"""Seconds between two words after which it may be the servers that were away, and others may have been silent for that."""

_HOLDS: Final = 6.0
"""Seconds that a row is held ready: its destination may be paused here, and free elsewhere."""


class Replica:
    """``number`` is its own: no other has had it, and none will.

    It takes nobody for dead before it has itself been heard for ``patience`` seconds without a gap: when servers come back that
    were away, all words have expired, and whoever lives says so again within that time. ``clock`` gives seconds.
    """

    def __init__(self, link: Link, names: Names, number: int, patience: float = LIVES, clock: Clock = elapsed) -> None:
        self.number = number
        self._patience = patience
        self._clock = clock
        self._heard_at = -inf
        self._heard_since = inf
        self.eldest = False
        """Whether no replica that lives has begun before it, as of the last look: what one of them is to do, it does."""
        self._link = link
        self._names = names
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def begin(cls, link: Link, names: Names, patience: float = LIVES, clock: Clock = elapsed) -> Replica:
        """A new one, which lives. Raises OutboxError."""
        replica = cls(link, names, await next_number(link, names), patience, clock)
        await replica.live()
        return replica

    async def live(self) -> None:
        """Says that it lives. Raises OutboxError."""
        await self._link.write(Message(self._names.alive(self.number), b"", lives=LIVES))
        now = self._clock()
        if now - self._heard_at > _GAP:
            self._heard_since = now
        self._heard_at = now

    @property
    def _may_judge(self) -> bool:
        now = self._clock()
        return now - self._heard_at <= _GAP and now - self._heard_since >= self._patience

    async def bury(self, rows: Rows) -> None:
        """Takes over what dead replicas have had on the wire. Raises OutboxError."""
        said = await self._look()
        alive = {replica_in(subject) for subject in said if subject == self._names.alive(replica_in(subject))}
        self.eldest = self.number == min(alive, default=0)
        if self.number not in alive:
            self._heard_at = -inf  # so others may be silent for the same reason
        if not self._may_judge:
            return
        for number in {replica_in(subject) for subject in said} - alive:
            leases = await rows.wires.of(number)
            if leases:
                log.warning("a replica is dead; what it had on the wire is sent by the others", replica=number, rows=len(leases))
            await Ending(rows).take_over(number, leases)

    async def _look(self) -> Collection[str]:
        """Who has said something. Where that cannot be known another one may be the eldest by now."""
        try:
            said = await self._link.subjects(self._names.state, f"{self._names.state}.>")
            return [subject for subject in said if subject != self._names.replica]
        except OutboxError:
            self.eldest = False
            raise

    def start(self, rows: Rows, hand: Hand) -> None:
        """Goes on living, holds what is in hand, and looks after the others: however long one of them takes."""
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._ever(self.live)),
            loop.create_task(self._ever(lambda: self._hold(rows, hand))),
            loop.create_task(self._ever(lambda: self.bury(rows))),
        ]

    async def _ever(self, turn: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(_TURN)
            try:
                await turn()
            except OutboxFull:
                continue  # no server answers for now
            except Exception as error:  # the next turn may do better
                log.warning("the replicas of the outbox cannot be looked after", why=str(error))

    async def _hold(self, rows: Rows, hand: Hand) -> None:
        """Says what it has in hand still, and what is on the wire; what nobody has leased for a while others may have."""
        now = hand.clock()
        for held in hand:
            if held.leased or now - held.since < _HOLDS:
                await self._link.say(held.reply, STILL)
                continue
            hand.drop(held.row.id)
            if not held.is_old(now):
                await self._link.say(held.reply, later(0))
        await rows.wires.tell_what_is_left(self.number, hand)

    def stop(self) -> None:
        """Says no more that it lives."""
        for task in self._tasks:
            task.cancel()

    async def end(self, rows: Rows, hand: Hand) -> None:
        """It lives no more, and leaves to others what is on the wire. Raises OutboxError."""
        self.stop()
        if self.number == OPERATOR:
            return
        if len(hand):
            await rows.wires.tell_what_is_left(self.number, hand)
        else:
            await rows.wires.clear(self.number)
        await self._link.ask(f"STREAM.PURGE.{self._names.state}", {"filter": self._names.alive(self.number)})
