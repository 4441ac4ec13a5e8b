"""What the application is shown and what the peer gets is what plain uvicorn shows and gives, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from server.connections import lines
from server.connections.exchange import Exchange, Signal
from server.connections.head import Head, split
from server.connections.protocol import GuardedProtocol
from server.connections.terms import Terms
from server.connections.uploads import MOST_HELD, Uploads
from tests.server.connections.wire import DATE, Socket

HOST: Final = b"Host: m.example.com\r\n"
TEXT: Final = (b"content-type", b"text/plain")

HEAD: Final = Head("GET", "1.1", "/g", "", (), {}, 20)

Messages = Sequence[dict[str, Any]]


def head(status: int, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(piece: bytes = b"", more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": piece, "more_body": more}


def told(size: int) -> tuple[bytes, bytes]:
    return b"content-length", b"%d" % size


ANSWERS: Final[dict[str, Messages]] = {
    "no content": [head(204, (b"cache-control", b"no-cache")), body()],
    "not modified": [head(304, (b"etag", b'"1"')), body()],
    "a text": [head(200, TEXT, told(2)), body(b"ok")],
    "a text of unknown length": [head(200, TEXT), body(b"ok")],
    "in pieces": [head(200, TEXT), body(b"o", more=True), body(b"", more=True), body(b"k")],
    "in pieces of a known length": [head(200, told(2)), body(b"o", more=True), body(b"k")],
    "chunked by name": [head(200, (b"Transfer-Encoding", b"Chunked")), body(b"ok")],
    "empty": [head(200, told(0)), body()],
    "the last": [head(413, told(2), (b"Connection", b"Close")), body(b"ok")],
    "one that stays": [head(200, told(2), (b"connection", b"keep-alive")), body(b"ok")],
    "names in capitals": [head(200, (b"X-A", b"b"), (b"Content-Length", b"2"), (b"Set-Cookie", b"a=1; Path=/")), body(b"ok")],
    "two lengths": [head(200, told(2), told(3)), body(b"ok")],
    "a length with nothing": [head(204, told(0)), body()],
    "without a body said": [head(204), {"type": "http.response.body"}],
    "without headers": [{"type": "http.response.start", "status": 204}, body()],
    "a line break in a value": [head(200, (b"x", b"a\r\nb: c")), body(b"ok")],
    "a name that is none": [head(200, (b"x y", b"z")), body(b"ok")],
    "longer than told": [head(200, told(1)), body(b"ok")],
    "shorter than told": [head(200, told(3)), body(b"ok")],
    "a body first": [body(b"ok")],
    "a head twice": [head(204), head(204), body()],
    "more after the end": [head(204), body(), body(b"x")],
    "no answer": [],
    "a head alone": [head(200)],
    "a head of a known length alone": [head(200, told(2))],
    "a part of a known length": [head(200, told(2)), body(b"o", more=True)],
    "a body twice begun": [head(200, told(2)), head(200, told(2)), body(b"ok")],
    "an unknown status": [head(299, told(0)), body()],
}

REQUESTS: Final = {
    "GET": b"GET /g/collect?v=2&en=page_view HTTP/1.1\r\n" + HOST + b"\r\n",
    "POST": b"POST /g/collect?v=2 HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\n\r\nen=x",
    "chunks": b"POST /g HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nen\r\n2\r\n=x\r\n0\r\n\r\n",
    "HEAD": b"HEAD /g HTTP/1.1\r\n" + HOST + b"\r\n",
    "the last": b"GET /g HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
    "HTTP/1.0": b"GET /g HTTP/1.0\r\n" + HOST + b"\r\n",
    "two at once": (b"GET /a HTTP/1.1\r\n" + HOST + b"\r\n") * 2,
    "one that waits": b"POST /g HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\nen=x",
    "another method": b"PROPFIND /%C3%A4?%C3%A4 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "an empty query": b"GET //g/? HTTP/1.1\r\n" + HOST + b"\r\n",
    "an upgrade": b"GET /g HTTP/1.1\r\n" + HOST + b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "names in capitals": b"GET /g HTTP/1.1\r\nHOST: m.example.com\r\nX-Ab: c\r\nX-AB: d\r\nCOOKIE: a=b\r\n\r\n",
}


class Told:
    """An application that says what it is told to say, and keeps what it was shown."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self.seen: list[tuple[dict[str, Any], list[Any]]] = []
        self.failed: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        got = [await receive()]
        while got[-1].get("more_body"):
            got.append(await receive())
        self.seen.append(({**scope, "headers": list(scope["headers"])}, got))
        try:
            for message in self._messages:
                await send(message)
        except Exception as error:
            self.failed.append(f"{type(error).__name__}: {error}")
            raise


def plain(config: Config, state: ServerState) -> Any:
    return HttpToolsProtocol(config, state, {}, asyncio.get_running_loop())


def ours(config: Config, state: ServerState) -> Any:
    uploads = Uploads(lambda: 0.0, MOST_HELD)
    return GuardedProtocol(config, state, {}, asyncio.get_running_loop(), terms=Terms(), uploads=uploads)


