"""What is said within one turn of the event loop, done as one group: what became of rows, and questions behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

import structlog

from server.outbox.answering import answered
from server.outbox.errors import OutboxFailed
from server.outbox.jetstream.abreast import abreast
from server.outbox.jetstream.accepting import Accepting
from server.outbox.jetstream.answers import PATIENCE
from server.outbox.jetstream.ending import Ending
from server.outbox.jetstream.forgetting import Forgetting
from server.outbox.jetstream.hand import Held
from server.outbox.jetstream.leasing import Leasing
from server.outbox.jetstream.rows import Rows

log = structlog.get_logger("tagyard")

Answer = TypeVar("Answer")
Question: TypeAlias = Callable[[], Coroutine[Any, Any, Answer]]
Asked: TypeAlias = tuple[Question[Any], Callable[[Any], None]]


@dataclass(slots=True)
class Group:
    """What was said, in the order in which it is done."""

    gone: list[Held] = field(default_factory=list)
    again: list[Held] = field(default_factory=list)
    dead: list[Held] = field(default_factory=list)
    questions: list[Asked] = field(default_factory=list)

    def refuse(self, error: Exception) -> None:
        """Tells everybody that nothing of it was done."""
        for _, answer in self.questions:
            answer(error)


class Writing:
    """Writes groups until it fails. ``failed`` hears of that once, and ``full`` that there was no room."""

    def __init__(self, rows: Rows, leasing: Leasing, failed: Callable[[Exception], None], full: Callable[[], None]) -> None:
        self.group = Group()
        self.failure: Exception | None = None
        self.accepting = Accepting(rows, leasing, self._fail, full)
        self.forgetting = Forgetting(rows, self._fail)
        self._rows = rows
        self._failed = failed
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = False
        self._settling: set[asyncio.Task[None]] = set()
        self._answering: set[asyncio.Task[None]] = set()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Groups are written from now on."""
        self._loop = loop

    def stop(self) -> None:
        """Leaves everything as it is."""
        self.accepting.stop()
        self.forgetting.stop()
        for task in (*self._settling, *self._answering):
            task.cancel()

    def wake(self) -> None:
        """Something was added: what else is added in this turn is done with it."""
        if not self._woken and self._loop is not None:
            self._woken = True
            self._loop.call_soon(self._work)

    def ask(self, run: Question[Any], answer: Callable[[Any], None]) -> None:
        """Runs something behind what was said before; what it gives, or raises, is the answer."""
        self.group.questions.append((run, answer))
        self.wake()

    async def answer(self, run: Question[Answer]) -> Answer:
        """The same for whoever waits for it: behind what was delivered, too.

        Before the start it is done at once. Raises what it raises, or OutboxFailed.
        """
        if self.failure is not None:
            raise self.failure
        if self._loop is None:
            return await run()
        return await answered(lambda answer: self.ask(lambda: self._behind_all(run), answer))

    async def _behind_all(self, run: Question[Answer]) -> Answer:
        await self.forgetting.hurry()
        return await run()

    def _work(self) -> None:
        self._woken = False
        group, self.group = self.group, Group()
        if self.failure is not None:
            self.accepting.refuse(self.failure)
            group.refuse(self.failure)
            return
        self.accepting.start()
        self.forgetting.add(group.gone)
        if group.again or group.dead:
            self._begin(self._settle(group), self._settling)
        if group.questions:
            self._begin(self._answer_all(group.questions, self.accepting.added), self._answering)

    def _begin(self, work: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        among.add(task)
        task.add_done_callback(among.discard)

    async def _settle(self, group: Group) -> None:
        try:
            await self._rows.again_in_the_end(group.again)
            await abreast(group.dead, Ending(self._rows).give_up_in_the_end)
        except OutboxFailed as error:
            self._fail(error)
        except Exception:  # the servers give these rows to somebody again
            log.exception("what became of rows could not be written")

    async def _answer_all(self, questions: Sequence[Asked], accepted: int) -> None:
        if self._settling:  # one that waits for a server holds nobody else up for longer
            await asyncio.wait(self._settling, timeout=PATIENCE)
        await self.accepting.done(accepted)
        for run, answer in questions:
            self._begin(self._answer(run, answer), self._answering)

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
            self.accepting.refuse(error)
            self._failed(error)
