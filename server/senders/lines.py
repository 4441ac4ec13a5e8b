"""Appends lines to files and standard output, for tags that log. The file is opened anew for each, so rotation just works."""

from __future__ import annotations

import fcntl
import io
import os
import sys
from functools import partial

from core.types import Line, Response
from server.http import TransportError
from server.senders.turns import PATIENCE, Turns
from server.system.terminal import visible

_WRITTEN = Response(200)
_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK


class Lines:
    """Writes one line after another, in a thread of its own."""

    def __init__(self, name: str, patience: float = PATIENCE) -> None:
        self._turns = Turns(name, patience)

    async def write(self, line: Line) -> Response:
        """Done when it is written. Raises TransportError; one that takes too long may be written later nevertheless."""
        return await self._turns.take(partial(write_line, line), f"{line.target}: the line was not taken")

    def close(self) -> None:
        """The thread ends after the lines that it has been given, if it can."""
        self._turns.close()


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
