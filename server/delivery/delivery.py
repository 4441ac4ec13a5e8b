"""From an accepted request to settled rows: puts the parts of a delivery together, starts, stops and operates it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.component import Tag
from core.types import Payload
from server.delivery.acceptance import Accepted
from server.delivery.age import MaxAge
from server.delivery.answers import Answers, IsPersonal, Mask
from server.delivery.attempt import Attempts, Send
from server.delivery.batching import Batching
from server.delivery.board import Board
from server.delivery.condition import Condition
from server.delivery.dead_letters import DeadLetters
from server.delivery.destination import Destination
from server.delivery.entrance import Entrance
from server.delivery.events import DeliveryEvents
from server.delivery.health import health
from server.delivery.settling import Settling
from server.delivery.suspects import Suspects
from server.delivery.upkeep import Upkeep
from server.outbox import Outbox, OutboxFull
from server.outbox.commands import operate
from server.outbox.selection import Touched
from server.outbox.store import Store

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
        self._random = random
        self.board = board = Board(outbox, self._destination, clock, steady, failed)
        age = MaxAge(max_age)
        self.suspects = Suspects(board)
        self.entrance = Entrance(board)
        self._mask = mask
        self._answers = Answers(mask, is_personal)
        self._dead_letters = DeadLetters(steady, mask)
        settling = Settling(board, random, age, self._answers, watch, self._dead_letters)
        self._attempts = Attempts(board, settling, self.suspects, tags, send, watch)
        self.upkeep = Upkeep(board, self.suspects, age, self._dead_letters, dead_max_age)

    def start(self) -> None:
        """Begins to write and to deliver what the file holds."""
        self.board.outbox.keys.failed = self.board.fail
        self.board.begin()
        self.upkeep.start()

    @property
    def full(self) -> bool:
        """Nothing new is taken now."""
        board = self.board
        outbox = board.outbox
        return board.stopped or outbox.capacity.full or outbox.failure is not None

    def accept(self, deliveries: Sequence[tuple[str, Payload]]) -> asyncio.Future[Accepted]:
        """Done when every one of these payloads of one request is flushed to the disk, and gives those that were left out as
        duplicates. Raises OutboxFull or OutboxFailed.

        The future may be dropped: the rows are written and delivered all the same.
        """
        board = self.board
        outbox = board.outbox
        if board.stopped or outbox.capacity.full or outbox.failure is not None:
            raise self._closed()
        return self.entrance.accept(deliveries)

    def accept_again(self, tag: str, payload: Payload) -> tuple[int, asyncio.Future[Accepted]]:
        """A payload that was accepted before, whatever its key: the id of its new row, and a future that is done when it is
        flushed. Raises OutboxFull or OutboxFailed.
        """
        if self.full:
            raise self._closed()
        return self.entrance.accept_again(tag, payload)

    def _closed(self) -> Exception:
        """Why nothing is taken now."""
        board, outbox = self.board, self.board.outbox
        return outbox.failure or OutboxFull("stopping" if board.stopped else outbox.capacity.cut_off or "the outbox is full")

    def use(self, tags: Mapping[str, Tag]) -> None:
        """Takes the tags of another configuration; attempts that have begun end with the old ones."""
        self._attempts.tags = tags
        self._answers.forget()
        for destination in self.board.destinations.values():
            destination.use(self._batching(destination.tag))

    async def stop(self, grace: float) -> None:
        """Leases no more, waits at most ``grace`` seconds for what is on the wire, queues the rest again, and closes."""
        board = self.board
        board.stopped = True
        time = asyncio.get_running_loop().time
        ends_at = time() + grace
        await self.upkeep.stop()
        await self.entrance.close(grace)
        for destination in board.destinations.values():
            destination.hold()
        # On a disk without room nothing is flushed before there is some, or the files are closed.
        await asyncio.wait([asyncio.ensure_future(source.file.flush()) for source in board.sources], timeout=ends_at - time())
        left = max(0.0, ends_at - time())
        await asyncio.gather(*(destination.close(left) for destination in board.destinations.values()))
        await board.outbox.keys.close()
        for source in board.sources:
            await source.file.close()
        self._dead_letters.tell(last=True)

    def left(self) -> tuple[int, int]:
        """Rows of every file that wait, and dead letters."""
        dead = self.board.dead_letters().total()
        return self.board.rows_by_tag().total() - dead, dead

    def health(self) -> dict[str, Any]:
        """How it is, as JSON: ``accepting``, ``colour``, ``reasons``, ``destinations``, ``dead_letters``."""
        return health(self.board)

    async def operate(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """Obeys an operator; ``server.outbox.commands`` has them."""
        board = self.board
        files = [source.file for source in board.sources] if board.outbox.speaks else []
        return await operate(command, files, board.clock(), self._changed, board.steady())

    def _changed(self, file: Store, action: str, touched: Sequence[Touched]) -> None:
        if not touched:
            return  # and its file may be gone
        board = self.board
        source = next(source for source in board.sources if source.file is file)
        for rows in touched:
            destination = board.destination(rows.tag, rows.destination)
            if action == "retry":
                board.retried(source, destination, rows.state, rows.rows)
                destination.lift_pause()
                destination.backlog(source).due_by(board.steady())
            else:
                board.dropped(source, destination, rows.state, rows.rows)
        board.pump()

    def _destination(self, tag: str, address: str) -> Destination:
        condition, batching = Condition(tag, address, self._mask), self._batching(tag)
        return Destination(tag, address, SLOTS, self.board.steady, self._random, self._attempts, batching, condition)

    def _batching(self, tag: str) -> Batching:
        return Batching(self._attempts.tags.get(tag), self.board.clock)
