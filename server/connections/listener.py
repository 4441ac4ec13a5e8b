"""Runs an ASGI application on a socket that is already bound, under the limits of ``server.connections.protocol``."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

import uvicorn

from server.connections.acceptor import Acceptor
from server.connections.exchanging import Answer
from server.connections.gate import Gate
from server.connections.protocol import GuardedProtocol
from server.connections.terms import Terms
from server.connections.timed import sweep
from server.connections.uploads import MOST_HELD, Uploads

BACKLOG = 2048

CLOSING = 0.5
"""Seconds of the grace that are left for what comes after the connections: settling deliveries, closing files."""


class CannotListen(Exception):
    """A port that is in use or forbidden; the text says which and why."""


def bind(host: str, port: int) -> socket.socket:
    """A bound, listening socket. Raises CannotListen."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        raise CannotListen(f"cannot listen on {host}:{port}: {_reason(error)}; choose another address or port") from None


def _reason(error: OSError | OverflowError) -> str:
    number = getattr(error, "errno", None) or 0
    # Python appends the address to the reason that the system gave; the errors of names have negative numbers.
    return (os.strerror(number) if number > 0 else getattr(error, "strerror", None) or str(error)).lower()


def _now() -> float:
    return asyncio.get_running_loop().time()


class Listener(uvicorn.Server):
    """uvicorn without signal handlers of its own: whoever runs it decides when it stops.

    ``answer`` is the application's other face, for requests that came whole: it answers them without ASGI.
    """

    def __init__(self, app: Any, *, answer: Answer | None = None, terms: Terms | None = None, grace: float = 5.0) -> None:
        self.terms = terms or Terms()
        self._answer = answer
        super().__init__(
            uvicorn.Config(
                app,
                http=GuardedProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=max(0.1, grace - CLOSING),  # type: ignore[arg-type]  # it takes parts of seconds, too
            )
        )
        connections = cast("set[GuardedProtocol]", self.server_state.connections)
        self.gate = Gate(self.terms, connections, _now)
        self.uploads = Uploads(_now, MOST_HELD)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the process's signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens on sockets that are bound; whom it lets in, its ``gate`` decides."""
        protocol = partial(
            GuardedProtocol,
            self.config,
            self.server_state,
            {},
            answer=self._answer,
            terms=self.terms,
            uploads=self.uploads,
        )
        acceptors = [Acceptor(each, self.gate, protocol, self.terms.closed) for each in sockets or ()]
        self.servers = cast("list[asyncio.Server]", acceptors)
        self.started = True

    async def run_on(self, listening: socket.socket) -> None:
        """Serves until ``should_exit`` is set, then finishes what is being answered, within the grace."""
        sweeping = asyncio.create_task(sweep(self.server_state))
        try:
            await self.serve(sockets=[listening])
        finally:
            sweeping.cancel()
