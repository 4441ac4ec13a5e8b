"""Answers that the peer does not read: it keeps its connection as long as it reads on, and no longer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from server.connections.protocol import GuardedProtocol
from server.connections.terms import Terms
from server.connections.timed import FIRST_BYTE, STALLED, SWEEP, UNREAD, sweep
from tests.server.connections.echo import run
from tests.server.raw import serving
from tests.waiting import until_soon

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
BODY = b"x" * (32 << 20)
"""More than the system takes by itself of what nobody reads."""


async def large(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001  an application's form
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(BODY))]})
    await send({"type": "http.response.body", "body": BODY})


class Peer:
    """Has asked, and reads when we say."""

    def __init__(self, connection: GuardedProtocol, raw: socket.socket, told: list[str]) -> None:
        self.connection = connection
        self.told = told
        self._raw = raw

    @property
    def left(self) -> int:
        """Bytes that wait for it here."""
        return self.connection.transport.get_write_buffer_size()

    async def reads(self) -> None:
        """Until more of it is on its way."""
        before = self.left
        while self.left == before:
            await asyncio.get_running_loop().sock_recv(self._raw, 1 << 16)

    async def is_gone(self) -> bool:
        for _ in range(20):  # what is called soon has been called, and so has what that calls soon
            await asyncio.sleep(0)
        return self.connection not in self.connection.connections


@asynccontextmanager
async def asked(request: bytes) -> AsyncIterator[Peer]:
    told: list[str] = []
    async with serving(large, terms=Terms(closed=lambda refusal, *_: told.append(refusal.reason))) as (listener, port):
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.setblocking(False)
            await asyncio.get_running_loop().sock_sendall(raw, request)
            await until_soon(lambda: bool(listener.server_state.connections))
            (connection,) = cast("set[GuardedProtocol]", listener.server_state.connections)
            await until_soon(lambda: connection.transport.get_write_buffer_size() > 0)
            yield Peer(connection, raw, told)


@pytest.mark.parametrize("request_", [GET, LAST], ids=["one that may stay", "one that is closing"])
def test_whoever_leaves_a_large_answer_unread_is_let_go(request_: bytes) -> None:
    async def scenario() -> None:
        async with asked(request_) as peer:
            now = peer.connection.loop.time()
            peer.connection.expire(now)
            peer.connection.expire(now + UNREAD - 1)
            assert not await peer.is_gone()
            peer.connection.expire(now + UNREAD + 1)
            assert await peer.is_gone()
            assert peer.told == ["unread_answer"]

    run(scenario)


def test_a_stop_of_the_keep_alive_leaves_nothing_open() -> None:
    async def scenario() -> None:
        async with asked(GET) as peer:
            peer.connection.timeout_keep_alive_handler()
            now = peer.connection.loop.time()
            peer.connection.expire(now)
            peer.connection.expire(now + UNREAD + SWEEP)
            assert await peer.is_gone()

    run(scenario)


@pytest.mark.parametrize("request_", [GET, LAST], ids=["one that may stay", "one that is closing"])
def test_whoever_reads_slowly_gets_it_all(request_: bytes) -> None:
    async def scenario() -> None:
        async with asked(request_) as peer:
            now = peer.connection.loop.time()
            peer.connection.expire(now)
            await peer.reads()
            peer.connection.expire(now + UNREAD + FIRST_BYTE)
            assert not await peer.is_gone()
            assert "unread_answer" not in peer.told

    run(scenario)


def test_an_answer_that_nobody_reads_gives_way_to_a_new_connection_at_once() -> None:
    async def scenario() -> None:
        async with asked(GET) as peer:
            now = peer.connection.loop.time()
            assert peer.connection.claim(now) is None
            assert peer.connection.claim(now + 2 * STALLED) is not None
            peer.connection.give_way()
            assert await peer.is_gone()
            assert peer.told == ["gave_way"]

    run(scenario)


@pytest.mark.interpreted
def test_a_connection_that_cannot_be_looked_at_keeps_no_other_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    class Broken:
        def expire(self, now: float) -> None:  # noqa: ARG002
            looked.append("broken")
            raise RuntimeError("no transport")

    class Sound:
        def expire(self, now: float) -> None:  # noqa: ARG002
            looked.append("sound")

    class State:
        connections = (Broken(), Sound())

    monkeypatch.setattr("server.connections.timed.SWEEP", 0)

    async def scenario() -> None:
        sweeping = asyncio.create_task(sweep(cast(Any, State())))
        await until_soon(lambda: looked.count("sound") > 1)
        sweeping.cancel()

    run(scenario)
