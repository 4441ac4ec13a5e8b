"""Jobs that may wait for long, one after another in a thread of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final

import structlog

from core.types import Response
from server.http import TransportError

log = structlog.get_logger("tagyard")

PATIENCE: Final = 20.0
"""Seconds that a job may take: somebody else holds the file's lock, nobody reads the pipe, or the disk hangs."""

BETWEEN: Final = 30.0
"""Seconds without a job after which ``between`` is called."""


class Turns:
    """The thread is begun with the first job, and nobody waits for it at the end. ``between`` is done while it has none."""

    def __init__(self, name: str, patience: float = PATIENCE, between: Callable[[], None] | None = None) -> None:
        self._name = name
        self._patience = patience
        self._between = between
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    @property
    def begun(self) -> bool:
        """Whether there was a job."""
        return self._thread is not None

    async def take(self, work: Callable[[], Response], late: str) -> Response:
        """What comes of it. Raises what it raises, and TransportError where it takes too long: ``late`` says so in words.

        One that has begun by then may be done all the same; one that has not is left out.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Response] = loop.create_future()

        def job() -> None:
            if done.done():
                return
            try:
                answer: Response | Exception = work()
            except Exception as error:
                answer = error
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(_settle, done, answer)

        self.tell(job)
        try:
            return await asyncio.wait_for(done, self._patience)
        except TimeoutError:
            raise TransportError(f"{late} within {self._patience:g} s") from None

    def tell(self, job: Callable[[], None]) -> None:
        """The same for a job that nobody waits for. What it raises is told; the next one has its turn all the same."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def close(self) -> None:
        """The thread ends after the jobs that it has been given, if it can."""
        self._jobs.put(None)

    def _run(self) -> None:
        wait = BETWEEN if self._between is not None else None
        while True:
            try:
                job = self._jobs.get(timeout=wait)
            except Empty:
                job = self._between
            if job is None:
                return
            try:
                job()
            except Exception:
                with suppress(Exception):  # the log may be what is broken
                    log.exception("a job failed", thread=self._name)


def _settle(done: asyncio.Future[Response], answer: Response | Exception) -> None:
    if done.done():
        return
    if isinstance(answer, Exception):
        done.set_exception(answer)
    else:
        done.set_result(answer)
