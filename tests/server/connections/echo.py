"""An application that answers with the body it was sent, behind a real listener, and pieces of requests to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import uvloop

from server.connections.listener import Listener
from server.connections.protocol import GuardedProtocol
from server.connections.terms import Terms
from tests.server.raw import Raw, connected, exchange, serving

HOST = b"Host: m.example.com\r\n"
GET = b"GET /g/collect?v=2 HTTP/1.1\r\n" + HOST
POST = b"POST /g/collect HTTP/1.1\r\n" + HOST


class Echo:
    """Answers 200 with the body it was sent, and remembers what reached it."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, bytes]] = []
        self.answering = asyncio.Event()
        self.answering.set()

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message["body"]
            more = message["more_body"]
        self.requests.append((scope["method"], scope["path"], body))
        await self.answering.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(asyncio.wait_for(scenario(), 60))


@asynccontextmanager
async def talking(terms: Terms | None = None) -> AsyncIterator[tuple[Echo, Listener, Raw]]:
    echo = Echo()
    async with serving(echo, terms=terms) as (listener, port), connected(port) as raw:
        yield echo, listener, raw


def only(listener: Listener) -> GuardedProtocol:
    (connection,) = listener.server_state.connections
    return cast(GuardedProtocol, connection)


def chunks(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


CHUNKED = POST + b"Transfer-Encoding: chunked\r\n"


def headers_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """What the application is told of the head."""
    seen: list[list[tuple[bytes, bytes]]] = []
    echo = Echo()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await echo(scope, receive, send)
        seen.append(scope["headers"])

    async def scenario() -> None:
        async with serving(app) as (_, port):
            assert (await exchange(port, data))[0] == 200

    run(scenario)
    return seen[0]
