"""Ports, connections, and how serving ends."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import time
from typing import Any, cast

import pytest

from server.connections.listener import CannotListen, Listener, bind
from server.connections.protocol import GuardedProtocol
from server.connections.terms import Terms
from server.connections.timed import STALLED
from tests.server.raw import connected, exchange, serving
from tests.waiting import until_soon

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nen=x"


async def app(scope: Any, receive: Any, send: Any) -> None:
    body = b""
    if scope["method"] == "POST":
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message["body"], message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.mark.parametrize(
    ("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6), ("localhost", socket.AF_INET)]
)
def test_a_port_is_bound_and_listens(host: str, family: socket.AddressFamily) -> None:
    with bind(host, 0) as listening:
        assert listening.family == family
        assert listening.getsockname()[1] > 0


def test_a_port_in_use_is_said_in_words() -> None:
    with bind("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(CannotListen) as raised:
            bind("127.0.0.1", port)
    assert str(raised.value) == (f"cannot listen on 127.0.0.1:{port}: address already in use; choose another address or port")


@pytest.mark.parametrize(("host", "port"), [("203.0.113.77", 0), ("no.such.host.invalid", 0)])
def test_what_cannot_be_bound_says_so(host: str, port: int) -> None:
    with pytest.raises(CannotListen, match=f"cannot listen on {host}:{port}: .*; choose another"):
        bind(host, port)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Python leaves that socket to the collector
def test_a_port_that_does_not_exist_is_said_in_words() -> None:
    with pytest.raises(CannotListen, match="port must be 0-65535"):
        bind("127.0.0.1", 99_999)
    gc.collect()


def test_connections_beyond_the_limit_are_refused_before_work() -> None:
    async def scenario() -> None:
        async with (
            serving(app, terms=Terms(max_connections=2)) as (listener, port),
            connected(port) as first,
            connected(port) as second,
        ):
            for raw in (first, second):
                await raw.send(POST)
            await until_soon(lambda: len(listener.server_state.tasks) == 2)
            async with connected(port) as third:
                status, headers, _ = await third.reply()
                assert (status, headers["connection"]) == (503, "close")
                assert await third.closed()
            first.leave()
            await until_soon(lambda: len(listener.server_state.connections) == 1)
            assert (await exchange(port, GET))[0] == 200

    asyncio.run(scenario())


def test_a_connection_beyond_the_limit_takes_the_place_of_the_one_that_has_been_idle_for_the_longest_time() -> None:
    told: list[str] = []

    async def scenario() -> None:
        terms = Terms(max_connections=3, closed=lambda refusal, *_: told.append(refusal.reason))
        async with (
            serving(app, terms=terms) as (listener, port),
            connected(port) as silent,
            connected(port) as idle,
            connected(port) as busy,
        ):
            await until_soon(lambda: len(listener.server_state.connections) == 3)
            await idle.send(GET)
            assert (await idle.reply())[0] == 200
            await busy.send(POST)
            await until_soon(lambda: len(listener.server_state.tasks) == 1)
            assert (await exchange(port, GET))[0] == 200
            assert await silent.closed()
            await until_soon(lambda: listener.gate.open == 2)
            async with connected(port) as another, connected(port) as third:
                for raw in (another, third):
                    await raw.send(GET)
                    assert (await raw.reply())[0] == 200
                assert await idle.closed()
                await busy.send(b"x" * 96)
                assert (await busy.reply())[0] == 200
        assert told == ["gave_way", "gave_way"]

    asyncio.run(scenario())


def test_a_head_that_is_not_complete_gives_way_after_a_second_and_so_does_a_body_that_pauses() -> None:
    async def scenario() -> None:
        async with (
            serving(app, terms=Terms(max_connections=2)) as (listener, port),
            connected(port) as head,
            connected(port) as body,
        ):
            await head.send(GET[:-4])
            await body.send(POST)
            await until_soon(lambda: len(listener.server_state.tasks) == 1)
            connections = cast("list[GuardedProtocol]", list(listener.server_state.connections))
            now = asyncio.get_running_loop().time()
            assert [each.claim(now) for each in connections] == [None, None]
            ranks = [claim.rank for each in connections if (claim := each.claim(now + STALLED + 0.1))]
            assert sorted(ranks) == [2, 3]

    asyncio.run(scenario())


def test_an_address_has_only_so_many_connections_where_that_is_limited() -> None:
    async def scenario() -> None:
        async with serving(app, terms=Terms(max_from_one=1)) as (listener, port), connected(port) as first:
            await until_soon(lambda: listener.gate.open == 1)
            async with connected(port) as second:
                assert (await second.reply())[0] == 429
            first.leave()
            await until_soon(lambda: listener.gate.open == 0)
            assert (await exchange(port, GET))[0] == 200

    asyncio.run(scenario())


def test_one_connection_is_enough_to_be_served() -> None:
    async def scenario() -> None:
        async with serving(app, terms=Terms(max_connections=1)) as (_, port):
            assert (await exchange(port, GET))[0] == 200

    asyncio.run(scenario())


def test_stalled_connections_do_not_keep_it_from_stopping() -> None:
    async def scenario() -> float:
        listening = bind("127.0.0.1", 0)
        port = listening.getsockname()[1]
        listener = Listener(app, grace=1)
        running = asyncio.create_task(listener.run_on(listening))
        async with connected(port) as silent, connected(port) as half, connected(port) as body, connected(port) as idle:
            await half.send(GET[:-4])
            await body.send(POST)
            await idle.send(GET)
            assert (await idle.reply())[0] == 200
            await until_soon(lambda: len(listener.server_state.connections) == 4 and len(listener.server_state.tasks) == 1)
            began = time.monotonic()
            listener.should_exit = True
            assert await silent.closed()
            await asyncio.wait_for(running, 60)
            return time.monotonic() - began

    assert asyncio.run(scenario()) < 15


async def _asked_until_refused(port: int) -> None:
    """A listener that is told to stop notices it a moment later."""
    while True:
        with contextlib.suppress(EOFError):
            await exchange(port, GET)


def test_what_is_being_answered_is_finished_first() -> None:
    async def scenario() -> None:
        listening = bind("127.0.0.1", 0)
        port = listening.getsockname()[1]
        listener = Listener(app, grace=5)
        running = asyncio.create_task(listener.run_on(listening))
        async with connected(port) as raw:
            await raw.send(POST)
            await until_soon(lambda: bool(listener.server_state.tasks))
            listener.should_exit = True
            with pytest.raises(ConnectionError):
                await asyncio.wait_for(_asked_until_refused(port), 60)
            await raw.send(b"x" * 96)
            assert (await raw.reply())[2] == b"ok"
        await asyncio.wait_for(running, 60)

    asyncio.run(scenario())


def test_the_process_keeps_its_own_signal_handlers() -> None:
    async def scenario() -> None:
        before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
        async with serving(app):
            assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before

    asyncio.run(scenario())


def test_the_server_does_not_name_itself() -> None:
    async def scenario() -> None:
        async with serving(app) as (_, port):
            assert "server" not in (await exchange(port, GET))[1]

    asyncio.run(scenario())
