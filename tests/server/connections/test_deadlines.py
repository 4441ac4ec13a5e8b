"""How long a peer may take for what he owes, by a clock that the test sets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from server.connections import timed
from server.connections.terms import Terms
from server.connections.timed import BODY, BODY_IDLE, FIRST_BYTE, HEAD, UNREAD
from tests.server.connections.echo import CHUNKED, GET, POST, Echo, only, run, talking
from tests.server.connections.stopped_clock import Clock
from tests.server.raw import Raw, connected, exchange, serving
from tests.waiting import until_soon

OWED = {
    "the first byte": (b"", FIRST_BYTE),
    "more than an empty line": (b"\r\n", FIRST_BYTE),
    "the rest of the request line": (b"GET /g/col", HEAD),
    "the rest of the head": (GET + b"X: y", HEAD),
    "a body": (POST + b"Content-Length: 1000000\r\n\r\n", BODY_IDLE),
    "the rest of a body": (POST + b"Content-Length: 1000000\r\n\r\nen=x", BODY_IDLE),
    "the rest of a chunk": (CHUNKED + b"\r\nffff\r\nen=x", BODY_IDLE),
    "the last chunk": (CHUNKED + b"\r\n1\r\nx\r\n", BODY_IDLE),
}


@pytest.mark.parametrize("name", OWED)
@pytest.mark.parametrize("before", [b"", GET + b"\r\n"], ids=["at first", "after an answer"])
def test_a_peer_that_stops_is_cut_off(name: str, before: bytes) -> None:
    sent, patience = OWED[name]

    async def scenario() -> None:
        async with talking() as (_, listener, raw):
            await until_soon(lambda: bool(listener.server_state.connections))
            connection = only(listener)
            if before:
                await raw.send(before)
                assert (await raw.reply())[0] == 200
            started = connection.loop.time()
            if sent:
                await raw.send(sent)
                await asyncio.sleep(0.02)
            connection.expire(started + patience - 0.1)
            assert not connection.transport.is_closing()
            connection.expire(connection.loop.time() + patience + 0.1)
            assert connection.transport.is_closing()
            assert await raw.closed()

    run(scenario)


@asynccontextmanager
async def clocked(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Clock, Raw]]:
    async with talking() as (_, listener, raw):
        await until_soon(lambda: bool(listener.server_state.connections))
        yield Clock(only(listener), raw, monkeypatch), raw


def test_a_head_that_trickles_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with clocked(monkeypatch) as (clock, _):
            assert clock.arrives(GET, after=14)
            assert all(clock.arrives(b"X: y\r\n", after=1) for _ in range(10))
            assert not clock.arrives(b"X: y\r\n", after=1)

    run(scenario)


def test_a_body_that_trickles_is_cut_off_after_its_first_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with clocked(monkeypatch) as (clock, _):
            assert clock.arrives(POST + b"Content-Length: 1000000\r\n\r\n")
            assert all(clock.arrives(b"x" * 900, after=1) for _ in range(5))
            assert not clock.arrives(b"x" * 900, after=1)

    run(scenario)


def test_a_body_that_keeps_its_pace_is_read_on_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with clocked(monkeypatch) as (clock, _):
            assert clock.arrives(POST + b"Content-Length: 1000000\r\n\r\n" + b"x" * 2000)
            assert all(clock.arrives(b"x" * 1000, after=1) for _ in range(int(BODY)))
            assert not clock.arrives(b"x" * 1000, after=1)

    run(scenario)


def test_a_body_that_pauses_is_cut_off_however_much_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with clocked(monkeypatch) as (clock, _):
            assert clock.arrives(POST + b"Content-Length: 1000000\r\n\r\n" + b"x" * 50_000)
            assert clock.arrives(b"x", after=BODY_IDLE)
            assert not clock.arrives(b"x", after=BODY_IDLE + 0.1)

    run(scenario)


def test_while_the_answer_is_ours_to_give_the_peer_may_wait() -> None:
    async def scenario() -> None:
        async with talking() as (echo, listener, raw):
            echo.answering.clear()
            await raw.send(GET + b"\r\n")
            await until_soon(lambda: bool(echo.requests))
            connection = only(listener)
            connection.expire(connection.loop.time() + 3600)
            echo.answering.set()
            assert (await raw.reply())[0] == 200

    run(scenario)


def test_a_body_that_nobody_waits_for_any_more_is_no_way_to_stay() -> None:
    async def early(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def scenario() -> None:
        async with serving(early) as (listener, port), connected(port) as raw:
            await raw.send(POST + b"Content-Length: 4\r\n\r\n")
            assert (await raw.reply())[0] == 200
            await raw.send(b"en=x\r\n")
            await asyncio.sleep(0.02)
            connection = only(listener)
            connection.expire(connection.loop.time() + FIRST_BYTE + 1)
            assert await raw.closed()

    run(scenario)


def test_the_sweep_looks_at_every_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timed, "SWEEP", 0.01)
    monkeypatch.setattr(timed, "FIRST_BYTE", 0.03)
    monkeypatch.setattr(timed, "HEAD", 0.03)

    async def scenario() -> None:
        async with serving(Echo()) as (listener, port), connected(port) as silent, connected(port) as half:
            await half.send(GET)
            assert await silent.closed()
            assert await half.closed()
            await until_soon(lambda: not listener.server_state.connections)
            assert (await exchange(port, GET + b"\r\n"))[0] == 200

    run(scenario)


def test_a_peer_that_does_not_read_its_answers_is_let_go() -> None:
    async def scenario() -> None:
        async with talking() as (_, listener, _):
            connection = only(listener)
            connection.pause_writing()
            connection.expire(connection.loop.time() + UNREAD - 1)
            connection.resume_writing()
            connection.expire(connection.loop.time() + FIRST_BYTE - 1)
            assert listener.server_state.connections
            connection.pause_writing()
            connection.expire(connection.loop.time() + UNREAD + 1)
            await until_soon(lambda: not listener.server_state.connections)

    run(scenario)


ENDED = {
    "silence": (b"", FIRST_BYTE, "no_request"),
    "half a head": (GET, HEAD, "slow_head"),
    "half a request line": (GET[:9], HEAD, "slow_head"),
    "half a body": (POST + b"Content-Length: 4\r\n\r\nen", BODY_IDLE, "slow_body"),
    "nothing after an answer": (GET + b"\r\n", FIRST_BYTE, "idle"),
}


@pytest.mark.parametrize("name", ENDED)
def test_every_deadline_that_ends_a_connection_is_told_by_a_word_of_its_own(name: str) -> None:
    sent, patience, reason = ENDED[name]
    told: list[str] = []

    async def scenario() -> None:
        async with talking(Terms(closed=lambda refusal, *_: told.append(refusal.reason))) as (_, listener, raw):
            await raw.send(sent)
            await asyncio.sleep(0.02)
            connection = only(listener)
            connection.expire(connection.loop.time() + patience + 0.1)
            connection.expire(connection.loop.time() + patience + 0.1)
            await until_soon(lambda: not listener.server_state.connections)
            assert told == [reason]

    run(scenario)


@pytest.mark.parametrize("more", [POST + b"Content-Length: 4\r\n\r\ne", GET + b"\r\n" + GET])
def test_nobody_is_late_with_what_we_do_not_read_before_the_answer_to_what_he_sent_before(more: bytes) -> None:
    async def scenario() -> None:
        async with talking() as (echo, listener, raw):
            echo.answering.clear()
            await until_soon(lambda: bool(listener.server_state.connections))
            connection = only(listener)
            connection.data_received(GET + b"\r\n" + more)
            later = connection.loop.time() + BODY + BODY_IDLE
            connection.expire(later)
            assert connection.claim(later) is None
            assert not connection.transport.is_closing()
            began = connection.loop.time()
            echo.answering.set()
            assert (await raw.reply())[0] == 200
            connection.expire(began + BODY_IDLE - 0.1)
            assert not connection.transport.is_closing()
            connection.expire(later)
            await until_soon(lambda: not listener.server_state.connections)

    run(scenario)
