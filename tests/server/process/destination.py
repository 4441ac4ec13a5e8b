"""A vendor for tests: a real HTTP server in a thread of its own, that records what arrives and misbehaves on request."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

import httptools

from tests.waiting import PATIENCE

Behaviour = Callable[[int, asyncio.Transport], None]
"""Answers the n-th request (from 1) on this transport, or does not."""

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def ok(_: int, transport: asyncio.Transport) -> None:
    transport.write(OK)


def first(count: int, behaviour: Behaviour) -> Behaviour:
    """Misbehaves for the first requests, then recovers."""
    return lambda number, transport: (behaviour if number <= count else ok)(number, transport)


def status(line: str, *headers: str) -> Behaviour:
    head = "\r\n".join([f"HTTP/1.1 {line}", *headers, "Content-Length: 0", "", ""]).encode()
    return lambda _, transport: transport.write(head)


def hang(_: int, transport: asyncio.Transport) -> None:
    """Never answers; the connection stays open."""


def close_mid_response(_: int, transport: asyncio.Transport) -> None:
    transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal")
    transport.close()


class Destination:
    """Listens on a free port of the loopback; ``hits`` counts the ``ep.hit`` ids of answered requests.

    The last of ``requests`` is the one that a behaviour is to answer.
    """

    def __init__(self, behaviour: Behaviour = ok, port: int = 0) -> None:
        self.behaviour = behaviour
        self.requests: list[tuple[str, bytes]] = []
        self.hits: Counter[str] = Counter()
        self.changed = threading.Condition()
        self.connections: set[asyncio.Transport] = set()
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Destination:
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(60)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_for(self, hits: set[str], seconds: float = PATIENCE) -> set[str]:
        """Waits until every one of these hits has arrived; what is still missing after that time."""
        with self.changed:
            self.changed.wait_for(lambda: hits <= self.hits.keys(), seconds)
            return hits - self.hits.keys()

    def take(self, url: str, body: bytes) -> None:
        """Counts its hits."""
        query = parse_qs(urlsplit(url).query)
        lines = [parse_qs(line) for line in body.decode(errors="replace").splitlines()] or [{}]
        with self.changed:
            for line in lines:
                for hit in line.get("ep.hit") or query.get("ep.hit") or []:
                    self.hits[hit] += 1
            self.changed.notify_all()

    async def _listen(self) -> int:
        self._server = await self._loop.create_server(lambda: _Connection(self), "127.0.0.1", self.port, backlog=512)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _close(self) -> None:
        self._server.close()
        for transport in list(self.connections):
            transport.abort()
        await asyncio.sleep(0.01)  # the loop has to run once more for the transports to let go of their sockets


class _Connection(asyncio.Protocol):
    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._destination.connections.add(transport)

    def connection_lost(self, _: Exception | None) -> None:
        self._destination.connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._url, self._body = url, b""

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        url, requests = self._url.decode(), self._destination.requests
        requests.append((url, self._body))
        before = _Watch(self._transport)
        self._destination.behaviour(len(requests), before)  # type: ignore[arg-type]  # has the two methods that behaviours use
        if before.answered_well:
            self._destination.take(url, self._body)


class _Watch:
    """Notices whether a behaviour answered with a whole 2xx: only then did the vendor take the request."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.answered_well = False

    def write(self, data: bytes) -> None:
        self.answered_well = data.startswith(b"HTTP/1.1 204")
        self._transport.write(data)

    def close(self) -> None:
        self._transport.close()
