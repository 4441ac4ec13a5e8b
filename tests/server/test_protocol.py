"""What a raw socket may do, byte for byte against a real listener."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
import uvloop

from server import protocol
from server.listener import Listener
from server.protocol import (
    BODY,
    BODY_IDLE,
    FIRST_BYTE,
    HEAD,
    MAX_FIELDS,
    MAX_HEAD,
    MAX_PIPELINED,
    MAX_UNFINISHED,
    MAX_URL,
    UNREAD,
    GuardedProtocol,
)
from tests.server.raw import Raw, connected, exchange, serving, until

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


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logger = logging.getLogger("uvicorn")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(asyncio.wait_for(scenario(), 10))


@asynccontextmanager
async def talking() -> AsyncIterator[tuple[Echo, Listener, Raw]]:
    echo = Echo()
    async with serving(echo) as (listener, port), connected(port) as raw:
        yield echo, listener, raw


def only(listener: Listener) -> GuardedProtocol:
    (connection,) = listener.server_state.connections
    return cast(GuardedProtocol, connection)


def chunks(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


CHUNKED = POST + b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (GET + b"\r\n", b""),
        (POST + b"Content-Length: 4\r\n\r\nen=x", b"en=x"),
        (POST + b"Content-Length: 0\r\n\r\n", b""),
        (CHUNKED + b"\r\n" + chunks(b"en=", b"x"), b"en=x"),
        (CHUNKED + b"\r\n" + b"4;ext=1\r\nen=x\r\n0\r\n\r\n", b"en=x"),
        (b"GET http://other.example/g/collect HTTP/1.1\r\n" + HOST + b"\r\n", b""),
        (b"GET /%ff%00?%zz=%ff HTTP/1.1\r\n" + HOST + b"\r\n", b""),
        (b"GET /g HTTP/1.1\r\nHost:\r\n\r\n", b""),
        (b"\r\n\r\n" + GET + b"\r\n", b""),
        (POST + b"Content-Length: 4\r\nContent-Type: text/plain\r\n\r\n\xff\0\r\n", b"\xff\0\r\n"),
        (GET + b"X: " + b"x" * 8000 + b"\r\n\r\n", b""),
        (b"GET /?" + b"x" * (MAX_URL - 2) + b" HTTP/1.1\r\n" + HOST + b"\r\n", b""),
        (GET + b"".join(b"X-%d: y\r\n" % i for i in range(MAX_FIELDS - 1)) + b"\r\n", b""),
        (GET + b"X: " + b"x" * (MAX_HEAD - 4 - 13 - 4) + b"\r\n\r\n", b""),
    ],
)
def test_an_ordinary_request_is_answered(sent: bytes, body: bytes) -> None:
    async def scenario() -> None:
        async with talking() as (echo, _, raw):
            await raw.send(sent)
            status, headers, got = await raw.reply()
            assert (status, got) == (200, body)
            assert "server" not in headers
            assert len(echo.requests) == 1

    run(scenario)


REFUSED = {
    "no Host": (400, b"GET / HTTP/1.1\r\nX: y\r\n\r\n"),
    "no header at all": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "two Hosts": (400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    "the same Host twice": (400, b"GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"),
    "no Host but an absolute URL": (400, b"GET http://a/ HTTP/1.1\r\n\r\n"),
    "no Host in HTTP/1.0": (400, b"GET / HTTP/1.0\r\n\r\n"),
    "a URL that is too long": (414, b"GET /?" + b"x" * (MAX_URL - 1) + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a URL without an end": (414, b"GET /" + b"x" * (MAX_UNFINISHED - 4)),
    "a header that is too long": (431, GET + b"X: " + b"x" * MAX_HEAD + b"\r\n\r\n"),
    "headers that are too long together": (431, GET + b"X-Y: %s\r\n" % (b"x" * 4000) * 9 + b"\r\n"),
    "a header name that is too long": (431, GET + b"x" * MAX_HEAD + b": y\r\n\r\n"),
    "too many headers": (431, GET + b"".join(b"X-%d: y\r\n" % i for i in range(MAX_FIELDS)) + b"\r\n"),
    "ten thousand headers": (431, GET + b"X: y\r\n" * 10_000 + b"\r\n"),
    "a header without an end": (431, (GET + b"X: ").ljust(MAX_UNFINISHED + 1, b"x")),
    "a header name without an end": (431, GET.ljust(MAX_UNFINISHED + 1, b"x")),
    "empty lines without an end": (431, b"\r\n" * (MAX_UNFINISHED // 2 + 1)),
    "a trailer that is too long": (431, CHUNKED + b"\r\n1\r\nx\r\n0\r\nX: " + b"x" * MAX_HEAD + b"\r\n\r\n"),
    "Content-Length and Transfer-Encoding": (400, CHUNKED + b"Content-Length: 4\r\n\r\n" + chunks(b"x")),
    "Transfer-Encoding and Content-Length": (
        400,
        POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(b"x"),
    ),
    "two lengths": (400, POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"),
    "a length that is no number": (400, POST + b"Content-Length: +4\r\n\r\nabcd"),
    "a negative length": (400, POST + b"Content-Length: -1\r\n\r\n"),
    "a length beyond all numbers": (400, POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n"),
    "an odd Transfer-Encoding": (400, POST + b"Transfer-Encoding: xchunked\r\n\r\n" + chunks(b"x")),
    "a bare LF after the request line": (400, b"GET / HTTP/1.1\nHost: a\n\n"),
    "a bare LF between headers": (400, b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"),
    "a bare CR in a header": (400, b"GET / HTTP/1.1\r\nHost: a\r\nX: y\rZ: z\r\n\r\n"),
    "obs-fold": (400, GET + b"X: y\r\n z\r\n\r\n"),
    "a space before the colon": (400, GET + b"X : y\r\n\r\n"),
    "a NUL in a header": (400, GET + b"X: y\0z\r\n\r\n"),
    "a NUL in the URL": (400, b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a bad chunk size": (400, CHUNKED + b"\r\nzz\r\nx\r\n0\r\n\r\n"),
    "a chunk longer than it said": (400, CHUNKED + b"\r\n1\r\nxyz\r\n0\r\n\r\n"),
    "a chunk size beyond all numbers": (400, CHUNKED + b"\r\n" + b"f" * 20 + b"\r\n"),
    "a bare LF after a chunk size": (400, CHUNKED + b"\r\n1\nx\n0\n\n"),
    "a NUL in a chunk extension": (400, CHUNKED + b"\r\n1;\0\r\nx\r\n0\r\n\r\n"),
    "a tunnel": (400, b"CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n"),
    "no HTTP at all": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32)),
    "a method nobody knows": (400, b"FETCH / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a version nobody knows": (400, b"GET / HTTP/9.9\r\n" + HOST + b"\r\n"),
    "HTTP/2 with prior knowledge": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_malformed_or_oversized_request_is_refused_and_the_connection_closed(name: str) -> None:
    status, sent = REFUSED[name]

    async def scenario() -> None:
        async with talking() as (echo, listener, raw):
            raw.writer.write(sent)
            got, headers, body = await raw.reply()
            assert got == status
            assert headers["connection"] == "close"
            assert headers["content-type"].startswith("text/plain")
            assert body.endswith(b"\n")
            assert await raw.closed()
            await until(lambda: not listener.server_state.connections)
            assert not echo.requests

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


def test_a_head_may_come_byte_by_byte() -> None:
    async def scenario() -> None:
        async with talking() as (_, _, raw):
            for byte in GET + b"\r\n":
                await raw.send(bytes([byte]))
            assert (await raw.reply())[0] == 200

    run(scenario)


def test_requests_may_follow_each_other_on_one_connection() -> None:
    async def scenario() -> None:
        async with talking() as (echo, _, raw):
            for _ in range(3):
                await raw.send(POST + b"Content-Length: 1\r\n\r\nx")
                assert (await raw.reply())[2] == b"x"
            await raw.send((GET + b"\r\n") * 3)
            assert [(await raw.reply())[0] for _ in range(3)] == [200] * 3
            assert len(echo.requests) == 6

    run(scenario)


def test_the_limits_are_for_each_request_and_not_for_the_connection() -> None:
    async def scenario() -> None:
        async with talking() as (_, _, raw):
            for _ in range(4):
                await raw.send(GET + b"X: " + b"x" * 20_000 + b"\r\n\r\n")
                assert (await raw.reply())[0] == 200
            await raw.send(CHUNKED + b"\r\n" + chunks(*[b"x" * 1000] * 100))
            assert len((await raw.reply())[2]) == 100_000
            await raw.send((GET + b"X: " + b"x" * 20_000 + b"\r\n\r\n") * 3)
            assert [(await raw.reply())[0] for _ in range(3)] == [200] * 3

    run(scenario)


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
            await until(lambda: bool(listener.server_state.connections))
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


class Clock:
    """A peer whose time is ours: each piece arrives when we say."""

    def __init__(self, connection: GuardedProtocol, raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
        self._connection = connection
        self._raw = raw
        self.now = 1000.0
        monkeypatch.setattr(connection, "loop", self)
        connection.connection_made(connection.transport)

    def time(self) -> float:
        return self.now

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio.get_running_loop(), name)

    def arrives(self, data: bytes, after: float = 0.0) -> bool:
        """Whether the connection still stands after this much later came that."""
        self.now += after
        self._connection.expire(self.now)
        if not self._connection.transport.is_closing():
            self._connection.data_received(data)
        return not self._connection.transport.is_closing()


@asynccontextmanager
async def timed(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Clock, Raw]]:
    async with talking() as (_, listener, raw):
        await until(lambda: bool(listener.server_state.connections))
        yield Clock(only(listener), raw, monkeypatch), raw


def test_a_head_that_trickles_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with timed(monkeypatch) as (clock, _):
            assert clock.arrives(GET, after=14)
            assert all(clock.arrives(b"X: y\r\n", after=1) for _ in range(10))
            assert not clock.arrives(b"X: y\r\n", after=1)

    run(scenario)


def test_a_body_that_trickles_is_cut_off_after_its_first_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with timed(monkeypatch) as (clock, _):
            assert clock.arrives(POST + b"Content-Length: 1000000\r\n\r\n")
            assert all(clock.arrives(b"x" * 900, after=1) for _ in range(5))
            assert not clock.arrives(b"x" * 900, after=1)

    run(scenario)


def test_a_body_that_keeps_its_pace_is_read_on_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with timed(monkeypatch) as (clock, _):
            assert clock.arrives(POST + b"Content-Length: 1000000\r\n\r\n" + b"x" * 2000)
            assert all(clock.arrives(b"x" * 1000, after=1) for _ in range(int(BODY)))
            assert not clock.arrives(b"x" * 1000, after=1)

    run(scenario)


def test_a_body_that_pauses_is_cut_off_however_much_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with timed(monkeypatch) as (clock, _):
            assert clock.arrives(POST + b"Content-Length: 1000000\r\n\r\n" + b"x" * 50_000)
            assert clock.arrives(b"x", after=BODY_IDLE)
            assert not clock.arrives(b"x", after=BODY_IDLE + 0.1)

    run(scenario)


def test_while_the_answer_is_ours_to_give_the_peer_may_wait() -> None:
    async def scenario() -> None:
        async with talking() as (echo, listener, raw):
            echo.answering.clear()
            await raw.send(GET + b"\r\n")
            await until(lambda: bool(echo.requests))
            connection = only(listener)
            connection.expire(connection.loop.time() + 3600)
            echo.answering.set()
            assert (await raw.reply())[0] == 200

    run(scenario)


UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"


def test_a_wish_to_upgrade_is_ignored_and_the_connection_not_used_again() -> None:
    async def scenario() -> None:
        async with talking() as (echo, _, raw):
            await raw.send(GET + UPGRADE + b"\r\n" + GET + b"\r\n")
            assert (await raw.reply())[0] == 200
            assert await raw.closed()
            assert len(echo.requests) == 1

    run(scenario)


@pytest.mark.parametrize("body", [b"Content-Length: 4\r\n\r\nen=x", b"Transfer-Encoding: chunked\r\n\r\n" + chunks(b"en=x")])
def test_a_body_is_never_lost_to_an_upgrade(body: bytes) -> None:
    async def scenario() -> None:
        async with talking() as (echo, _, raw):
            await raw.send(POST + UPGRADE + body)
            status, headers, reason = await raw.reply()
            assert (status, headers["connection"]) == (400, "close")
            assert b"Upgrade" in reason
            assert not echo.requests

    run(scenario)


def test_a_trailer_is_no_header() -> None:
    seen: list[list[tuple[bytes, bytes]]] = []
    echo = Echo()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await echo(scope, receive, send)
        seen.append(scope["headers"])

    async def scenario() -> None:
        async with serving(app) as (_, port):
            assert (await exchange(port, CHUNKED + b"\r\n1\r\nx\r\n0\r\nHost: evil\r\nOrigin: https://evil\r\n\r\n"))[2] == b"x"

    run(scenario)
    assert [name for name, _ in seen[0]] == [b"host", b"transfer-encoding"]


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
    monkeypatch.setattr(protocol, "SWEEP", 0.01)
    monkeypatch.setattr(protocol, "FIRST_BYTE", 0.03)
    monkeypatch.setattr(protocol, "HEAD", 0.03)

    async def scenario() -> None:
        async with serving(Echo()) as (listener, port), connected(port) as silent, connected(port) as half:
            await half.send(GET)
            assert await silent.closed()
            assert await half.closed()
            await until(lambda: not listener.server_state.connections)
            assert (await exchange(port, GET + b"\r\n"))[0] == 200

    run(scenario)


def test_only_so_many_requests_may_wait_for_their_answers() -> None:
    async def scenario() -> None:
        async with talking() as (echo, listener, raw):
            echo.answering.clear()
            await raw.send((GET + b"\r\n") * (MAX_PIPELINED + 5))
            status, headers, _ = await raw.reply()
            assert (status, headers["connection"]) == (429, "close")
            await until(lambda: not listener.server_state.connections)
            echo.answering.set()

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
            await until(lambda: not listener.server_state.connections)

    run(scenario)
