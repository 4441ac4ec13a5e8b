"""What is refused on a raw socket, how that ends the connection, and that whoever asked before gets his answers first."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from server.connections.protocol import MAX_UNFINISHED, GuardedProtocol
from server.connections.refusals import MAX_PIPELINED
from server.connections.terms import Terms
from tests.server.connections.echo import CHUNKED, GET, POST, chunks, run, talking
from tests.server.connections.refused_requests import REFUSED
from tests.waiting import until_soon


@pytest.mark.parametrize("name", REFUSED)
def test_a_malformed_or_oversized_request_is_refused_and_the_connection_closed(name: str) -> None:
    status, reason, sent = REFUSED[name]
    told: list[str] = []

    async def scenario() -> None:
        async with talking(Terms(closed=lambda refusal, *_: told.append(refusal.reason))) as (echo, listener, raw):
            raw.writer.write(sent)
            got, headers, body = await raw.reply()
            assert got == status
            assert headers["connection"] == "close"
            assert headers["content-type"].startswith("text/plain")
            assert body.endswith(b"\n")
            assert await raw.closed()
            await until_soon(lambda: not listener.server_state.connections)
            assert not echo.requests
            assert told == [reason]

    run(scenario)


CODINGS = [
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding: deflate,chunked\r\n",
    b"Transfer-Encoding: chunked, chunked\r\n",
    b"Transfer-Encoding: identity, chunked\r\n",
    b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: , chunked\r\n",
]


@pytest.mark.parametrize("coding", CODINGS)
def test_no_coding_is_taken_but_chunks(coding: bytes) -> None:
    told: list[str] = []

    async def scenario() -> None:
        async with talking(Terms(closed=lambda refusal, *_: told.append(refusal.reason))) as (echo, _, raw):
            await raw.send(POST + coding + b"\r\n" + chunks(b"en=x"))
            status, headers, _ = await raw.reply()
            assert (status, headers["connection"]) == (400, "close")
            assert await raw.closed()
            assert not echo.requests
            assert told in (["transfer_coding"], ["malformed_headers"])

    run(scenario)


def test_what_follows_a_refusal_is_not_read() -> None:
    async def scenario() -> None:
        async with talking() as (echo, _, raw):
            raw.writer.write(b"GET / HTTP/1.1\r\n\r\n" + GET + b"\r\n")
            assert (await raw.reply())[0] == 400
            assert await raw.closed()
            assert not echo.requests

    run(scenario)


@pytest.mark.parametrize("start", [b"GET /", GET + b"X: ", CHUNKED + b"\r\n1;", CHUNKED + b"\r\n1\r\nx\r\n0\r\nX: "])
def test_what_never_ends_is_never_held_in_memory(monkeypatch: pytest.MonkeyPatch, start: bytes) -> None:
    fed: list[int] = []
    feed = GuardedProtocol.data_received

    def counting(self: GuardedProtocol, data: bytes) -> None:
        fed.append(len(data))
        feed(self, data)

    async def scenario() -> None:
        monkeypatch.setattr(GuardedProtocol, "data_received", counting)
        async with talking() as (_, _, raw):
            with contextlib.suppress(ConnectionError, RuntimeError):
                await raw.send(start)
                for _ in range(500):
                    await raw.send(b"x" * 10_000)
            assert sum(fed) <= MAX_UNFINISHED + 2 * max(fed)

    run(scenario)


def test_only_so_many_requests_may_wait_for_their_answers() -> None:
    async def scenario() -> None:
        async with talking() as (echo, listener, raw):
            echo.answering.clear()
            await raw.send((GET + b"\r\n") * (MAX_PIPELINED + 5))
            await asyncio.sleep(0.02)
            echo.answering.set()
            assert [(await raw.reply())[0] for _ in range(MAX_PIPELINED + 1)] == [200] * (MAX_PIPELINED + 1)
            status, headers, _ = await raw.reply()
            assert (status, headers["connection"]) == (429, "close")
            await until_soon(lambda: not listener.server_state.connections)

    run(scenario)


MALFORMED = {
    "a request line": b"GET /a b HTTP/1.1\r\n",
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "a Host": b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "a coding": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
    "a chunk": CHUNKED + b"\r\nzz\r\n",
    "a header": GET + b"X : y\r\n\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\n\x01\xfc\x03\x03",
}


@pytest.mark.parametrize("malformed", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("before", [1, 2])
def test_a_refusal_waits_for_the_answers_to_the_requests_before_it(malformed: bytes, before: int) -> None:
    async def scenario() -> None:
        async with talking() as (echo, _, raw):
            echo.answering.clear()
            await raw.send((POST + b"Content-Length: 4\r\n\r\nen=x") * before + malformed)
            await asyncio.sleep(0.02)
            echo.answering.set()
            assert [(await raw.reply())[::2] for _ in range(before)] == [(200, b"en=x")] * before
            assert (await raw.reply())[0] == 400
            assert await raw.closed()
            assert len(echo.requests) == before

    run(scenario)
