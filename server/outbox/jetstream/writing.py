"""What is said within one turn of the event loop, done as one group: while a group is written the next one fills."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

import structlog

from server.outbox.errors import OutboxFailed, OutboxFull
from server.outbox.jetstream.errors import KeyTaken, Refused, Unreachable
from server.outbox.jetstream.hand import Held
from server.outbox.jetstream.leasing import Leasing
from server.outbox.jetstream.link import MOST_TOGETHER, PATIENCE, Message
from server.outbox.jetstream.rows import Rows
from server.outbox.jetstream.stored import StoredRow
from server.outbox.store import Receipt

log = structlog.get_logger("tagyard")

Answer = TypeVar("Answer")
Question: TypeAlias = Callable[[], Coroutine[Any, Any, Answer]]


@dataclass(slots=True)
class Acceptance:
    """The rows of one request, and the keys that are written with them."""

    receipt: Receipt
    rows: list[StoredRow]
    keys: list[Message]


@dataclass(slots=True)
class Group:
    """What was said, in the order in which it is done; what came of rows is written beside those that are new."""

    acceptances: list[Acceptance] = field(default_factory=list)
    gone: list[Held] = field(default_factory=list)
    again: list[Held] = field(default_factory=list)
    dead: list[Held] = field(default_factory=list)
    questions: list[tuple[Question[Any], Callable[[Any], None]]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.acceptances or self.gone or self.again or self.dead or self.questions)

    def refuse(self, error: Exception) -> None:
        """Tells everybody that nothing of it was done."""
        for acceptance in self.acceptances:
            acceptance.receipt.refused(error)
        for _, answer in self.questions:
            answer(error)


class Writing:
    """Writes groups until it fails. ``failed`` hears of that once, and ``full`` that there was no room."""

    def __init__(self, rows: Rows, leasing: Leasing, failed: Callable[[Exception], None], full: Callable[[], None]) -> None:
        self.group = Group()
        self.failure: Exception | None = None
        self._rows = rows
        self._leasing = leasing
        self._failed = failed
        self._full = full
        self._loop: asyncio.AbstractEventLoop | None = None
        self._working: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Groups are written from now on."""
        self._loop = loop

    def stop(self) -> None:
        """Leaves everything as it is."""
        for task in (*self._under_way, *([self._working] if self._working else [])):
            task.cancel()

    def wake(self) -> None:
        """Something was added to the group."""
        if self._working is None and self._loop is not None:
            self._working = self._loop.create_task(self._work())

    def ask(self, run: Question[Any], answer: Callable[[Any], None]) -> None:
        """Runs something behind what was said before; what it gives, or raises, is the answer."""
        self.group.questions.append((run, answer))
        self.wake()

    async def answer(self, run: Question[Answer]) -> Answer:
        """The same for whoever waits for it. Before the start it is done at once. Raises what it raises, or OutboxFailed."""
        if self.failure is not None:
            raise self.failure
        if self._loop is None:
            return await run()
        future: asyncio.Future[Answer] = self._loop.create_future()

        def answer(result: Any) -> None:
            if future.done():
                return
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

        self.ask(run, answer)
        return await future

    async def _work(self) -> None:
        try:
            while self.group:
                group, self.group = self.group, Group()
                if self.failure is not None:
                    group.refuse(self.failure)
                else:
                    await self._write_or_refuse(group)
        finally:
            self._working = None

    async def _write_or_refuse(self, group: Group) -> None:
        try:
            await self._write(group)
        except OutboxFailed as error:
            self._fail(error)
            group.refuse(error)
        except Exception as error:  # whoever asked hears of it, and the next group has its turn
            log.exception("a group of the outbox could not be written")
            group.refuse(OutboxFull(f"the outbox could not be written: {type(error).__name__}"))

    async def _write(self, group: Group) -> None:
        settling = self._begin(self._settle(group))
        await self._accept_all(group.acceptances)
        await asyncio.wait([settling], timeout=PATIENCE)  # one that waits for a server holds nobody else up for longer
        for run, answer in group.questions:
            self._begin(self._answer(run, answer))
        group.questions = []

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def _accept_all(self, acceptances: list[Acceptance]) -> None:
        while acceptances:
            await self._accept(acceptances)

    async def _accept(self, acceptances: list[Acceptance]) -> None:
        """Takes as many of them as go together from the front, and writes them. Raises OutboxFailed: none of these was told."""
        together, messages = self._together(acceptances)
        error: Exception | None = None
        try:
            for place in {row.place for acceptance in acceptances[:together] for row in acceptance.rows}:
                await self._leasing.consumer(*place)
            await self._rows.write(messages)
        except OutboxFull as refusal:
            error = refusal
            if not isinstance(refusal, Unreachable | KeyTaken | Refused):
                self._full()
        told, acceptances[:together] = acceptances[:together], []
        for acceptance in told:
            if error is None:
                acceptance.receipt.committed()
            else:
                acceptance.receipt.refused(error)

    def _together(self, acceptances: list[Acceptance]) -> tuple[int, list[Message]]:
        """How many are written together, and what. One with keys is alone: a key that is taken refuses all beside it."""
        together, messages = 1, self._messages(acceptances[0])
        while together < len(acceptances) and not (acceptances[0].keys or acceptances[together].keys):
            more = self._messages(acceptances[together])
            if len(messages) + len(more) > MOST_TOGETHER:
                break
            messages, together = messages + more, together + 1
        return together, messages

    def _messages(self, acceptance: Acceptance) -> list[Message]:
        return [*acceptance.keys, *(self._rows.message(row) for row in acceptance.rows)]

    async def _settle(self, group: Group) -> None:
        try:
            await self._rows.taken_in_the_end(group.gone)
            await self._rows.again_in_the_end(group.again)
            for held in group.dead:
                await self._rows.bury(held.row, held.number)
        except OutboxFailed as error:
            self._fail(error)
        except Exception:  # the servers give these rows to somebody again
            log.exception("what became of rows could not be written")

    async def _answer(self, run: Question[Any], answer: Callable[[Any], None]) -> None:
        try:
            result = await run()
        except OutboxFailed as error:
            self._fail(error)
            result = error
        except Exception as error:  # whoever asked hears of it
            result = error
        answer(result)

    def _fail(self, error: OutboxFailed) -> None:
        if self.failure is None:
            self.failure = error
            self._failed(error)
