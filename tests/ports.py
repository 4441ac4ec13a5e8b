"""Ports for servers that have to be told where they listen.

A port that the system chose is anybody's again between the choice and the server's start, and while a killed server is down:
another test's server, or the near end of a connection, gets it by chance. So these are of a range from which systems choose none,
and each test process has a part of it.
"""

from __future__ import annotations

import functools
import itertools
import os
import socket
from collections.abc import Iterator
from typing import Final

PARTS: Final = range(12_000, 32_000, 100)
"""The first port of each part. Whoever listens on it has the part, until its process ends."""


def free_port() -> int:
    """One that nobody listens on, and that is not given again before some ninety others were."""
    return next(port for port in _own() if is_free(port))


def is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


@functools.cache
def _own() -> Iterator[int]:
    """The ports of this process's part, over and over."""
    first = os.getpid() % len(PARTS)
    for start in (*PARTS[first:], *PARTS[:first]):
        holder = socket.socket()
        try:
            holder.bind(("127.0.0.1", start))
            holder.listen(1)
        except OSError:
            holder.close()
            continue
        _held.append(holder)
        return itertools.cycle(range(start + 1, start + PARTS.step))
    raise AssertionError("other processes have every part")


_held: Final[list[socket.socket]] = []
