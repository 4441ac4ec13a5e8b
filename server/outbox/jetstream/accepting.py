"""What requests bring, written together: two batches are under way at a time, so that one is written while another fills."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from server.outbox.errors import KeyTaken, OutboxFailed, OutboxFull
from server.outbox.jetstream.errors import Refused, Unreachable
from server.outbox.jetstream.leasing import Leasing
from server.outbox.jetstream.link import MOST_TOGETHER, Message
from server.outbox.jetstream.names import batch_of
from server.outbox.jetstream.rows import Rows
from server.outbox.jetstream.stored import StoredRow
from server.outbox.store import Receipt

log = structlog.get_logger("tagyard")

AT_A_TIME: Final = 2
"""Batches under way. Each costs the servers some eight flushes beside its rows: more and smaller ones would cost more."""


@dataclass(slots=True)
class Acceptance:
    """The rows of one request, and by their ids the keys that are written with them."""

    receipt: Receipt
    rows: list[StoredRow]
    keys: Mapping[int, Message]


class Accepting:
    """``failed`` hears that the streams are gone, and ``full`` that there was no room."""

    def __init__(self, rows: Rows, leasing: Leasing, failed: Callable[[OutboxFailed], None], full: Callable[[], None]) -> None:
        self._rows = rows
        self._leasing = leasing
        self._failed = failed
        self._full = full
        self._waiting: list[Acceptance] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self.added = 0
        """Acceptances, since the beginning."""
        self._left = 0
        """Of those, how many wait no more."""

    def add(self, acceptance: Acceptance) -> None:
        """It is written by the next ``start``."""
        self._waiting.append(acceptance)
        self.added += 1

    def start(self) -> None:
        """Writes what waits, in equal parts as far as batches may leave: the rest follows them by itself."""
        loop = asyncio.get_running_loop()
        for free in range(AT_A_TIME - len(self._under_way), 0, -1):
            if self._waiting:
                task = loop.create_task(self._write(self._together(-(-len(self._waiting) // free))))
                self._under_way.add(task)
                task.add_done_callback(self._over)

    def stop(self) -> None:
        """Leaves everything as it is."""
        self._waiting, self._left = [], self.added
        for task in self._under_way:
            task.cancel()

    def refuse(self, error: Exception) -> None:
        """Nothing of what waits is written any more."""
        refused, self._waiting = self._waiting, []
        self._left += len(refused)
        for acceptance in refused:
            acceptance.receipt.refused(error)

    async def done(self, number: int) -> None:
        """Until so many of those that were added have been written, or refused; the ``start`` after them is over."""
        while self._left < number:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
        if self._under_way:
            await asyncio.wait(self._under_way)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self.start()

    def _together(self, most: int) -> Sequence[Acceptance]:
        """Takes up to so many from the front."""
        waiting, number, size = self._waiting, 1, _size(self._waiting[0])
        while number < most:
            size += _size(waiting[number])
            if size > MOST_TOGETHER:
                break
            number += 1
        together, self._waiting = waiting[:number], waiting[number:]
        self._left += number
        return together

    async def _write(self, together: Sequence[Acceptance]) -> None:
        error = await self._written(together)
        if isinstance(error, Refused | KeyTaken) and len(together) > 1:  # for the sake of one of them, which halving finds
            half = len(together) // 2
            await self._write(together[:half])
            await self._write(together[half:])
        else:
            _tell(together, error)

    async def _written(self, together: Sequence[Acceptance]) -> Exception | None:
        """Why nobody may be told that it is; None where it is."""
        try:
            places = Counter(row.place for acceptance in together for row in acceptance.rows)
            for place in places:
                await self._leasing.consumer(*place)
            for part in self._parts(together, places):
                await self._rows.write_new(part)
        except OutboxFailed as failure:
            self._failed(failure)
            return failure
        except OutboxFull as refusal:
            if not isinstance(refusal, Unreachable | KeyTaken | Refused):
                self._full()
            return refusal
        except Exception as mistake:  # whoever asked hears of it, and the next has its turn
            log.exception("rows could not be written to the outbox")
            return OutboxFull(f"the outbox could not be written: {type(mistake).__name__}")
        return None

    def _parts(self, together: Sequence[Acceptance], places: Mapping[tuple[str, str], int]) -> Iterator[Sequence[Message]]:
        """What is written at once: all of it, but for a request that is larger. A key is never in another part than its row."""
        part: list[Message] = []
        batches: dict[tuple[str, str], str] = {}
        for acceptance in together:
            for row in acceptance.rows:
                key = acceptance.keys.get(row.id)
                batch = batches.setdefault(row.place, batch_of(row.id, places[row.place]))
                message = self._rows.new(row, batch)
                messages = [message] if key is None else [key, message]
                if len(part) + len(messages) > MOST_TOGETHER:
                    yield part
                    part = []
                part += messages
        if part:
            yield part


def _tell(together: Sequence[Acceptance], error: Exception | None) -> None:
    for acceptance in together:
        if error is None:
            acceptance.receipt.committed()
        else:
            acceptance.receipt.refused(error)


def _size(acceptance: Acceptance) -> int:
    """Messages."""
    return len(acceptance.keys) + len(acceptance.rows)
