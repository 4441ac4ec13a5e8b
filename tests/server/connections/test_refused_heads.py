"""What is told of a request that is refused: its head, as far as it came, however its bytes were cut."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from server.connections.protocol import GuardedProtocol
from server.connections.terms import Terms
from server.connections.timed import BODY, FIRST_BYTE, HEAD
from server.connections.uploads import MOST_HELD, Uploads
from tests.server.connections.refused_requests import REFUSED
from tests.server.connections.wire import Wire, cuts

Told = list[tuple[str, str | None, bytes | None]]

FIELDS = b"Host: m.example.com\r\nCookie: a=b\r\n"
BEGUN = b"GET /g/collect?v=2 HTTP/1.1\r\n" + FIELDS


class FromAfar(Wire):
    """Its peer has an address."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("203.0.113.9", 51234) if name == "peername" else default


async def _told(pieces: Sequence[bytes], later: float | None) -> Told:
    told: Told = []

    async def app(_: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    config = Config(app, ws="none", lifespan="off", log_config=None)
    loop = asyncio.get_running_loop()
    terms = Terms(closed=lambda refusal, peer, head: told.append((refusal.reason, peer, head)))
    protocol = GuardedProtocol(config, ServerState(), {}, loop, terms=terms, uploads=Uploads(lambda: 0.0, MOST_HELD))
    wire = FromAfar()
    protocol.connection_made(wire)
    for piece in pieces:
        if not wire.closing:
            protocol.data_received(piece)
            await asyncio.sleep(0)
    if later is not None:
        wire.abort = wire.close  # type: ignore[method-assign]  # a transport of nobody's
        protocol.expire(loop.time() + later)
    protocol.connection_lost(None)
    return told


def told(*pieces: bytes, later: float | None = None) -> Told:
    """What was told, after so many seconds in which nothing more came."""
    return asyncio.run(_told(pieces, later))


NOTHING = "empty lines without an end"


def test_of_what_is_no_beginning_nothing_is_told() -> None:
    assert told(REFUSED[NOTHING][2]) == [("large_headers", "203.0.113.9", None)]


@pytest.mark.parametrize("name", [name for name in REFUSED if name != NOTHING])
def test_the_head_of_whatever_is_refused_is_told_as_it_came(name: str) -> None:
    _, reason, sent = REFUSED[name]
    ((found, peer, head),) = told(sent)
    assert (found, peer) == (reason, "203.0.113.9")
    assert head
    line = head.partition(b"\r\n")[0]
    assert line in sent or not line.isascii() or b"%" in line, "raw UTF-8 is told as it is read: encoded"


BROKEN = {
    "a field without a colon": BEGUN + b"Oh no\r\n\r\n",
    "two hosts": BEGUN + b"Host: other\r\n\r\n",
    "an odd Expect": BEGUN + b"Expect: 200-ok\r\n\r\n",
    "a tunnel": b"CONNECT other:443 HTTP/1.1\r\n" + FIELDS + b"\r\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_however_it_is_cut_its_line_and_its_first_field_are_told(name: str) -> None:
    sent = BROKEN[name]
    for pieces in cuts(sent):
        ((_, _, head),) = told(*pieces)
        assert head is not None
        lines = head.lower().replace(b": ", b":").split(b"\r\n")
        assert lines[0] == sent.lower().partition(b"\r\n")[0].replace(b": ", b":")
        assert lines[1] == b"host:m.example.com"


def test_a_request_that_takes_too_long_is_told_and_a_connection_without_one_is_not() -> None:
    ((reason, _, head),) = told(BEGUN, later=HEAD + 1)
    assert (reason, head) == ("slow_head", b"GET /g/collect?v=2 HTTP/1.1\r\nHost: m.example.com"), "the last field may go on"
    ((reason, _, head),) = told(b"GET /half", later=HEAD + 1)
    assert (reason, head) == ("slow_head", b"GET /half")
    ((reason, _, head),) = told(b"POST /x?y=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc", later=BODY + 1)
    assert (reason, head) == ("slow_body", b"POST /x?y=1 HTTP/1.1\r\nhost: a\r\ncontent-length: 5")
    assert told(later=FIRST_BYTE + 1) == [("no_request", "203.0.113.9", None)]


def test_of_an_upload_that_breaks_off_in_its_chunks_the_head_is_told() -> None:
    head = b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked"
    for pieces in ([head + b"\r\n\r\nzz\r\n"], [head + b"\r\n\r\n1\r\na\r\n", b"zz\r\n"]):
        ((reason, _, told_of),) = told(*pieces)
        assert (reason, told_of) == ("malformed_body", b"POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked")
