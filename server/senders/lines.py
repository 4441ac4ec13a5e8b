"""Appends lines to files and standard output, for tags that log. The file is opened anew for each, so rotation just works."""

from __future__ import annotations

import asyncio
import fcntl
import io
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Final

from core.types import Line, Response
from server.http import TransportError
from server.system.terminal import visible

_WRITTEN = Response(200)
_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK


PATIENCE: Final = 20.0
"""Seconds that a line may take: somebody else holds the file's lock, or nobody reads the pipe."""


class Lines:
    """Writes one line after another, in a thread of its own: it may wait for long, and nobody waits for it at the end."""

    def __init__(self, name: str, patience: float = PATIENCE) -> None:
        self._name = name
        self._patience = patience
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    async def write(self, line: Line) -> Response:
        """Done when it is written. Raises TransportError; one that takes too long may be written later nevertheless."""
        loop = asyncio.get_running_loop()
        written: asyncio.Future[Response] = loop.create_future()

        def job() -> None:
            if written.done():
                return
            try:
                answer: Response | Exception = write_line(line)
            except Exception as error:
                answer = error
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(_settle, written, answer)

        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        self._jobs.put(job)
        try:
            return await asyncio.wait_for(written, self._patience)
        except TimeoutError:
            raise TransportError(f"{line.target}: the line was not taken within {self._patience:g} s") from None

    def close(self) -> None:
        """The thread ends after the lines that it has been given, if it can."""
        self._jobs.put(None)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def write_line(line: Line) -> Response:
    """Appends the line, whole or not at all. Raises TransportError where the file cannot be written."""
    try:
        if line.target == "-":
            _print(f"{visible(line.text) if sys.stdout.isatty() else line.text}\n")
        else:
            _append(line.target, line.text.encode() + b"\n")
    except OSError as error:
        raise TransportError(f"{line.target}: {error.strerror}") from None
    return _WRITTEN


def _print(text: str) -> None:
    """By the descriptor where there is one: whoever waits for the lock of a buffer would keep the process from ending."""
    try:
        descriptor = sys.stdout.fileno()
    except io.UnsupportedOperation:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    left = memoryview(text.encode())
    while left:
        left = left[os.write(descriptor, left) :]


def _append(path: str, data: bytes) -> None:
    file = os.open(path, _APPENDING, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)  # several workers may share the file
        size = os.fstat(file).st_size
        if os.write(file, data) != len(data):
            os.ftruncate(file, size)
            raise OSError(0, "the disk took only a part of the line")
    finally:
        os.close(file)


def _settle(written: asyncio.Future[Response], answer: Response | Exception) -> None:
    if written.done():
        return
    if isinstance(answer, Exception):
        written.set_exception(answer)
    else:
        written.set_result(answer)
