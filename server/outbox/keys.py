"""The keys of a data folder as one process uses them: a thread of its own, which commits in groups what was asked meanwhile.

A ``keys.db`` that another process holds for long, a disk without room, or a want of file descriptors refuses new claims; what
settles a claim is tried again until it is done, since a claim that is left pending holds its key. A disk that fails ends it, as
it ends the outbox.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from server.outbox import files, keyfile
from server.outbox.damage import code, is_damage
from server.outbox.errors import OutboxError, OutboxFailed, OutboxFull
from server.outbox.failpoints import failpoint
from server.outbox.keyfile import KeyClaim, KeyFile

RETRY = 0.25
"""Seconds between two tries to settle claims that could not be written."""

BUSY = 1000
"""Milliseconds that a transaction waits for another process's."""

_NOT_NOW = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN)
"""Errors that pass. The journal is opened anew for each transaction, and cannot be while no file descriptor is left."""


@dataclass(slots=True)
class _Job:
    """Something that runs inside the next transaction. Where that fails for now, it is refused, or ``patient``."""

    run: Callable[[sqlite3.Connection], Any]
    future: asyncio.Future[Any]
    patient: bool
    place: str = ""
    result: Any = None


class Keys:
    """Claims, confirms and releases. All methods belong to one event loop; the thread and the file begin with the first."""

    def __init__(self, folder: Path) -> None:
        self.failed: Callable[[Exception], None] = lambda _: None
        self.failure: OutboxFailed | None = None
        self.set_aside: list[Path] = []
        self._folder = folder
        self._file: KeyFile | None = None
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    async def claim(self, file: int, wanted: Sequence[KeyClaim], now: int) -> Mapping[str, int] | None:
        """Claims keys for rows of this file; the result is that of ``keyfile.claim``. Raises OutboxError: none is claimed."""
        run = partial(keyfile.claim, file=file, wanted=wanted, now=now)
        found: Mapping[str, int] | None = await self._ask(run, patient=False, place="after_claim")
        return found

    async def confirm(self, file: int, rows: Sequence[tuple[int, str]]) -> None:
        """These rows, ``(row, key)``, are flushed. Returns when that is written, however long it takes. Raises OutboxFailed."""
        await self._ask(partial(keyfile.confirm, file=file, rows=rows), patient=True, place="after_confirm")

    async def release(self, file: int, rows: Sequence[tuple[int, str]]) -> None:
        """Gives back the keys of rows, ``(row, key)``. Returns when that is written. Raises OutboxFailed."""
        await self._ask(partial(keyfile.release, file=file, rows=rows), patient=True)

    async def close(self) -> None:
        """Ends the thread; what is left has one last try."""
        if self._thread is not None:
            self._closing.set()
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)

    def _ask(self, run: Callable[[sqlite3.Connection], Any], *, patient: bool, place: str = "") -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self.failure:
            future.set_exception(self.failure)
        else:
            self._queue.put(_Job(run, future, patient, place))
            self._start()
        return future

    def _start(self) -> None:
        if self._thread is None:
            self._loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._run, name="keys", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while jobs := self._asked():
            try:
                self._carry_out(jobs)
            except Exception as error:
                failure = OutboxFailed(f"{keyfile.path_in(self._folder)}: cannot be written: {error}")
                if is_damage(error):
                    files.mark_damaged(keyfile.path_in(self._folder), str(error))
                self._loop.call_soon_threadsafe(self._fail, jobs, failure)
                break
        if self._file:
            self._file.close()

    def _asked(self) -> list[_Job]:
        """What was asked meanwhile, one thing at least; nothing once it is closed."""
        asked = [self._queue.get()]
        while not self._queue.empty() and asked[-1]:
            asked.append(self._queue.get())
        jobs = [job for job in asked if job]
        if jobs and asked[-1] is None:
            self._queue.put(None)
        return jobs

    def _carry_out(self, jobs: list[_Job]) -> None:
        """Commits; where that is not possible now, refuses what is not patient and tries again with the rest."""
        while error := self._commit(jobs):
            last = self._closing.is_set()
            self._loop.call_soon_threadsafe(_refuse, [job for job in jobs if last or not job.patient], error)
            jobs = [job for job in jobs if job.patient and not last]
            if not jobs:
                return
            self._closing.wait(RETRY)
        self._loop.call_soon_threadsafe(_answer, jobs)

    def _commit(self, jobs: list[_Job]) -> OutboxError | None:
        """Why nothing could be written for now."""
        try:
            connection = self._opened().connection
        except OutboxError as error:
            return error
        try:
            connection.execute("BEGIN IMMEDIATE")
            for job in jobs:
                job.result = job.run(connection)
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if code(error) not in _NOT_NOW:
                raise
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            return OutboxFull(f"{keyfile.path_in(self._folder)}: cannot be written now: {error}")
        for job in jobs:
            failpoint(job.place)
        return None

    def _opened(self) -> KeyFile:
        if self._file is None:
            self._file = KeyFile.open(self._folder)
            self._file.connection.execute(f"PRAGMA busy_timeout = {BUSY}")
            self.set_aside += [self._file.set_aside] if self._file.set_aside else []
        return self._file

    def _fail(self, jobs: list[_Job], error: OutboxFailed) -> None:
        self.failure = error
        while not self._queue.empty():
            jobs += [job for job in [self._queue.get()] if job]
        _refuse(jobs, error)
        self.failed(error)


def _answer(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        if not job.future.done():
            job.future.set_result(job.result)


def _refuse(jobs: Sequence[_Job], error: Exception) -> None:
    for job in jobs:
        if not job.future.done():
            job.future.set_exception(error)
