"""Processes that look at drafts: each at one, within a time, and never in the way of who serves.

A draft may be anything, a bomb too. So no thread of ours reads it: a process does, which has little time and memory, none of our
environment, and ends with what it was started for. The next one is started as soon as one is in use, while somebody writes: what
makes a process slow is its start, and nobody wants to wait for that at every word.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar, cast

import structlog

from server.drafts.answers import Answer, Asked, failed, nothing
from server.drafts.stream import written
from server.inspection.recorded import Recorded

PATIENCE: Final = 30.0
"""Seconds that an answer may take."""
AT_ONCE: Final = 2
"""Drafts that are looked at; of more the one that began first is given up."""
SPARE_FOR: Final = 120.0
"""Seconds after which a process that nobody needed ends."""

_SLOW: Final = "looking at this draft took too long, and was given up"
_BROKEN: Final = "looking at this draft took too much time or memory, and was given up"

Process: TypeAlias = "subprocess.Popen[bytes]"
Done = TypeVar("Done")

log = structlog.get_logger("tagyard")


def environment() -> Mapping[str, str]:
    """Of such a process: how it finds this code, and nothing else that we know."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONSAFEPATH": "1", "LC_ALL": "C.UTF-8"}


def start() -> Process:
    """One that waits for a draft. Raises OSError."""
    return subprocess.Popen(
        [sys.executable, "-m", "server.drafts"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        close_fds=True,
    )


@dataclass(eq=False, slots=True)
class _Turn:
    """A draft that is looked at, or waits for its process."""

    process: Process | None = None
    given_up: bool = False

    def give_up(self) -> None:
        """A later draft has its place."""
        self.given_up = True
        if self.process is not None:
            self.process.kill()


class Drafts:
    """Has drafts looked at. Of one event loop; ``started`` gives a process, in a thread, and may raise OSError."""

    def __init__(self, started: Callable[[], Process] = start, patience: float = PATIENCE) -> None:
        self._started = started
        self._patience = patience
        self._starting = asyncio.Lock()
        self._turns: list[_Turn] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._spare: Process | None = None
        self._end: asyncio.TimerHandle | None = None

    async def answer(self, asked: Asked, form: bytes, recorded: Sequence[Recorded] = ()) -> Answer:
        """What is found of the draft."""
        turn = _Turn()
        self._turns.append(turn)
        while len(self._turns) > AT_ONCE:
            self._turns.pop(0).give_up()
        try:
            return await self._to_the_end(self._answer(turn, asked, form, recorded))
        finally:
            turn.give_up()  # it is over, or whoever asked has gone
            if turn in self._turns:
                self._turns.remove(turn)

    async def prepare(self) -> None:
        """Somebody is about to write: a process is started in advance, where that is possible, and there is none yet."""
        await self._to_the_end(self._prepare())

    async def _to_the_end(self, work: Coroutine[None, None, Done]) -> Done:
        """Also where nobody waits for it any more: of what a thread has begun, somebody has to take what comes of it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def _answer(self, turn: _Turn, asked: Asked, form: bytes, recorded: Sequence[Recorded]) -> Answer:
        try:
            async with self._starting:
                if not turn.given_up:
                    turn.process = self._take() or await asyncio.to_thread(self._started)
        except OSError as error:
            log.error("no process could be started for a draft", why=error.strerror)
            return failed(asked["do"], f"no process could be started for it: {error.strerror}")
        if turn.process is None:
            return {**nothing(asked["do"]), "superseded": True}
        if turn.given_up:
            turn.process.kill()
        told = asyncio.create_task(asyncio.to_thread(self._told, turn.process, asked, form, recorded))
        await self._prepare()
        answer = await told
        return {**nothing(asked["do"]), "superseded": True} if turn.given_up else answer

    async def _prepare(self) -> None:
        async with self._starting:
            if self._spare is None:
                with suppress(OSError):
                    self._spare = await asyncio.to_thread(self._started)
        if self._end is not None:
            self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(SPARE_FOR, self.close)

    def _take(self) -> Process | None:
        process, self._spare = self._spare, None
        if process is not None and process.poll() is not None:
            process.communicate()  # which closes what led to it
            return None
        return process

    def _told(self, process: Process, asked: Asked, form: bytes, recorded: Sequence[Recorded]) -> Answer:
        """In a thread, which waits and does nothing else."""
        try:
            answer, _ = process.communicate(written(asked, form, recorded), self._patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return failed(asked["do"], _SLOW)
        return cast(Answer, json.loads(answer)) if process.returncode == 0 else failed(asked["do"], _BROKEN)

    def close(self) -> None:
        """Ends the process that waits, if one does."""
        spare = self._take()
        if spare is not None:
            spare.kill()
            spare.communicate()
