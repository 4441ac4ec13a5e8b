"""From an accepted request to settled rows: chooses the way of every row and keeps the destinations going."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from core.component import Tag
from core.types import Payload
from server.delivery.acceptance import Accepted
from server.delivery.answers import Answers, IsPersonal, Mask
from server.delivery.attempt import Attempts, Send
from server.delivery.destination import Destination
from server.delivery.entrance import Entrance
from server.delivery.events import DeliveryEvents
from server.delivery.health import health
from server.delivery.source import Job, Source
from server.delivery.upkeep import Upkeep
from server.outbox import Outbox, OutboxFull
from server.outbox.commands import operate
from server.outbox.selection import Touched
from server.outbox.store import Leased, Store, Suspect

SLOTS = 128
"""Requests that one destination may have on the wire."""


class Delivery:
    """The delivery of one worker. Everything happens on the event loop that ``start`` is called on.

    ``clock`` gives the time of day and ``steady`` one that never jumps, both in microseconds: ages go by the first, pauses and
    delays by the second. ``random`` gives a number below 1, ``send`` the vendor's answer or a TransportError. ``max_age`` is in
    seconds, as is ``dead_max_age``, after which dead letters are removed; None keeps them. ``failed`` hears once that the outbox
    cannot be written any more: the process has to end. ``watch`` is told of every attempt. ``mask`` and ``is_personal`` keep
    secrets and personal data out of what is kept of an answer.
    """

    def __init__(
        self,
        outbox: Outbox,
        tags: Mapping[str, Tag],
        send: Send,
        *,
        clock: Callable[[], int],
        steady: Callable[[], int],
        random: Callable[[], float],
        max_age: float,
        failed: Callable[[str], None],
        watch: DeliveryEvents | None = None,
        dead_max_age: float | None = None,
        mask: Mask = lambda text: text,
        is_personal: IsPersonal = lambda _: False,
    ) -> None:
        self.outbox = outbox
        self.clock = clock
        self.steady = steady
        self.destinations: dict[tuple[str, str], Destination] = {}
        self.own = Source(outbox.own)
        self.sources = [self.own]
        self.entrance = Entrance(self)
        self._random = random
        self._failed = failed
        self._stopped = False
        answers = Answers(mask, is_personal)
        self._attempts = Attempts(tags, send, clock, steady, random, max_age, self._finished, answers, watch)
        self._upkeep = Upkeep(self, dead_max_age)

    def start(self) -> None:
        """Begins to write and to deliver what the file holds."""
        self._loop = asyncio.get_running_loop()
        self.outbox.keys.failed = self.fail
        self._take(self.own)
        self._upkeep.start()

    @property
    def full(self) -> bool:
        """Nothing new is taken now."""
        return self._stopped or self.outbox.full

    def accept(self, deliveries: Sequence[tuple[str, Payload]]) -> asyncio.Future[Accepted]:
        """Done when every one of these payloads of one request is flushed to the disk, and gives those that were left out as
        duplicates. Raises OutboxFull or OutboxFailed.

        The future may be dropped: the rows are written and delivered all the same.
        """
        if self._stopped or self.outbox.full:
            raise self.outbox.failure or OutboxFull("stopping" if self._stopped else "the outbox is full")
        return self.entrance.accept(deliveries)

    def use(self, tags: Mapping[str, Tag]) -> None:
        """Takes the tags of another configuration; attempts that have begun end with the old ones."""
        self._attempts.tags = tags

    async def stop(self, grace: float) -> None:
        """Leases no more, waits at most ``grace`` seconds for what is on the wire, queues the rest again, and closes."""
        self._stopped = True
        time = asyncio.get_running_loop().time
        ends_at = time() + grace
        await self._upkeep.stop()
        await self.entrance.close(grace)
        for destination in self.destinations.values():
            destination.hold()
        # On a disk without room nothing is flushed before there is some, or the files are closed.
        await asyncio.wait([asyncio.ensure_future(source.file.flush()) for source in self.sources], timeout=ends_at - time())
        left = max(0.0, ends_at - time())
        await asyncio.gather(*(destination.close(left) for destination in self.destinations.values()))
        await self.outbox.keys.close()
        for source in self.sources:
            await source.file.close()

    @property
    def expiry(self) -> tuple[int, str]:
        """Rows whose age began before this time are too old, and how that is put."""
        return self._attempts.expiry

    def rows_by_tag(self) -> Counter[str]:
        """Rows of every file by tag, dead letters included."""
        return sum((source.tags for source in self.sources), Counter())

    def dead_letters(self) -> Counter[str]:
        """Dead letters of every file by tag."""
        return sum((source.dead for source in self.sources), Counter())

    @property
    def removed(self) -> Mapping[str, int]:
        """By tag, dead letters that were removed since they were older than they may become."""
        return self._upkeep.removed

    def oldest(self, destination: Destination) -> int | None:
        """When the oldest row that waits here was received, as of half a minute ago."""
        return self._upkeep.oldest.get((destination.tag, destination.address)) if destination.pending else None

    @property
    def notes(self) -> Mapping[str, Mapping[str, int]]:
        """By tag, what it noted of what was delivered, and how often."""
        return self._attempts.notes

    def health(self) -> dict[str, Any]:
        """How it is, as JSON: ``accepting``, ``colour``, ``reasons``, ``destinations``, ``dead_letters``."""
        return health(self)

    async def operate(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """Obeys an operator; ``server.outbox.commands`` has them."""
        return await operate(command, [source.file for source in self.sources], self.clock(), self._changed, self.steady())

    def _changed(self, file: Store, action: str, touched: Sequence[Touched]) -> None:
        if not touched:
            return  # and its file may be gone
        source = next(source for source in self.sources if source.file is file)
        for rows in touched:
            destination = self.destination(rows.tag, rows.destination)
            self._recount(source, destination, rows, action)
            if action == "retry":
                destination.lift_pause()
                destination.backlog(source).due_by(self.steady())
        for destination in self.destinations.values():
            destination.pump()

    @staticmethod
    def _recount(source: Source, destination: Destination, changed: Touched, action: str) -> None:
        state, rows = changed.state, changed.rows
        source.dead[destination.tag] -= rows * (state == "dead")
        source.held -= rows * (state == "held")
        source.tags[destination.tag] -= rows * (action == "drop" and state != "held")
        destination.pending += rows * ((action == "retry") - (state == "queued"))

    def adopt(self, file: Store) -> None:
        """Delivers what is in a file that somebody left behind; nothing new is put there."""
        source = Source(file)
        self.sources.append(source)
        self._take(source)

    async def let_go(self, source: Source) -> None:
        """Removes an adopted file that is empty."""
        self.sources.remove(source)
        for destination in self.destinations.values():
            destination.forget(source)
        await source.file.close_and_unlink()

    def _take(self, source: Source) -> None:
        source.file.failed = self.fail
        source.learn()
        source.file.start(self._loop)
        for waiting in source.file.found.waiting:
            destination = self.destination(waiting.tag, waiting.destination)
            destination.pending += waiting.rows
            destination.backlog(source).due_by(waiting.due_at)
        for lone in source.file.found.lone:
            self.destination(lone.tag, lone.destination).pending += 1
        for destination in self.destinations.values():
            destination.pump()

    def destination(self, tag: str, address: str) -> Destination:
        """The destination of this tag and address, made where there is none yet."""
        destination = self.destinations.get((tag, address))
        if destination is None:
            make, together = self._attempts.make, partial(self._attempts.together, tag)
            destination = Destination(tag, address, SLOTS, self.steady, self._random, make, together)
            self.destinations[tag, address] = destination
        return destination

    def _finished(self, destination: Destination, job: Job) -> None:
        """A job has given everything back: who is next?"""
        destination.release(job.source, waited=job.waited)
        if job.lone is not None:
            self._lone_over(job.source)
        else:
            destination.pump_if_waiting()

    def begin_alone(self, source: Source) -> None:
        """If a row that is sent alone is due and may leave, clears the wire for it."""
        now = self.steady()
        if source.lone and not source.quiet and source.lone[0][0] <= now and source.lone_not_before <= now:
            lone = source.lone[0][1]
            if self.destination(lone.tag, lone.destination).is_open(now):
                source.quiet = True
                source.when_clear = lambda: self._send_alone(source)
                source.release(0)
            else:
                source.wait_alone(heapq.heappop(source.lone)[1], now + 1_000_000)

    def _send_alone(self, source: Source) -> None:
        if self._stopped:
            return
        lone = heapq.heappop(source.lone)[1]
        destination = self.destination(lone.tag, lone.destination)
        destination.reserve(source)
        source.lone_began = self.steady()
        source.file.lease_one(lone, lambda leased: self._alone(source, destination, lone, leased))

    def _alone(self, source: Source, destination: Destination, lone: Suspect, leased: Leased | Exception) -> None:
        if isinstance(leased, Leased) and leased.rows:
            destination.run(Job(source, list(leased.rows), lone))
            return
        if isinstance(leased, Leased):
            destination.lost(source, leased.unreadable)
        destination.release(source)
        self._lone_over(source)

    def _lone_over(self, source: Source) -> None:
        """The others get as long a turn as the lone row had."""
        now = self.steady()
        turn = now - source.lone_began
        source.quiet = False
        source.lone_not_before = now + turn
        self._loop.call_later(turn / 1_000_000, self.begin_alone, source)
        for destination in self.destinations.values():
            destination.pump()

    def fail(self, error: Exception) -> None:
        """Accepts nothing any more; the first reason is told."""
        if self.outbox.failure is None:
            self.outbox.failure = error
            self._failed(str(error))
