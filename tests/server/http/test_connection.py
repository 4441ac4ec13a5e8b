"""What a connection does at moments that a socket does not give on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.types import Response
from server.http import ConnectionClosed, HttpLimits, TimedOut
from server.http.connection import Connection
from server.http.sender import Awaited
from tests.server.http.scripted import OK


class FakeTransport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.aborted = False
        self.unsent = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def abort(self) -> None:
        self.aborted = True


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport()


@pytest.fixture
def connection(loop: asyncio.AbstractEventLoop, transport: FakeTransport) -> Connection:
    connection = Connection(HttpLimits(), loop, lambda connection, outcome: connection.answered(outcome))
    connection.connection_made(transport)
    return connection


def ask(connection: Connection, *, bodiless: bool = False) -> asyncio.Future[Response]:
    """Sends a request; the answer is to come."""
    answer: asyncio.Future[Response] = connection.gone.get_loop().create_future()
    connection.exchange(b"request", 10, Awaited(answer), bodiless=bodiless)
    return answer


def test_head_and_body_leave_in_one_write(connection: Connection, transport: FakeTransport) -> None:
    answer = ask(connection)
    connection.data_received(OK)
    assert transport.written == b"request"
    assert answer.result() == Response(200, (("content-length", "2"),), b"ok")
    assert connection.open


def test_bytes_nobody_asked_for_end_it(connection: Connection, transport: FakeTransport) -> None:
    connection.data_received(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
    assert not connection.open
    assert transport.aborted


def test_a_request_that_has_not_left_in_full_ends_it(connection: Connection, transport: FakeTransport) -> None:
    answer = ask(connection)
    transport.unsent = 1
    connection.data_received(OK)
    assert answer.result().status == 200
    assert transport.aborted


def test_an_answer_for_a_caller_who_went_away_is_dropped(connection: Connection) -> None:
    answer = ask(connection)
    connection.cancel()
    connection.data_received(OK)
    assert not answer.done()


@pytest.mark.parametrize("now", [10, 11])
def test_it_ends_when_it_is_due(connection: Connection, transport: FakeTransport, now: float) -> None:
    answer = ask(connection)
    connection.expire(9.9)
    assert not answer.done()
    connection.expire(now)
    assert isinstance(answer.exception(), TimedOut)
    assert transport.aborted


def test_a_request_on_a_closed_one_fails_at_once(connection: Connection, transport: FakeTransport) -> None:
    connection.connection_lost(None)
    answer = ask(connection)
    assert isinstance(answer.exception(), ConnectionClosed)
    assert connection.silent
    assert transport.written == b""


def test_a_reset_is_no_way_to_end_an_answer(connection: Connection) -> None:
    answer = ask(connection)
    connection.data_received(b"HTTP/1.1 200 OK\r\n\r\nabc")
    connection.connection_lost(ConnectionResetError())
    assert isinstance(answer.exception(), ConnectionClosed)
    assert connection.gone.done()


@pytest.mark.parametrize("cut", range(1, len(OK)))
def test_where_an_answer_is_cut_into_pieces_does_not_matter(connection: Connection, cut: int) -> None:
    answer = ask(connection)
    connection.data_received(OK[:cut])
    assert not answer.done()
    connection.data_received(OK[cut:])
    assert answer.result().body == b"ok"
    assert connection.open


PLAIN = b"HTTP/1.1 204 No Content\r\n\r\n"
ANSWERS = [
    OK,
    PLAIN,
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\nno",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.0 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\nto the end",
    b"HTTP/1.1 204 No Content\r\n\r\nsurplus",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1500\r\n\r\n" + b"x" * 1500,
    b"no HTTP\r\n\r\n",
]


@dataclass(frozen=True)
class Spoken:
    """One exchange: its answer, where that is cut in two, if it asks by HEAD, and what of its request has not left yet."""

    answer: bytes
    cut: int = 0
    bodiless: bool = False
    unsent: int = 0


SPOKEN = st.builds(Spoken, st.sampled_from(ANSWERS), st.sampled_from([0, 0, 0, 20]), st.booleans(), st.sampled_from([0, 0, 0, 1]))


def heard(exchanges: list[Spoken], *, remembers: bool) -> list[object]:
    """What comes of exchanges over one connection, and whether it is open after each."""
    loop = asyncio.new_event_loop()
    transport, seen = FakeTransport(), []
    connection = Connection(HttpLimits(), loop, lambda connection, outcome: connection.answered(outcome))
    connection.connection_made(transport)
    for each in exchanges:
        if not remembers:
            connection._remembered = b"", Response(0)
        transport.unsent = each.unsent
        connection.exchange(b"request", 10, lambda outcome: seen.append(_plain(outcome, connection)), bodiless=each.bodiless)
        for piece in (each.answer[: each.cut], each.answer[each.cut :]):
            if piece and connection.open:
                connection.data_received(piece)
        if connection._under_way:
            connection.eof_received()
        seen.append((connection.open, transport.aborted))
        if not connection.open:
            break
    loop.close()
    return seen


def _plain(outcome: Response | Exception, connection: Connection) -> object:
    return outcome if isinstance(outcome, Response) else (type(outcome), str(outcome), connection.silent)


@given(st.lists(SPOKEN, min_size=2, max_size=6))
@example([Spoken(PLAIN), Spoken(PLAIN), Spoken(PLAIN, bodiless=True)])
@example([Spoken(OK), Spoken(OK, unsent=1)])
def test_an_answer_that_is_remembered_is_the_one_that_is_read(exchanges: list[Spoken]) -> None:
    assert heard(exchanges, remembers=True) == heard(exchanges, remembers=False)


def test_the_same_answer_is_read_once(connection: Connection) -> None:
    first, second = (_answered(connection, PLAIN) for _ in range(2))
    assert first is second
    assert first == Response(204)
    assert _answered(connection, OK).body == b"ok"
    assert _answered(connection, PLAIN) == Response(204)


def _answered(connection: Connection, answer: bytes) -> Response:
    asked = ask(connection)
    connection.data_received(answer)
    return asked.result()
