"""Appends lines to files and standard output, for tags that log. The file is opened anew for each, so rotation just works."""

from __future__ import annotations

import fcntl
import os
import sys

from core.types import Line, Response
from server.http import TransportError
from server.terminal import visible

_WRITTEN = Response(200)
_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK


def write_line(line: Line) -> Response:
    """Appends the line, whole or not at all. Raises TransportError where the file cannot be written."""
    try:
        if line.target == "-":
            sys.stdout.write(f"{visible(line.text) if sys.stdout.isatty() else line.text}\n")
            sys.stdout.flush()
        else:
            _append(line.target, line.text.encode() + b"\n")
    except OSError as error:
        raise TransportError(f"{line.target}: {error.strerror}") from None
    return _WRITTEN


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
