"""Sends requests, each over a connection that is open already or one that is opened for it."""

from __future__ import annotations

import asyncio
import ssl

from core.types import OutboundRequest, Response
from server.http.dialer import Dialer, Resolve
from server.http.errors import ConnectionClosed
from server.http.limits import HttpLimits
from server.http.message import serialise
from server.http.pool import Pool
from server.http.resolver import Resolver
from server.http.url import split


class HttpSender:
    """Opens a connection whenever none is idle: how many requests may be under way is the caller's decision.

    ``ssl_context`` is for other authorities than the system's; ``resolve`` for other names than its resolver's.
    """

    def __init__(
        self,
        *,
        limits: HttpLimits = HttpLimits(),  # noqa: B008  an immutable value
        ssl_context: ssl.SSLContext | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._limits = limits
        self._pool = Pool(limits)
        self._dialer = Dialer(limits, ssl_context or _verifying_context(), resolve or Resolver())

    async def send(self, request: OutboundRequest, *, literal_host: bool) -> Response:
        """The answer, whatever its status; a redirect is an answer too. Raises TransportError and nothing else.

        A request is sent a second time only when an idle connection turned out to be closed and not one byte came back.
        ``literal_host``: the host stands literally in the configuration, so it may be a private address.
        """
        destination, target = split(request.url, literal_host)
        message = serialise(request, destination.authority, target)
        loop = asyncio.get_running_loop()
        due = loop.time() + (self._limits.total if request.timeout is None else request.timeout)
        bodiless = request.method == "HEAD"
        connection, used = self._pool.take(destination), True
        while True:
            if connection is None:
                connection, used = await self._dialer.dial(destination, due), False
                self._pool.add(connection)
            try:
                response = await connection.exchange(message, due, bodiless=bodiless)
            except ConnectionClosed:
                if not (used and connection.silent):
                    raise
                connection = None
            except asyncio.CancelledError:  # the answer on its way is nobody's
                connection.abort()
                raise
            else:
                self._pool.give_back(destination, connection, loop.time())
                return response

    async def close(self) -> None:
        """Ends every connection; a request under way gets ConnectionClosed."""
        await self._pool.close()


def _verifying_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
