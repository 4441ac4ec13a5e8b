"""The connections that are open: which of them are free, and when each is due to end."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from server.http.connection import Connection
from server.http.errors import ConnectionClosed
from server.http.limits import HttpLimits
from server.http.url import Endpoint


class Pool:
    """One timer watches all connections. It runs while there are any, so that no request needs one of its own."""

    def __init__(self, limits: HttpLimits) -> None:
        self._limits = limits
        self._open: set[Connection] = set()
        self._idle: defaultdict[Endpoint, list[Connection]] = defaultdict(list)
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def add(self, connection: Connection) -> None:
        """Watches a new connection; ends it at once where the pool is closed."""
        if self._closed:
            connection.abort()
            return
        self._open.add(connection)
        if self._timer is None:
            self._wait()

    def take(self, destination: Endpoint) -> Connection | None:
        """The idle connection used last, so that the others grow old and go."""
        idle = self._idle.get(destination)
        while idle:
            connection = idle.pop()
            if connection.open:
                return connection
        return None

    def give_back(self, destination: Endpoint, connection: Connection) -> None:
        """Keeps an open connection for the next request, if there is room."""
        idle = self._idle[destination]
        if len(idle) < self._limits.idle_connections:
            connection.used = True
            idle.append(connection)
        else:
            connection.abort()

    async def close(self) -> None:
        """Ends every connection; who still waits for an answer gets ConnectionClosed."""
        self._closed = True
        for connection in self._open:
            connection.fail(ConnectionClosed("the sender was closed"))
        await asyncio.gather(*(connection.gone for connection in self._open))
        if self._timer:
            self._timer.cancel()

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._limits.sweep, self._sweep)

    def _sweep(self) -> None:
        """Ends what is due, forgets what is closed."""
        now = asyncio.get_running_loop().time()
        closed = [connection for connection in self._open if not connection.expire(now)]
        if closed:
            self._open.difference_update(closed)
            kept = {where: [connection for connection in idle if connection.open] for where, idle in self._idle.items()}
            self._idle = defaultdict(list, {where: idle for where, idle in kept.items() if idle})
        self._timer = None
        if self._open:
            self._wait()
