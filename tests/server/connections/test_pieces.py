"""However the bytes of a connection are cut, the same requests reach the application: raw UTF-8, upgrades and all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final
from urllib.parse import unquote, unquote_to_bytes

import pytest
import structlog
from hypothesis import example, given, settings
from hypothesis import strategies as st
from uvicorn.config import Config
from uvicorn.server import ServerState

from core.target import as_sent, carried
from server.connections.protocol import GuardedProtocol
from server.connections.terms import Terms
from server.connections.uploads import MOST_HELD, Uploads
from tests.server.connections.wire import Wire, cuts

HOST: Final = b"Host: m.example.com\r\n"
UPGRADE: Final = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAA\r\n"
WEBSOCKET: Final = b"Connection: keep-alive, upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n"

RUNNER: Final = asyncio.Runner()

Seen = tuple[str, bytes, bytes, bytes]
"""Method, raw path, query and body."""


async def arriving(pieces: list[bytes]) -> tuple[list[Seen], list[str], bytes]:
    """The requests that reached the application, the reasons of refusals, and what the peer was told."""
    seen: list[Seen] = []
    told: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message["body"], message["more_body"]
        seen.append((scope["method"], scope["raw_path"], scope["query_string"], body))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    config = Config(app, ws="none", lifespan="off", log_config=None)
    terms = Terms(closed=lambda refusal, *_: told.append(refusal.reason))
    uploads = Uploads(lambda: 0.0, MOST_HELD)
    protocol = GuardedProtocol(config, ServerState(), {}, asyncio.get_running_loop(), terms=terms, uploads=uploads)
    wire = Wire()
    protocol.connection_made(wire)
    for piece in pieces:
        if not wire.closing:
            protocol.data_received(piece)
            await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0)
    protocol.connection_lost(None)
    return seen, told, wire.said


@pytest.fixture(scope="module", autouse=True)
def _one_loop() -> Iterator[None]:
    yield
    RUNNER.close()


def requests(*pieces: bytes) -> tuple[list[Seen], list[str]]:
    seen, told, said = RUNNER.run(arriving(list(pieces)))
    assert said.count(b"HTTP/1.1 204 ") == len(seen), "each has its answer, and before any refusal"
    return seen, told


def get(target: bytes, more: bytes = b"") -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\n" + HOST + more + b"\r\n"


def post(target: bytes, body: bytes, more: bytes = b"") -> bytes:
    return b"POST " + target + b" HTTP/1.1\r\n" + HOST + more + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(target: bytes, chunks: list[bytes], more: bytes = b"", trailer: bytes = b"") -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks if chunk)
    head = b"POST " + target + b" HTTP/1.1\r\n" + HOST + more + b"Transfer-Encoding: chunked\r\n\r\n"
    return head + body + b"0\r\n" + trailer + b"\r\n"


INNER: Final = get(b"/smuggled")
"""A body that looks like a request."""

STREAMS: Final = {
    "raw UTF-8": (
        get(b"/g/K\xc3\xb6ln?dt=K\xc3\xb6ln") + get(b"/next"),
        [("GET", b"/g/K%C3%B6ln", b"dt=K%C3%B6ln", b""), ("GET", b"/next", b"", b"")],
    ),
    "raw UTF-8 after a body": (
        post(b"/a", "Köln".encode()) + get(b"/b?dt=K\xc3\xb6ln"),
        [("POST", b"/a", b"", "Köln".encode()), ("GET", b"/b", b"dt=K%C3%B6ln", b"")],
    ),
    "raw UTF-8 after chunks": (
        chunked(b"/a", ["Kö\r\n\r\nln".encode(), b"\r\n\r\n"], trailer=b"X: y\r\n") + get(b"/b?dt=\xf6#\xf6"),
        [("POST", b"/a", b"", "Kö\r\n\r\nln\r\n\r\n".encode()), ("GET", b"/b", b"dt=%F6%23%F6", b"")],
    ),
    "an upgrade with a body": (
        post(b"/mp/collect", INNER, UPGRADE) + get(b"/next"),
        [("POST", b"/mp/collect", b"", INNER), ("GET", b"/next", b"", b"")],
    ),
    "an upgrade with chunks": (
        chunked(b"/mp/collect", [INNER, b"\r\n\r\n"], UPGRADE) + get(b"/next"),
        [("POST", b"/mp/collect", b"", INNER + b"\r\n\r\n"), ("GET", b"/next", b"", b"")],
    ),
    "an upgrade with an empty body": (
        post(b"/a", b"", UPGRADE) + get(b"/next", UPGRADE) + post(b"/b", b"en=x", UPGRADE),
        [("POST", b"/a", b"", b""), ("GET", b"/next", b"", b""), ("POST", b"/b", b"", b"en=x")],
    ),
    "a websocket": (get(b"/ws", WEBSOCKET) + get(b"/next"), [("GET", b"/ws", b"", b""), ("GET", b"/next", b"", b"")]),
    "an upgrade that no connection asks for": (
        post(b"/a", b"en=x", b"Upgrade: h2c\r\n") + get(b"/next"),
        [("POST", b"/a", b"", b"en=x"), ("GET", b"/next", b"", b"")],
    ),
    "empty lines between": (
        b"\r\n\r\n" + get(b"/a") + b"\r\n" + get(b"/b?\xc3\xb6"),
        [("GET", b"/a", b"", b""), ("GET", b"/b", b"%C3%B6", b"")],
    ),
    "no header": (b"GET /\xc3\xb6 HTTP/1.0\r\n\r\n", [("GET", b"/%C3%B6", b"", b"")]),
}


@pytest.mark.parametrize("name", STREAMS)
def test_however_they_are_cut_the_same_requests_arrive(name: str) -> None:
    data, expected = STREAMS[name]
    for pieces in cuts(data):
        assert requests(*pieces) == (expected, []), pieces


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER, "malformed_headers"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + INNER, "malformed_headers"),
        (b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + INNER, "malformed_headers"),
        (b"Content-Length: 0\r\nContent-Length: 60\r\n\r\n" + INNER, "malformed_headers"),
        (b"Content-Length: 0, 60\r\n\r\n" + INNER, "malformed_headers"),
        (b"Content-Length: +0\r\n\r\n" + INNER, "malformed_headers"),
        (b"Content-Length : 60\r\n\r\n" + INNER, "malformed_headers"),
        (b"X: y\r\n Content-Length: 60\r\n\r\n" + INNER, "malformed_headers"),
        (b"X: y\nContent-Length: 60\r\n\r\n" + INNER, "malformed_headers"),
        (b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + INNER, "malformed_body"),
        (b"Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n" + INNER, "malformed_body"),
    ],
)
@pytest.mark.parametrize(
    ("target", "more"), [(b"/a", b""), (b"/\xc3\xb6#", UPGRADE), (b"/a", WEBSOCKET)], ids=["plain", "raw", "websocket"]
)
def test_no_request_hides_in_another_however_it_is_cut(target: bytes, more: bytes, body: bytes, reason: str) -> None:
    data = b"POST " + target + b" HTTP/1.1\r\n" + HOST + more + body
    for pieces in cuts(data):
        assert requests(*pieces) == ([], [reason]), pieces


BODIES = st.lists(
    st.sampled_from([b"", b"en=x", b"\r\n", b"\r\n\r\n", b"0\r\n\r\n", INNER, "ö".encode(), b"\xf6", b"#"]), max_size=4
)
TARGETS = st.lists(
    st.sampled_from(
        [b"a", b"?", b"#", b"&", b"=", "ö".encode(), b"\xf6", b"%zz", b"{{x}}", b'"', b"|", b"^", b"`", b"<>", b"\\"]
    ),
    max_size=6,
).map(lambda parts: b"/" + b"".join(parts))
MORE = st.sampled_from([b"", UPGRADE, WEBSOCKET, b"X: \xc3\xb6\r\n", b"Upgrade: h2c\r\n", b"Connection: X-Not\r\n"])


@st.composite
def streams(draw: Any) -> tuple[bytes, list[Seen]]:
    data, expected = b"", []
    for _ in range(draw(st.integers(1, 4))):
        target, more = draw(TARGETS), draw(MORE)
        path, _, query = carried(target).partition(b"?")
        kind = draw(st.sampled_from(["get", "post", "chunked"]))
        parts = draw(BODIES) if kind != "get" else []
        body = b"".join(parts)
        data += (
            get(target, more) if kind == "get" else post(target, body, more) if kind == "post" else chunked(target, parts, more)
        )
        expected.append(("GET" if kind == "get" else "POST", path, query, body))
    return data, expected


@settings(max_examples=150)
@given(streams(), st.lists(st.integers(0, 1500), max_size=6))
def test_any_requests_arrive_as_they_were_sent_whatever_the_cuts(stream: tuple[bytes, list[Seen]], places: list[int]) -> None:
    data, expected = stream
    bounds = [0, *sorted({min(at, len(data)) for at in places}), len(data)]
    pieces = [data[a:b] for a, b in pairwise(bounds)]
    assert requests(*pieces) == (expected, [])


@settings(max_examples=200)
@given(st.binary(max_size=300), st.integers(0, 300))
@example(b"GET /\xc3\xb6 HTTP/1.1\r\n", 5)
def test_whatever_comes_is_read_or_refused(data: bytes, at: int) -> None:
    RUNNER.run(arriving([data[:at], data[at:]]))


@given(st.binary(max_size=60))
def test_a_line_that_is_carried_holds_the_same_bytes(data: bytes) -> None:
    plain = data.replace(b"%", b"")
    assert carried(plain).isascii()
    assert b"#" not in carried(plain)
    assert unquote_to_bytes(carried(plain)) == plain


@given(st.text(max_size=60))
def test_what_is_written_and_what_is_sent_are_understood_alike(text: str) -> None:
    plain = text.replace("%", "").encode("utf-8", "replace").decode()
    assert as_sent(plain).isascii()
    assert " " not in as_sent(plain)
    assert unquote(as_sent(plain)) == plain


@pytest.mark.parametrize(
    "raw", [b"K\xc3\xb6ln", b"K\xf6ln", b'|{{campaign.name}}"^`<>\\%zz', b"a#b#c", b"\xff\xfe", b"\xed\xa0\x80"]
)
def test_raw_bytes_on_the_wire_and_in_a_file_become_the_same_text(raw: bytes) -> None:
    assert as_sent(raw.decode("utf-8", "surrogateescape")) == carried(raw).decode("ascii")


def begun(monkeypatch: pytest.MonkeyPatch, fault: Exception | None, *pieces: bytes) -> tuple[list[Any], list[str]]:
    """What was logged with which error, and the reasons of refusals, where the beginning of an exchange fails so."""
    if fault is not None:

        def failing(*_: object) -> None:
            raise fault

        monkeypatch.setattr(GuardedProtocol, "begin_exchange", failing)
    with structlog.testing.capture_logs() as logged:
        _, told, _ = RUNNER.run(arriving(list(pieces)))
    return [entry["exc_info"] for entry in logged], told


@pytest.mark.interpreted
@pytest.mark.parametrize("cut", [1, 30])
def test_a_fault_of_ours_is_told_as_one_and_answered_as_ever(monkeypatch: pytest.MonkeyPatch, cut: int) -> None:
    request, fault = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n", AttributeError("uvicorn has changed")
    assert begun(monkeypatch, fault, request[:cut], request[cut:]) == ([fault], ["malformed_headers"])


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + UPGRADE + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + UPGRADE + b"Transfer-Encoding: x\r\n\r\n",
    ],
)
def test_a_fault_of_the_peer_is_none_of_ours(monkeypatch: pytest.MonkeyPatch, request_: bytes) -> None:
    logged, told = begun(monkeypatch, None, request_)
    assert (logged, len(told)) == ([], 1)
