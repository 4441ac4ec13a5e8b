"""How connections end on which nobody is late: at a stop, as HTTP/1.0 does, and when a peer has sent everything."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.connections.echo import GET, POST, only, run, talking
from tests.server.raw import connected
from tests.waiting import until_soon


def test_the_last_answer_before_a_stop_says_that_it_is_the_last() -> None:
    async def scenario() -> None:
        async with talking() as (_, listener, raw), connected(raw.port) as idle:
            await idle.send(GET + b"\r\n")
            assert "connection" not in (await idle.reply())[1]
            await raw.send(GET)
            await until_soon(lambda: len(listener.server_state.connections) == 2)
            await asyncio.sleep(0.02)
            listener.should_exit = True
            assert await idle.closed()
            await raw.send(b"\r\n")
            status, headers, _ = await raw.reply()
            assert (status, headers["connection"]) == (200, "close")
            assert await raw.closed()

    run(scenario)


STAYING = b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"


def test_http_1_0_closes_unless_it_asks_for_the_connection_to_stay() -> None:
    async def scenario() -> None:
        async with talking() as (_, listener, raw):
            for _ in range(2):
                await raw.send(STAYING)
                status, headers, _ = await raw.reply()
                assert (status, headers["connection"]) == (200, "keep-alive")
            await raw.send(STAYING * 2 + b"GET / HTTP/1.0\r\n\r\n" + GET + b"\r\n")
            assert [(await raw.reply())[1]["connection"] for _ in range(3)] == ["keep-alive", "keep-alive", "close"]
            assert await raw.closed()
            await until_soon(lambda: not listener.server_state.connections)

    run(scenario)


def test_a_stop_ends_a_connection_of_http_1_0_that_was_to_stay() -> None:
    async def scenario() -> None:
        async with talking() as (echo, listener, raw):
            echo.answering.clear()
            await raw.send(STAYING)
            await until_soon(lambda: bool(echo.requests))
            only(listener).shutdown()
            echo.answering.set()
            assert (await raw.reply())[1]["connection"] == "close"
            assert await raw.closed()

    run(scenario)


HALVES = {
    "a request": (GET + b"\r\n", [200]),
    "a body": (POST + b"Content-Length: 4\r\n\r\nen=x", [200]),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n\r\n", [200]),
    "two": ((GET + b"\r\n") * 2, [200, 200]),
    "one, and what is none": (GET + b"\r\n\x16\x03\x01", [200, 400]),
    "half a head": (GET, []),
    "half a body": (POST + b"Content-Length: 4\r\n\r\nen", []),
    "nothing": (b"", []),
}


@pytest.mark.parametrize("sent", HALVES)
def test_whoever_says_that_he_has_sent_everything_gets_his_answers_and_the_connection_ends(sent: str) -> None:
    data, statuses = HALVES[sent]

    async def scenario() -> None:
        async with talking() as (echo, listener, raw):
            echo.answering.clear()
            await until_soon(lambda: bool(listener.server_state.connections))
            raw.writer.write(data)
            raw.writer.write_eof()
            if statuses:
                await until_soon(lambda: bool(echo.requests))
                await asyncio.sleep(0.01)
                echo.answering.set()
            assert [(await raw.reply())[0] for _ in statuses] == statuses
            assert await raw.closed()
            await until_soon(lambda: not listener.server_state.connections)

    run(scenario)
