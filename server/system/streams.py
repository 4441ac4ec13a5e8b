"""Text for a terminal, a pipe or a file, written by a thread of its own: whoever writes never waits for whoever reads.

A pipe whose reader stalls takes nothing any more, and a write to it would hold up the event loop for as long. So what is
written waits here, up to a limit; what comes on top of that is dropped, counted, and told of once it flows again.
"""

from __future__ import annotations

import atexit
import errno
import io
import os
import select
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

MOST: Final = 1 << 20
"""Bytes that wait at a time."""
AT_ONCE: Final = 1 << 16
LAST: Final = 2.0
"""Seconds that the end of the process waits for what is still to be written."""

_GONE: Final = frozenset({errno.EPIPE, errno.EBADF})
"""Errors that stay: nobody reads any more. Others, such as a disk that is full, may pass."""

log = structlog.get_logger("tagyard")


class Stream(io.TextIOBase):
    """Writes whole lines to a file descriptor, in order. ``told`` hears how many were dropped, once there is room again."""

    encoding = "utf-8"

    def __init__(self, descriptor: int, told: Callable[[int], None], most: int = MOST) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._told = told
        self._most = most
        self._changed = threading.Condition()
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._begun = ""
        self._untold = 0
        self._closed = False
        self.dropped = 0
        """Lines, since the process began."""
        threading.Thread(target=self._run, name=f"stream {descriptor}", daemon=True).start()

    @property
    def stalled(self) -> bool:
        """Whether lines are being dropped."""
        return self._untold > 0

    def write(self, text: str) -> int:
        """Leaves the text to the thread as soon as it is a whole line."""
        with self._changed:
            whole, newline, self._begun = (self._begun + text).rpartition("\n")
            if newline:
                self._put(f"{whole}\n".encode(errors="backslashreplace"))
        return len(text)

    def drain(self, seconds: float) -> bool:
        """Waits until everything is written; False where that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: self._size == 0, seconds)

    def flush(self) -> None:
        """Waits for nothing."""

    def writable(self) -> bool:
        """It is what this is for."""
        return True

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return os.isatty(self._descriptor)

    def _put(self, data: bytes) -> None:
        if self._closed or self._size + len(data) > self._most:
            self._drop(data.count(b"\n"))
            return
        self._waiting.append(data)
        self._size += len(data)
        self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                data = self._next()
            failure = self._write(data)
            untold = self._settle(data, failure)
            if untold:
                self._told(untold)
            if failure in _GONE:
                return

    def _settle(self, data: bytes, failure: int) -> int:
        """These lines are written, or dropped with this error; how many dropped ones are to be told of now."""
        with self._changed:
            self._size -= len(data)
            if failure:
                self._drop(data.count(b"\n"))
            if failure in _GONE:
                self._drop(sum(each.count(b"\n") for each in self._waiting))
                self._waiting.clear()
                self._size, self._closed = 0, True
            told = self._untold if not failure and self._size <= self._most // 2 else 0
            self._untold -= told
            self._changed.notify_all()
        return told

    def _drop(self, lines: int) -> None:
        self.dropped += lines
        self._untold += lines

    def _next(self) -> bytes:
        """What is written in one go: as many lines as fit, one at least."""
        chunk = [self._waiting.popleft()]
        size = len(chunk[0])
        while self._waiting and size + len(self._waiting[0]) <= AT_ONCE:
            size += len(self._waiting[0])
            chunk.append(self._waiting.popleft())
        return b"".join(chunk)

    def _write(self, data: bytes) -> int:
        """The number of the error that kept these lines from being written; 0 where none did."""
        left = memoryview(data)
        try:
            while left:
                left = left[self._take(left) :]
        except OSError as error:
            return error.errno or errno.EIO
        return 0

    def _take(self, data: memoryview) -> int:
        """Bytes that were written; none where the descriptor is one that does not block and takes nothing just now."""
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            select.select([], [self._descriptor], [])
            return 0


def unblock_log() -> None:
    """From here on nobody in this process waits for whoever reads standard error. Where it is played, it stays as it is."""
    if sys.stderr is sys.__stderr__:
        sys.stderr = unblocked(2, _told_of_log)


def unblocked(descriptor: int, told: Callable[[int], None]) -> Stream:
    """A stream that is given some time at the end of the process."""
    stream = Stream(descriptor, told)
    atexit.register(stream.drain, LAST)
    return stream


def log_counts() -> dict[str, int]:
    """Lines of the log that nobody will read, for the metrics."""
    return {"log_lines_dropped": sys.stderr.dropped if isinstance(sys.stderr, Stream) else 0}


def log_reasons() -> list[str]:
    """What is wrong with the log, for the health."""
    stalled = isinstance(sys.stderr, Stream) and sys.stderr.stalled
    return ["the log is not read: lines are dropped"] if stalled else []


def shown_late(lines: int) -> None:
    """What a dry run shows was not read in time."""
    log.warning("standard output was not read in time: lines were dropped", lines=lines)


def _told_of_log(lines: int) -> None:
    log.warning("the log was not read in time: lines were dropped", lines=lines)
