"""How the stream forgets what was delivered: rows that were written together at once, where all of them were delivered from here.

The servers flush once for each message that is said to be taken while it is there, and once for all that one request removes. So
a delivered row waits a moment for the others of its batch. What is removed with it are messages that this replica had in hand and
no later ones: a row that has another state by now, a verdict too, is a message behind them. That they are taken is said then,
when the servers have nothing left to flush.

A request that removes looks at all messages of the stream, so in one that has more than FEW each is said to be taken by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Final, TypeAlias

import structlog

from server.outbox.errors import OutboxFailed, OutboxFull
from server.outbox.jetstream.answers import PATIENCE
from server.outbox.jetstream.hand import Held
from server.outbox.jetstream.names import rows_of
from server.outbox.jetstream.rows import Rows

log = structlog.get_logger("tagyard")

WAITS: Final = 0.05
"""Seconds that a delivered row waits for the others of its batch. It is sent once more if its replica dies meanwhile."""

FEW: Final = 4096
"""Messages of a stream: of so many, 64 are removed together in 2 ms, with nats-server 2.15, and one by one in 10. Where there are
64,000 one way takes as long as the other, and where there are 320,000 nobody else is served for 35 ms.
"""

Batch: TypeAlias = tuple[str, int, str]
"""A consumer, a format and the name of a batch."""


class Forgetting:
    """Of one replica. ``failed`` hears that the streams are gone."""

    def __init__(self, rows: Rows, failed: Callable[[OutboxFailed], None]) -> None:
        self._rows = rows
        self._failed = failed
        self.together = False
        """Whether the stream has few messages, as far as is known."""
        self._delivered: defaultdict[Batch, dict[int, Held]] = defaultdict(dict)
        """By id: a row that came a second time, and was delivered twice, stands for no other of its batch."""
        self._timers: dict[Batch, asyncio.TimerHandle] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    def add(self, delivered: Iterable[Held]) -> None:
        """These were delivered."""
        alone: list[Held] = []
        for held in delivered:
            if held.row.version or rows_of(held.row.batch) == 1 or not self.together:
                alone.append(held)
            else:
                self._add(held)
        if alone:
            self._begin(self._rows.taken_in_the_end(alone))

    def _add(self, held: Held) -> None:
        batch = held.consumer, held.row.format, held.row.batch
        delivered = self._delivered[batch]
        delivered[held.row.id] = held
        if len(delivered) == rows_of(held.row.batch):
            self._begin(self._remove(batch, self._of(batch)))
        elif batch not in self._timers:
            self._timers[batch] = asyncio.get_running_loop().call_later(WAITS, self._no_longer, batch)

    def _of(self, batch: Batch) -> Sequence[Held]:
        """What was delivered of it waits no more."""
        self._timers.pop(batch).cancel()
        return [*self._delivered.pop(batch).values()]

    def _no_longer(self, batch: Batch) -> None:
        self._begin(self._rows.taken_in_the_end(self._of(batch)))

    async def _remove(self, batch: Batch, held: Sequence[Held]) -> None:
        """The place of the rows is left open: for one of its own a consumer's floor passes what others have in hand (nats-server
        2.15), so that nobody gets that again. A name of a batch is of one place anyway.
        """
        _, format, name = batch
        names = self._rows.names
        wanted = {"filter": names.row("*", name, "*", format), "seq": 1 + max(each.number for each in held)}
        with contextlib.suppress(OutboxFull):
            await self._rows.link.ask(f"STREAM.PURGE.{names.rows}", wanted)
        await self._rows.taken_in_the_end(held)

    def measured(self, messages: int) -> None:
        """So many the stream has now."""
        self.together = messages <= FEW

    async def hurry(self) -> None:
        """Returns when the servers were told of everything that was delivered so far, or when they do not answer in time."""
        for batch in [*self._delivered]:
            self._no_longer(batch)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=PATIENCE)

    def stop(self) -> None:
        """Leaves everything as it is."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._delivered.clear()
        for task in self._under_way:
            task.cancel()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._run(work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except OutboxFailed as error:
            self._failed(error)
        except Exception:  # the servers give these rows to somebody again
            log.exception("what was delivered could not be told")
