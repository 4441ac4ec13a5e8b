"""File descriptors: how many this process may have, how many of them connections get, and which errors say that none was left.

A socket, a file and a look-up each need one. Whoever finds none has met a shortage, which passes: it says nothing of the disk,
nor of a destination.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
from typing import Final, NamedTuple

import structlog

log = structlog.get_logger("tagyard")

ENOUGH: Final = 1 << 20
"""Descriptors beyond which no limit is raised: some systems call no limit at all a number that none of them grants."""

ADMIN_CONNECTIONS: Final = 64
"""Connections that the admin port takes."""

AT_ONCE: Final = 64
"""Connections that are accepted in one go, before any of those that give way to them is closed."""

HOUSEKEEPING: Final = 64
"""Descriptors for the outbox, the log, the configuration, the workers' own sockets and fetches of scripts."""

RESERVE: Final = ADMIN_CONNECTIONS + AT_ONCE + HOUSEKEEPING

_NONE_LEFT: Final = (errno.EMFILE, errno.ENFILE)


class Share(NamedTuple):
    """``connections`` of peers that may be open at once, and ``reserved`` descriptors for everything else."""

    connections: int
    reserved: int


def share(limit: int, deliveries: int) -> Share:
    """Of so many descriptors. ``deliveries`` is how many requests may be on the wire to all destinations together.

    They are reserved beside RESERVE, but peers keep a quarter of all at least.
    """
    connections = max(limit - RESERVE - deliveries, limit // 4, 1)
    return Share(connections, limit - connections)


def limit() -> int:
    """How many this process may have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return ENOUGH if soft == resource.RLIM_INFINITY else soft


def raise_limit() -> int:
    """Takes as many as this process, and those that it starts, may ask for; the limit from now on."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if wanted > limit():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return limit()


def connections(configured: int, deliveries: int) -> int:
    """How many of so many connections this process has descriptors for, as ``share``. Fewer than configured are told of."""
    most, reserved = share(limit(), deliveries)
    if most < configured:
        log.warning(
            "the limit of open files leaves room for fewer connections than server.max_connections",
            configured=configured,
            taken=most,
            open_files=limit(),
            reserved=reserved,
        )
    return min(most, configured)


def is_shortage(error: BaseException | None) -> bool:
    """Whether the error, or what has caused it, says that no descriptor was left."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NONE_LEFT:
            return True
        error = error.__cause__
    return False


def none_left() -> bool:
    """Whether not one is left just now."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return is_shortage(error)
    return False