def exchanged(make: Any, request: bytes, messages: Messages) -> Any:
    """What was shown, what failed, what was said, whether the connection was closed, and the tasks that are left."""

    async def talk() -> Any:
        app, state, wire = Told(messages), ServerState(), Socket()
        state.default_headers = DATE
        protocol = make(Config(app, ws="none", lifespan="off", log_config=None, access_log=False), state)
        protocol.connection_made(wire)
        protocol.data_received(request)
        for _ in range(30):
            await asyncio.sleep(0)
        closed = wire.closing
        protocol.connection_lost(None)
        return app.seen, app.failed, wire.said, closed, len(state.tasks), state.total_requests

    return asyncio.run(talk())


@pytest.mark.parametrize("messages", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_the_same_is_shown_and_the_same_is_said(request_: bytes, messages: Messages) -> None:
    for _ in range(2):  # the second time its lines are known
        assert exchanged(ours, request_, messages) == exchanged(plain, request_, messages)


def test_the_usual_answer_leaves_in_one_write() -> None:
    written: list[bytes] = []

    class Counting(Socket):
        def write(self, data: Any) -> None:
            written.append(bytes(data))
            super().write(data)

    async def talk() -> None:
        protocol = ours(Config(Told(ANSWERS["a text"]), ws="none", lifespan="off", log_config=None), ServerState())
        protocol.connection_made(Counting())
        protocol.data_received(REQUESTS["GET"])
        for _ in range(30):
            await asyncio.sleep(0)

    asyncio.run(talk())
    assert written == [b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok"]


def test_an_exchange_has_all_that_uvicorn_gives_a_cycle() -> None:
    """So that whatever is left to uvicorn finds what it needs."""

    async def both() -> tuple[set[str], set[str]]:
        protocol = ours(Config(Told(()), ws="none", lifespan="off", log_config=None), ServerState())
        protocol.connection_made(Socket())
        cycle = RequestResponseCycle(*[None] * 11)  # type: ignore[arg-type]  # only their names are looked at
        return set(vars(cycle)), {name for name in vars(cycle) if hasattr(Exchange(protocol, {}, HEAD, True), name)}

    theirs, mine = asyncio.run(both())
    assert mine == theirs


def test_lines_that_visitors_have_a_part_in_are_forgotten_in_time() -> None:
    for number in range(2 * lines.MOST_LINES):
        lines.line_of(b"access-control-allow-origin", b"https://%d.example" % number)
        lines.line_of(b"set-cookie", b"_ga=%d" % number)
    assert 0 < len(lines.lines) <= lines.MOST_LINES
    assert not [name for name, _ in lines.lines if name == b"set-cookie"]


URL: Final = st.text(st.sampled_from("abz/?#%=&.:@*[]-~'")).map(lambda text: b"/" + text.encode("ascii"))


@given(URL)
def test_a_url_is_split_where_the_parser_splits_it(url: bytes) -> None:
    class Seen:
        whole = b""

        def on_url(self, part: bytes) -> None:
            self.whole += part

    seen = Seen()
    httptools.HttpRequestParser(seen).feed_data(b"GET " + url + b" HTTP/1.1\r\n\r\n")
    parsed = httptools.parse_url(seen.whole)
    assert split(seen.whole) == (parsed.path.decode(), (parsed.query or b"").decode())


def test_a_signal_is_waited_for_once_it_is_cleared() -> None:
    async def talk() -> list[str]:
        signal, heard = Signal(), list[str]()

        async def waiting() -> None:
            for word in ("first", "second"):
                await signal.wait()
                signal.clear()
                heard.append(word)

        task = asyncio.create_task(waiting())
        for _ in range(2):
            await asyncio.sleep(0)
            signal.set()
            signal.set()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await task
        return heard

    assert asyncio.run(talk()) == ["first", "second"]


def test_lines_that_are_long_or_say_what_a_visitor_said_are_not_kept() -> None:
    lines.lines.clear()
    long = b"x" * lines.LONGEST_LINE
    assert lines.line_of(b"vary", long) == b"vary: " + long + b"\r\n"
    assert lines.line_of(b"access-control-allow-headers", b"x-a") == b"access-control-allow-headers: x-a\r\n"
    assert lines.lines == {}
    lines.line_of(b"vary", b"origin")
    assert list(lines.lines) == [(b"vary", b"origin")]


@pytest.mark.parametrize("paused_at", [0, 1], ids=["before the head", "between head and body"])
def test_nothing_is_written_while_the_peer_does_not_read(paused_at: int) -> None:
    async def talk() -> tuple[bytes, bytes]:
        wire = Socket()
        protocol: Any = None

        async def app(_scope: Any, _receive: Any, send: Any) -> None:
            for number, message in enumerate(ANSWERS["a text"]):
                if number == paused_at:
                    protocol.pause_writing()
                await send(message)

        protocol = ours(Config(app, ws="none", lifespan="off", log_config=None), ServerState())
        protocol.connection_made(wire)
        protocol.data_received(REQUESTS["GET"])
        for _ in range(30):
            await asyncio.sleep(0)
        before = wire.said
        protocol.resume_writing()
        for _ in range(30):
            await asyncio.sleep(0)
        return before, wire.said

    before, after = asyncio.run(talk())
    assert b"ok" not in before
    assert after == b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok"
