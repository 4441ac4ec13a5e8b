"""Sends requests, each over a connection that is open already or one that is opened for it."""

from __future__ import annotations

import asyncio
import ssl
from functools import cache, partial
from typing import Protocol

from core.types import OutboundRequest, Response
from server.http.connection import Answered, Connection
from server.http.dialer import Dialer, Resolve
from server.http.errors import ConnectionClosed, TransportError
from server.http.limits import HttpLimits
from server.http.message import serialise
from server.http.pool import Pool
from server.http.resolver import Resolver
from server.http.url import Endpoint, split


class UnderWay(Protocol):
    """Something that was begun and whose end somebody will hear of."""

    def cancel(self) -> object:
        """Ends it, if it is still under way; nobody will hear of it."""


class Awaited:
    """Hears of an exchange that somebody awaits."""

    def __init__(self, future: asyncio.Future[Response]) -> None:
        self._future = future
        self._heard = False

    def __call__(self, outcome: Response | Exception) -> None:
        """It has ended."""
        self._heard = True
        if self._future.done():
            return
        if isinstance(outcome, Response):
            self._future.set_result(outcome)
        else:
            self._future.set_exception(outcome)

    async def end(self, under_way: UnderWay) -> Response:
        """The answer. Whoever is cancelled ends what is under way, but not what another has begun on its connection since."""
        try:
            return await self._future
        except asyncio.CancelledError:
            if not self._heard:
                under_way.cancel()
            raise


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
        self._dialling: set[asyncio.Task[None]] = set()

    async def send(self, request: OutboundRequest, *, literal_host: bool) -> Response:
        """The answer, whatever its status; a redirect is an answer too. Raises TransportError and nothing else.

        ``literal_host``: the host stands literally in the configuration, so it may be a private address.
        """
        awaited = Awaited(asyncio.get_running_loop().create_future())
        return await awaited.end(self.begin(request, awaited, literal_host=literal_host))

    def begin(self, request: OutboundRequest, answered: Answered, *, literal_host: bool) -> UnderWay:
        """The same, which ``answered`` hears of, later; it hears nothing after a cancel. Raises InvalidRequest.

        A request is sent a second time only when an idle connection turned out to be closed and not one byte came back.
        """
        destination, target = split(request.url, literal_host)
        message = serialise(request, destination.authority, target)
        timeout = request.timeout
        due = asyncio.get_running_loop().time() + (self._limits.total if timeout is None else timeout)
        connection = self._pool.take(destination)
        if connection is None:
            return self._afresh(destination, message, due, answered, bodiless=request.method == "HEAD")
        connection.exchange(message, due, answered, bodiless=request.method == "HEAD")
        return connection

    def _heard(self, destination: Endpoint, connection: Connection, outcome: Response | TransportError) -> None:
        """What came of an exchange over one of the connections."""
        message, answered = connection.message, connection.answered
        connection.message, connection.answered = b"", _nobody  # an idle connection keeps nothing of the request before
        if isinstance(outcome, Response):
            if connection.open:
                self._pool.give_back(destination, connection)
        elif isinstance(outcome, ConnectionClosed) and connection.used and connection.silent:
            connection.successor = self._afresh(destination, message, connection.due, answered, bodiless=connection.bodiless)
            return
        answered(outcome)

    def _afresh(
        self, destination: Endpoint, message: bytes, due: float, answered: Answered, *, bodiless: bool
    ) -> asyncio.Task[None]:
        """Over a connection that is opened for it."""
        exchange = self._dialled(destination, message, due, answered, bodiless)
        task = asyncio.get_running_loop().create_task(exchange)
        self._dialling.add(task)
        task.add_done_callback(self._dialling.discard)
        return task

    async def _dialled(self, destination: Endpoint, message: bytes, due: float, answered: Answered, bodiless: bool) -> None:
        try:
            connection = await self._dialer.dial(destination, due, partial(self._heard, destination))
        except Exception as error:
            answered(error)
            return
        self._pool.add(connection)
        awaited = Awaited(asyncio.get_running_loop().create_future())
        connection.exchange(message, due, awaited, bodiless=bodiless)
        try:
            outcome: Response | Exception = await awaited.end(connection)
        except TransportError as error:
            outcome = error
        answered(outcome)

    async def close(self) -> None:
        """Ends every connection; a request under way gets ConnectionClosed."""
        await self._pool.close()


def _nobody(_: Response | Exception) -> None:
    """Nobody is to hear of it."""


@cache
def _verifying_context() -> ssl.SSLContext:
    """By the system's authorities, which are read once in a process: that takes 20 ms."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
