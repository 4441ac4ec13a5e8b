"""Takes connections from a listening socket, as many as may come in, and waits where the system has no more to give.

The loop's own way of it closes whatever it finds no descriptor for, and tells nobody. Here those connections stay in the
system's queue until there is room.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Callable
from functools import partial
from typing import Any, Final, Protocol, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from server.connections.gate import Gate
from server.connections.refusals import Closed, Refusal
from server.system.descriptors import AT_ONCE, is_shortage

PAUSE: Final = 0.25
"""Seconds until accepting is tried again."""

NO_DESCRIPTOR: Final = "no_descriptor"
"""The reason of a pause for want of a file descriptor."""

_THE_PEERS_OWN: Final = frozenset(
    {errno.ECONNABORTED, errno.EPROTO, errno.ENETDOWN, errno.ENOPROTOOPT, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETUNREACH}
)
"""Errors of the one connection that was to be accepted: the next one is none the worse for it."""


class Connected(Protocol):
    """The protocol of a connection, which calls ``left`` when it is closed. It has no ``transport`` before it is open."""

    transport: Any
    left: Callable[[], None] | None

    def shutdown(self) -> None:
        """The server stops: what has begun is answered, and nothing else."""


class Acceptor:
    """Of one socket. It has the face of an ``asyncio.Server`` that uvicorn asks for: ``close`` and ``wait_closed``."""

    def __init__(self, listening: socket.socket, gate: Gate, make: Callable[[], Connected], closed: Closed) -> None:
        self._listening = listening
        self._gate = gate
        self._make = make
        self._closed = closed
        self._loop = asyncio.get_running_loop()
        self._joining: set[asyncio.Task[Any]] = set()
        self._again: asyncio.TimerHandle | None = None
        self._is_closed = False
        listening.setblocking(False)
        self._begin()

    def close(self) -> None:
        """Takes none any more. Those that are being taken are told to leave as those are that are in."""
        self._is_closed = True
        if self._again:
            self._again.cancel()
        self._loop.remove_reader(self._listening)

    async def wait_closed(self) -> None:
        """Returns when those that were being taken are in."""
        await asyncio.gather(*self._joining, return_exceptions=True)

    def _begin(self) -> None:
        self._again = None
        self._loop.add_reader(self._listening, self._take)

    def _take(self) -> None:
        """A few of those that wait; the loop calls again while there are more."""
        for _ in range(AT_ONCE):
            try:
                connection, address = self._listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno not in _THE_PEERS_OWN:
                    self._pause(error)
                    return
            else:
                self._receive(connection, str(address[0]))

    def _pause(self, error: OSError) -> None:
        self._loop.remove_reader(self._listening)
        self._again = self._loop.call_later(PAUSE, self._begin)
        self._gate.paused(NO_DESCRIPTOR if is_shortage(error) else os.strerror(error.errno or 0).lower())
        self._gate.make_room()

    def _receive(self, connection: socket.socket, peer: str) -> None:
        refusal = self._gate.refusal(peer)
        if refusal is not None:
            self._turn_away(connection, peer, refusal)
            return
        protocol = self._make()
        protocol.left = lambda: self._gate.leave(peer)
        self._gate.enter(peer)
        connection.setblocking(False)
        joining = self._loop.connect_accepted_socket(lambda: cast(asyncio.Protocol, protocol), connection)
        task = self._loop.create_task(joining)
        self._joining.add(task)
        task.add_done_callback(partial(self._joined, connection, protocol))

    def _joined(self, connection: socket.socket, protocol: Connected, task: asyncio.Task[Any]) -> None:
        self._joining.discard(task)
        failed = task.cancelled() or task.exception() is not None
        if failed and protocol.transport is None and protocol.left is not None:
            connection.close()
            protocol.left()
        elif self._is_closed and not failed:
            protocol.shutdown()

    def _turn_away(self, connection: socket.socket, peer: str, refusal: Refusal) -> None:
        self._closed(refusal, peer, b"")
        with contextlib.suppress(OSError), connection:
            connection.setblocking(False)
            connection.send(refusal.answer(STATUS_LINE))
