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

from server.connections import fields, timed
from server.connections.fields import LONGEST_NAME, MAX_COOKIES, MAX_CRUMBS, MOST_HOSTS, MOST_NAMES
from server.connections.head import Names
from server.connections.listener import Listener
from server.connections.protocol import MAX_UNFINISHED, GuardedProtocol
from server.connections.refusals import MAX_FIELDS, MAX_HEAD, MAX_PIPELINED, MAX_URL
from server.connections.terms import Patience, Terms
from server.connections.timed import BODY, BODY_IDLE, FIRST_BYTE, HEAD, UNREAD
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
        (GET + b"Cookie: " + b"x" * MAX_COOKIES + b"\r\nX: " + b"x" * (MAX_HEAD - 4 - 13 - 4) + b"\r\n\r\n", b""),
        (GET + b"Cookie: a=b\r\n" * MAX_CRUMBS + b"\r\n", b""),
        (b"GET / HTTP/1.0\r\n\r\n", b""),
        (b"HEAD /healthy HTTP/1.0\r\n\r\n", b""),
        (b"OPTIONS / HTTP/1.0\r\n\r\n", b""),
        (b"OPTIONS * HTTP/1.1\r\nHost: \r\n\r\n", b""),
        (b"POST / HTTP/1.0\r\nContent-Length: 4\r\nExpect: 200-ok\r\n\r\nen=x", b"en=x"),
        (b"GET http://under_score:80/g HTTP/1.1\r\n" + HOST + b"\r\n", b""),
        (b"GET HTTP://host?v=2 HTTP/1.1\r\n" + HOST + b"\r\n", b""),
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
    "no Host": (400, "no_host", b"GET / HTTP/1.1\r\nX: y\r\n\r\n"),
    "no header at all": (400, "no_host", b"GET / HTTP/1.1\r\n\r\n"),
    "two Hosts": (400, "two_hosts", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    "the same Host twice": (400, "two_hosts", b"GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"),
    "no Host but an absolute URL": (400, "no_host", b"GET http://a/ HTTP/1.1\r\n\r\n"),
    "two Hosts in HTTP/1.0": (400, "two_hosts", b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
    "a URL that is too long": (414, "long_request_line", b"GET /?" + b"x" * (MAX_URL - 1) + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a URL without an end": (414, "long_request_line", b"GET /" + b"x" * (MAX_UNFINISHED - 4)),
    "a header that is too long": (431, "large_headers", GET + b"X: " + b"x" * MAX_HEAD + b"\r\n\r\n"),
    "headers that are too long together": (431, "large_headers", GET + b"X-Y: %s\r\n" % (b"x" * 4000) * 9 + b"\r\n"),
    "a header name that is too long": (431, "large_headers", GET + b"x" * MAX_HEAD + b": y\r\n\r\n"),
    "too many headers": (431, "large_headers", GET + b"".join(b"X-%d: y\r\n" % i for i in range(MAX_FIELDS)) + b"\r\n"),
    "ten thousand headers": (431, "large_headers", GET + b"X: y\r\n" * 10_000 + b"\r\n"),
    "a header without an end": (431, "large_headers", (GET + b"X: ").ljust(MAX_UNFINISHED + 1, b"x")),
    "a header name without an end": (431, "large_headers", GET.ljust(MAX_UNFINISHED + 1, b"x")),
    "empty lines without an end": (431, "large_headers", b"\r\n" * (MAX_UNFINISHED // 2 + 1)),
    "a trailer that is too long": (431, "large_headers", CHUNKED + b"\r\n1\r\nx\r\n0\r\nX: " + b"x" * MAX_HEAD + b"\r\n\r\n"),
    "Content-Length and Transfer-Encoding": (400, "malformed_headers", CHUNKED + b"Content-Length: 4\r\n\r\n" + chunks(b"x")),
    "Transfer-Encoding and Content-Length": (
        400,
        "malformed_headers",
        POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(b"x"),
    ),
    "two lengths": (400, "malformed_headers", POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"),
    "a length that is no number": (400, "malformed_headers", POST + b"Content-Length: +4\r\n\r\nabcd"),
    "a negative length": (400, "malformed_headers", POST + b"Content-Length: -1\r\n\r\n"),
    "a length beyond all numbers": (400, "malformed_headers", POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n"),
    "an odd Transfer-Encoding": (400, "transfer_coding", POST + b"Transfer-Encoding: xchunked\r\n\r\n" + chunks(b"x")),
    "a bare LF after the request line": (400, "malformed_request_line", b"GET / HTTP/1.1\nHost: a\n\n"),
    "a bare LF between headers": (400, "malformed_headers", b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"),
    "a bare CR in a header": (400, "malformed_headers", b"GET / HTTP/1.1\r\nHost: a\r\nX: y\rZ: z\r\n\r\n"),
    "obs-fold": (400, "malformed_headers", GET + b"X: y\r\n z\r\n\r\n"),
    "a space before the colon": (400, "malformed_headers", GET + b"X : y\r\n\r\n"),
    "a NUL in a header": (400, "malformed_headers", GET + b"X: y\0z\r\n\r\n"),
    "a NUL in the URL": (400, "control_character", b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a bad chunk size": (400, "malformed_body", CHUNKED + b"\r\nzz\r\nx\r\n0\r\n\r\n"),
    "a chunk longer than it said": (400, "malformed_body", CHUNKED + b"\r\n1\r\nxyz\r\n0\r\n\r\n"),
    "a chunk size beyond all numbers": (400, "malformed_body", CHUNKED + b"\r\n" + b"f" * 20 + b"\r\n"),
    "a bare LF after a chunk size": (400, "malformed_body", CHUNKED + b"\r\n1\nx\n0\n\n"),
    "a NUL in a chunk extension": (400, "malformed_body", CHUNKED + b"\r\n1;\0\r\nx\r\n0\r\n\r\n"),
    "a tunnel": (400, "tunnel", b"CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n"),
    "no HTTP at all": (400, "tls", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32)),
    "a method nobody knows": (400, "unknown_method", b"FETCH / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a version nobody knows": (400, "unknown_version", b"GET / HTTP/9.9\r\n" + HOST + b"\r\n"),
    "TLS": (400, "tls", b"\x16\x03\x01\n\x00\x01\x00\x01\xfc\x03\x03" + bytes(32)),
    "PROXY, version 1": (400, "proxy_protocol", b"PROXY TCP4 198.51.100.7 203.0.113.1 51234 80\r\n" + GET + b"\r\n"),
    "PROXY, version 1, without an address": (400, "proxy_protocol", b"PROXY UNKNOWN\r\n" + GET + b"\r\n"),
    "PROXY, version 2": (400, "proxy_protocol", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(12) + GET + b"\r\n"),
    "a space in the URL": (400, "space_in_url", b"GET /g/collect?dt=a b HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a tab in the URL": (400, "control_character", b"GET /g/collect?dt=a\tb HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a DEL beside raw UTF-8": (400, "control_character", b"GET /g/collect?dt=\xc3\xb6\x7f HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a space beside raw UTF-8": (400, "space_in_url", b"GET /g/collect?dt=K\xc3\xb6 n HTTP/1.1\r\n" + HOST + b"\r\n"),
    "raw UTF-8 in the method": (400, "unknown_method", b"G\xc3\x8bT / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "raw UTF-8 in the version": (400, "malformed_request_line", b"GET / HTTP/1.1\xc3\xb6\r\n" + HOST + b"\r\n"),
    "raw UTF-8 in a header's name": (400, "malformed_headers", GET + b"\xc3\xb6: y\r\n\r\n"),
    "a URL that begins with no slash": (400, "malformed_request_line", b"GET g/collect HTTP/1.1\r\n" + HOST + b"\r\n"),
    "another expectation": (417, "expectation", POST + b"Expect: 200-ok\r\nContent-Length: 0\r\n\r\n"),
    "cookies that are too large": (431, "large_cookies", GET + b"Cookie: a=" + b"x" * MAX_COOKIES + b"\r\n\r\n"),
    "cookies without an end": (431, "large_cookies", (GET + b"Cookie: a=").ljust(MAX_UNFINISHED + 1, b"x")),
    "cookies that are too large together": (431, "large_cookies", GET + b"Cookie: a=%s\r\n" % (b"x" * 9000) * 8 + b"\r\n"),
    "cookies on too many lines": (431, "large_cookies", GET + b"Cookie: a\r\n" * (MAX_CRUMBS + 1) + b"\r\n"),
    "no Host beside a URL that has one": (400, "malformed_host", b"GET http://a/ HTTP/1.1\r\nHost: \r\n\r\n"),
    "HTTP/2 with prior knowledge": (400, "http2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
}


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
            await until(lambda: not listener.server_state.connections)
            assert not echo.requests
            assert told == [reason]

    run(scenario)


HOSTS = {
    b"data.example.com": True,
    b"data.example.com:8080": True,
    b"DATA.Example.COM.": True,
    b"localhost": True,
    b"under_score-2:65535": True,
    b"host:": True,
    b"127.0.0.1:80": True,
    b"[2001:db8::1]": True,
    b"[::ffff:127.0.0.1]:8080": True,
    b"x" * 250 + b".com": True,
    b"": True,
    b" a\t": True,
    b"a b": False,
    b"a:b:c": False,
    b"a:b": False,
    b"host:65536": False,
    b"host:99999": False,
    b"host:-1": False,
    b"host:000080": False,
    b":8080": False,
    b".": False,
    b".example.com": False,
    b"a..b": False,
    b"user@host": False,
    b"user:secret@host": False,
    b"host/path": False,
    b"host?query": False,
    b"host#fragment": False,
    b"a,b": False,
    b"a;b": False,
    b"a%62": False,
    b"a\\b": False,
    b"<script>": False,
    b"'a'": False,
    b"a\tb": False,
    b"k\xc3\xb6ln.example": False,
    b"k\xf6ln.example": False,
    b"http://host": False,
    b"2001:db8::1": False,
    b"[2001:db8::1": False,
    b"[1:2:3]": False,
    b"[fe80::1%25eth0]": False,
    b"[127.0.0.1]x": False,
    b"[]": False,
    b"x" * 300: False,
}


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: ascii(host.decode("latin-1"))[:30])
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_a_host_is_a_name_or_an_address_with_a_port_or_without(host: bytes, version: bytes) -> None:
    told: list[str] = []

    async def scenario() -> None:
        async with serving(Echo(), terms=Terms(closed=lambda refusal, *_: told.append(refusal.reason))) as (_, port):
            for _ in range(2):
                asked = b"GET / HTTP/%s\r\nHost: %s\r\n\r\n" % (version, host)
                assert (await exchange(port, asked))[0] == (200 if HOSTS[host] else 400)
            assert told == ([] if HOSTS[host] else ["malformed_host"] * 2)

    run(scenario)


def test_hosts_that_senders_make_up_are_not_remembered_without_an_end() -> None:
    for number in range(3 * MOST_HOSTS):
        host = (b"host", b"h%d.example" % number)
        fields.check([host], 20, MAX_COOKIES, lambda: "1.1")
    assert len(fields._HOSTS) <= MOST_HOSTS


def test_names_that_senders_make_up_are_not_remembered_without_an_end() -> None:
    names = Names()
    for number in range(2 * MOST_NAMES):
        assert names[b"X-%d" % number] == f"x-{number}"
    assert names[b"X-" + b"y" * LONGEST_NAME] == "x-" + "y" * LONGEST_NAME
    assert len(names) <= MOST_NAMES + 1
    assert names[b"X-1"] is names[b"x-1"] is names[b"X-1"]


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


@pytest.mark.parametrize("coding", [b"chunked", b"Chunked", b"CHUNKED", b"chunked "])
def test_chunks_are_chunks_however_they_are_written(coding: bytes) -> None:
    async def scenario() -> None:
        async with talking() as (_, _, raw):
            await raw.send(POST + b"Transfer-Encoding: " + coding + b"\r\n\r\n" + chunks(b"en=x"))
            assert (await raw.reply())[::2] == (200, b"en=x")

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
async def clocked(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Clock, Raw]]:
    async with talking() as (_, listener, raw):
        await until(lambda: bool(listener.server_state.connections))
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
            await until(lambda: bool(echo.requests))
            connection = only(listener)
            connection.expire(connection.loop.time() + 3600)
            echo.answering.set()
            assert (await raw.reply())[0] == 200

    run(scenario)


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


def test_a_trailer_is_no_header() -> None:
    told = headers_of(CHUNKED + b"\r\n1\r\nx\r\n0\r\nHost: evil\r\nOrigin: https://evil\r\n\r\n")
    assert [name for name, _ in told] == [b"host", b"transfer-encoding"]


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
            await until(lambda: not listener.server_state.connections)
            assert (await exchange(port, GET + b"\r\n"))[0] == 200

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
            await until(lambda: not listener.server_state.connections)

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
            await until(lambda: not listener.server_state.connections)
            assert told == [reason]

    run(scenario)


def test_a_peer_that_may_be_idle_for_long_is_asked_for_once_and_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []

    def patience(peer: str | None) -> Patience:
        asked.append(peer)
        return Patience(30, 920)

    async def scenario() -> None:
        async with talking(Terms(patience=patience)) as (echo, listener, raw):
            await until(lambda: bool(listener.server_state.connections))
            clock = Clock(only(listener), raw, monkeypatch)
            asked.clear()
            assert clock.arrives(GET + b"\r\n", after=29)
            assert (await raw.reply())[0] == 200
            for _ in range(2):
                assert clock.arrives(GET + b"\r\n", after=919)
                assert (await raw.reply())[0] == 200
            assert not clock.arrives(GET + b"\r\n", after=921)
            assert len(echo.requests) == 3
            assert asked == []

    run(scenario)


def test_where_places_are_scarce_nobody_is_idle_for_long() -> None:
    async def scenario() -> None:
        terms = Terms(max_connections=4, patience=lambda _: Patience(920, 920))
        async with talking(terms) as (_, listener, raw), connected(raw.port) as second, connected(raw.port) as third:
            for each in (raw, second, third):
                await each.send(GET + b"\r\n")
                assert (await each.reply())[0] == 200
            connections = cast("list[GuardedProtocol]", list(listener.server_state.connections))
            later = connections[0].loop.time() + FIRST_BYTE + 1
            for connection in connections:
                connection.expire(later)
            assert len(listener.server_state.connections) == 3
            async with connected(raw.port) as fourth:
                await fourth.send(GET + b"\r\n")
                assert (await fourth.reply())[0] == 200
                for connection in connections:
                    connection.expire(later)
                await until(lambda: len(listener.server_state.connections) == 1)

    run(scenario)


def test_the_last_answer_before_a_stop_says_that_it_is_the_last() -> None:
    async def scenario() -> None:
        async with talking() as (_, listener, raw), connected(raw.port) as idle:
            await idle.send(GET + b"\r\n")
            assert "connection" not in (await idle.reply())[1]
            await raw.send(GET)
            await until(lambda: len(listener.server_state.connections) == 2)
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
            await until(lambda: not listener.server_state.connections)

    run(scenario)


def test_a_stop_ends_a_connection_of_http_1_0_that_was_to_stay() -> None:
    async def scenario() -> None:
        async with talking() as (echo, listener, raw):
            echo.answering.clear()
            await raw.send(STAYING)
            await until(lambda: bool(echo.requests))
            only(listener).shutdown()
            echo.answering.set()
            assert (await raw.reply())[1]["connection"] == "close"
            assert await raw.closed()

    run(scenario)


WAITING = POST + b"Expect: 100-Continue\r\nContent-Length: 4\r\n\r\n"


@pytest.mark.parametrize("more", [POST + b"Content-Length: 4\r\n\r\ne", GET + b"\r\n" + GET])
def test_nobody_is_late_with_what_we_do_not_read_before_the_answer_to_what_he_sent_before(more: bytes) -> None:
    async def scenario() -> None:
        async with talking() as (echo, listener, raw):
            echo.answering.clear()
            await until(lambda: bool(listener.server_state.connections))
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
            await until(lambda: not listener.server_state.connections)

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
            await until(lambda: bool(listener.server_state.connections))
            raw.writer.write(data)
            raw.writer.write_eof()
            if statuses:
                await until(lambda: bool(echo.requests))
                await asyncio.sleep(0.01)
                echo.answering.set()
            assert [(await raw.reply())[0] for _ in statuses] == statuses
            assert await raw.closed()
            await until(lambda: not listener.server_state.connections)

    run(scenario)


def test_a_connection_that_was_answered_is_remembered_by_no_timer() -> None:
    async def scenario() -> None:
        async with talking(Terms(patience=lambda _: Patience(920, 920))) as (_, listener, raw):
            await raw.send(GET + b"\r\n")
            assert (await raw.reply())[0] == 200
            connection = only(listener)
            assert connection.timeout_keep_alive_task is None
            connection.connection_lost(ConnectionResetError())
            assert connection.timeout_keep_alive_task is None

    run(scenario)


def test_whoever_waits_with_his_body_is_told_at_once_to_go_on() -> None:
    async def scenario() -> None:
        async with talking() as (_, _, raw):
            for _ in range(2):
                await raw.send(WAITING)
                assert (await raw.reply())[0] == 100
                await raw.send(b"en=x")
                assert (await raw.reply())[::2] == (200, b"en=x")

    run(scenario)


def test_whoever_wishes_to_upgrade_may_wait_with_his_body() -> None:
    async def scenario() -> None:
        async with talking() as (_, _, raw):
            upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
            await raw.send(POST + upgrade + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            assert (await raw.reply())[0] == 100
            await raw.send(b"en=x" + GET + b"\r\n")
            assert (await raw.reply())[::2] == (200, b"en=x")
            assert (await raw.reply())[0] == 200

    run(scenario)


def test_http_1_0_knows_no_expectations() -> None:
    async def scenario() -> None:
        async with serving(Echo()) as (_, port):
            waiting = WAITING.replace(b"HTTP/1.1", b"HTTP/1.0")
            assert (await exchange(port, waiting + b"en=x"))[::2] == (200, b"en=x")

    run(scenario)


def test_cookies_on_several_lines_are_one_header() -> None:
    told = headers_of(GET + b"Cookie: a=1; b=2\r\nX: y\r\ncookie: c=3\r\n\r\n")
    assert told[1:] == [(b"x", b"y"), (b"cookie", b"a=1; b=2; c=3")]
