"""What requests bring, written together: one batch fills while the one before is written."""

from __future__ import annotations

import asyncio
import contextlib
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

LINGER: Final = 0.002
"""Seconds that a batch waits at most until it has as many requests as the one before: visitors who wait for one another's batches
come back together, and each batch costs the servers some eight flushes beside its rows.
"""


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
        self._enough = asyncio.Event()
        """So many wait as the batch before has had."""
        self._before = 0
        self._under_way: asyncio.Task[None] | None = None
        self.added = 0
        """Acceptances, since the beginning."""
        self._over = 0
        """Of those, how many were written, or refused."""

    def add(self, acceptance: Acceptance) -> None:
        """It is written by the next ``start``."""
        self._waiting.append(acceptance)
        self.added += 1
        if len(self._waiting) >= self._before:
            self._enough.set()

    def start(self) -> None:
        """Writes what waits, when the batch before is done: what comes meanwhile follows by itself."""
        if self._waiting and self._under_way is None:
            self._under_way = asyncio.get_running_loop().create_task(self._write_next())
            self._under_way.add_done_callback(self._next)

    async def _write_next(self) -> None:
        if len(self._waiting) < self._before:
            self._enough.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LINGER):
                    await self._enough.wait()
        if self._waiting:
            together = self._together()
            self._before = len(together)
            await self._write(together)
            self._over += len(together)

    def stop(self) -> None:
        """Leaves everything as it is."""
        self._waiting, self._over = [], self.added
        if self._under_way is not None:
            self._under_way.cancel()

    def refuse(self, error: Exception) -> None:
        """Nothing of what waits is written any more."""
        refused, self._waiting = self._waiting, []
        self._over += len(refused)
        for acceptance in refused:
            acceptance.receipt.refused(error)

    async def done(self, number: int) -> None:
        """Until so many of those that were added have been written, or refused; the ``start`` after them is over."""
        while self._over < number and self._under_way is not None:
            await asyncio.wait({self._under_way})

    def _next(self, _: asyncio.Task[None]) -> None:
        self._under_way = None
        self.start()

    def _together(self) -> Sequence[Acceptance]:
        """Takes what is written together from the front."""
        number, size = 1, _size(self._waiting[0])
        while number < len(self._waiting):
            size += _size(self._waiting[number])
            if size > MOST_TOGETHER:
                break
            number += 1
        together, self._waiting = self._waiting[:number], self._waiting[number:]
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
