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
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, TypeAlias, cast

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


class Drafts:
    """Has drafts looked at. Of one event loop; ``started`` gives a process, in a thread, and may raise OSError."""

    def __init__(self, started: Callable[[], Process] = start, patience: float = PATIENCE) -> None:
        self._started = started
        self._patience = patience
        self._busy: list[Process] = []
        self._given_up: list[Process] = []
        self._spare: Process | None = None
        self._starting = asyncio.Lock()
        """One is started at a time: of two spare ones the first would wait for ever, and many drafts at once would be as many."""
        self._end: asyncio.TimerHandle | None = None

    async def answer(self, asked: Asked, form: bytes, recorded: Sequence[Recorded] = ()) -> Answer:
        """What is found of the draft. Never raises."""
        try:
            process = await self._begun()
        except OSError as error:
            log.error("no process could be started for a draft", why=error.strerror)
            return failed(asked["do"], f"no process could be started for it: {error.strerror}")
        told = asyncio.create_task(asyncio.to_thread(self._told, process, asked, form, recorded))
        await self.prepare()
        answer = await told
        if process in self._given_up:
            self._given_up.remove(process)
            return {**nothing(asked["do"]), "superseded": True}
        self._busy.remove(process)
        return answer

    async def _begun(self) -> Process:
        """One that is busy from now on, in the place of the oldest where there are too many."""
        async with self._starting:
            spare = self._take()
            process = await asyncio.to_thread(self._started) if spare is None else spare
            self._busy.append(process)
            while len(self._busy) > AT_ONCE:
                self._give_up(self._busy.pop(0))
        return process

    async def prepare(self) -> None:
        """Somebody is about to write: a process is started in advance, where that is possible."""
        with suppress(OSError):
            await self._keep_one()

    def _take(self) -> Process | None:
        process, self._spare = self._spare, None
        if process is not None and process.poll() is not None:
            process.communicate()  # which closes what led to it
            return None
        return process

    def _give_up(self, process: Process) -> None:
        self._given_up.append(process)
        process.kill()

    def _told(self, process: Process, asked: Asked, form: bytes, recorded: Sequence[Recorded]) -> Answer:
        """In a thread, which waits and does nothing else."""
        try:
            answer, _ = process.communicate(written(asked, form, recorded), self._patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return failed(asked["do"], _SLOW)
        return cast(Answer, json.loads(answer)) if process.returncode == 0 else failed(asked["do"], _BROKEN)

    async def _keep_one(self) -> None:
        async with self._starting:
            if self._spare is None:
                self._spare = await asyncio.to_thread(self._started)
        if self._end is not None:
            self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(SPARE_FOR, self.close)

    def close(self) -> None:
        """Ends the process that waits, if one does."""
        spare = self._take()
        if spare is not None:
            spare.kill()
            spare.communicate()
