"""What is done now and then beside the deliveries: measuring, parking what is too old, removing what was given up long ago,
adopting, sending alone, giving keys back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

from server.delivery.age import MaxAge
from server.delivery.board import Board
from server.delivery.dead_letters import DeadLetters
from server.delivery.destination import Destination
from server.delivery.lacking import NO_TAG
from server.delivery.source import Source
from server.delivery.suspects import Suspects
from server.outbox import OutboxFull
from server.system.descriptors import is_shortage

log = structlog.get_logger("tagyard")

EVERY = 1.0
"""Seconds between two measurements."""

_NO_DESCRIPTOR = "no file descriptor was left"

ADOPT_EVERY = 30
"""Measurements between two looks for files that nobody holds."""


class Upkeep:
    """Two background tasks: rounds, one a second and the first at once, and the giving back of keys, which may take longer."""

    def __init__(
        self, board: Board, suspects: Suspects, max_age: MaxAge, dead_letters: DeadLetters, dead_max_age: float | None = None
    ) -> None:
        self._board = board
        self._suspects = suspects
        self._max_age = max_age
        self._dead_letters = dead_letters
        self._dead_max_age = dead_max_age

    def start(self) -> None:
        """Begins. Keys are given back apart from the rest, which does not wait for them."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._run(self._rounds)), loop.create_task(self._run(self._give_keys_back))]

    async def stop(self) -> None:
        """Ends; a round that has begun is cut off between two steps."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, each: Callable[[int], Awaitable[None]]) -> None:
        number, lacking = 0, False
        while True:
            try:
                await each(number)
                lacking = False
            except Exception as error:
                if not (is_shortage(error) or isinstance(error, OutboxFull)):
                    self._board.fail(error)
                    return
                if not lacking:
                    why = _NO_DESCRIPTOR if is_shortage(error) else str(error)
                    log.warning("the outbox cannot be looked after for now", why=why)
                lacking = True
            number += 1
            await asyncio.sleep(EVERY)

    async def _rounds(self, number: int) -> None:
        if number % ADOPT_EVERY == 0:
            await self.slow_round()
        await self.round()

    async def _give_keys_back(self, _: int) -> None:
        for source in list(self._board.sources):
            await self.give_keys_back(source)

    async def give_keys_back(self, source: Source) -> None:
        """Whoever sends again what became a dead letter, or was dropped, is heard. Raises OutboxFailed."""
        if source not in self._board.sources:
            return
        lost = await source.file.lost_keys()
        if lost:
            await self._board.outbox.keys.release(source.file.number, lost)
            await source.file.given_back(lost)

    async def round(self) -> None:
        """Measures the room and lets rows that are sent alone have their turn. Raises OutboxFailed."""
        board = self._board
        await board.outbox.measure(board.rows_by_tag())
        for source in board.sources:
            found = await source.file.census()
            if found is not None:
                board.recounted(source, found)
        for source in board.sources:
            self._suspects.begin(source)
        self._dead_letters.tell()

    async def slow_round(self) -> None:
        """Adopts and lets go of files, and parks what is too old. Raises OutboxFailed."""
        board = self._board
        for file in await board.outbox.adopt({source.file.number for source in board.sources}, board.steady()):
            board.adopt(file)
        for source in [source for source in board.sources[1:] if source.empty]:
            if not await source.file.lost_keys():
                await board.let_go(source)
        found: dict[tuple[str, str], int] = {}
        for key, destination in list(board.destinations.items()):
            ages = [await self._look_after(destination, backlog.source) for backlog in list(destination.backlogs)]
            found |= {key: min(known)} if (known := [age for age in ages if age is not None]) else {}
        board.oldest = found
        if self._dead_max_age is not None:
            await self._remove_dead(board.clock() - int(self._dead_max_age * 1_000_000))

    async def _remove_dead(self, before: int) -> None:
        """Slice by slice, so that nobody's acceptance waits for it."""
        removed: Counter[str] = Counter()
        for source in list(self._board.sources):
            while tags := await source.file.remove_dead(before):
                self._board.outlived(source, tags)
                removed.update(tags)
        for tag, rows in removed.items():
            log.warning("dead letters were removed for their age", tag=tag, rows=rows)

    async def _look_after(self, destination: Destination, source: Source) -> int | None:
        why, now = self._max_age.why, self._board.clock()
        if destination.leaves(source):
            why += f"; tag gone: {NO_TAG}"
        before, tag, address = now - self._max_age.length, destination.tag, destination.address
        while parked := await source.file.expire(tag, address, before, why, now):
            self._board.parked(source, destination, parked)
            self._dead_letters.several(tag, parked, why)
        return await source.file.oldest(tag, address)
