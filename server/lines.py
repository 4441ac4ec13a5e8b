"""Appends lines to files and standard output, for tags that log. The file is opened anew for each, so rotation just works."""

from __future__ import annotations

import os
import sys

from core.types import Line, Response
from server.http import TransportError

_WRITTEN = Response(200)


def write_line(line: Line) -> Response:
    """Appends the line. Raises TransportError where the file cannot be written; a partial line is never left behind."""
    try:
        if line.target == "-":
            sys.stdout.write(line.text + "\n")
            sys.stdout.flush()
        else:
            _append(line.target, line.text.encode() + b"\n")
    except OSError as error:
        raise TransportError(f"{line.target}: {error.strerror}") from None
    return _WRITTEN


def _append(path: str, data: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(file).st_size
        if os.write(file, data) != len(data):
            os.ftruncate(file, size)
            raise OSError(0, "the disk took only a part of the line")
    finally:
        os.close(file)
