"""What comes of each thing a destination may answer, over real sockets."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import pytest

from core.types import Response
from server.http import BadResponse, ConnectionClosed, HttpLimits, HttpSender, TransportError
from tests.server.http.scripted import CLOSE, END, OK, READ, READ_HEAD, RESET, Step, get, post, serving

Run: TypeAlias = Callable[[Coroutine[Any, Any, None]], None]

LIMITS = HttpLimits(total=5, head=1000, fields=10, body=1000)
HEAD_200 = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD_200 + b"Transfer-Encoding: chunked\r\n\r\n"


def sized(body: bytes, *fields: bytes) -> bytes:
    return HEAD_200 + b"".join(field + b"\r\n" for field in fields) + b"Content-Length: %d\r\n\r\n" % len(body) + body


ANSWERS: dict[str, tuple[list[Step], int, bytes, bool]] = {
    "of a given length": ([OK], 200, b"ok", True),
    "in single bytes": ([bytes([byte]) for byte in OK], 200, b"ok", True),
    "empty": ([sized(b"")], 200, b"", True),
    "204 has no body": ([b"HTTP/1.1 204 No Content\r\n\r\n"], 204, b"", True),
    "304 has no body": ([b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"], 304, b"", True),
    "an error is an answer": ([b"HTTP/1.1 503 Unwell\r\nContent-Length: 0\r\n\r\n"], 503, b"", True),
    "a status nobody knows": ([b"HTTP/1.1 799 ?\r\nContent-Length: 0\r\n\r\n"], 799, b"", True),
    "chunked": ([CHUNKED + b"2\r\nab\r\n3;x=y\r\ncde\r\n0\r\n\r\n"], 200, b"abcde", True),
    "chunked, in pieces": ([CHUNKED, b"2\r", b"\na", b"b\r\n0\r\n", b"\r\n"], 200, b"ab", True),
    "chunked with a trailer": ([CHUNKED + b"1\r\na\r\n0\r\nX: y\r\n\r\n"], 200, b"a", True),
    "until it closes": ([HEAD_200 + b"\r\nabc", CLOSE], 200, b"abc", False),
    "until it half-closes": ([HEAD_200 + b"\r\nabc", END], 200, b"abc", False),
    "HTTP/1.0": ([b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na"], 200, b"a", False),
    "Connection: close": ([sized(b"a", b"Connection: close")], 200, b"a", False),
    "after 100 and 103": ([b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + OK], 200, b"ok", True),
    "after 100, in pieces": ([b"HTTP/1.1 100 Go on\r\n\r\n", OK], 200, b"ok", True),
    "that offers an upgrade": ([sized(b"a", b"Upgrade: h2c", b"Connection: Upgrade, Keep-Alive")], 200, b"a", True),
    "followed by another": ([OK + OK], 200, b"ok", False),
    "followed by garbage": ([OK + b"garbage"], 200, b"ok", False),
    "closing, followed by garbage": ([sized(b"a", b"Connection: close") + b"garbage"], 200, b"a", False),
    "as long as the cap": ([sized(b"a" * 1000)], 200, b"a" * 1000, True),
    "longer than the cap": ([sized(b"a" * 1001)], 200, b"a" * 1000, False),
    "much longer than the cap": ([sized(b"a" * 9_000_000)], 200, b"a" * 1000, False),
    "endless": ([HEAD_200 + b"\r\n", *[b"a" * 500] * 99], 200, b"a" * 1000, False),
    "endless in chunks": ([CHUNKED, *[b"1f4\r\n" + b"a" * 500 + b"\r\n"] * 99], 200, b"a" * 1000, False),
    "an endless error": ([b"HTTP/1.1 500 X\r\n\r\n", *[b"a" * 500] * 99], 500, b"a" * 1000, False),
    "an endless trailer": ([CHUNKED + b"1\r\na\r\n0\r\n", *[b"X: " + b"a" * 500 + b"\r\n"] * 99], 200, b"a", False),
    "as many fields as may be": ([sized(b"a", *[b"X: y"] * 9)], 200, b"a", True),
}


@pytest.mark.parametrize(("steps", "status", "body", "reusable"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer(run: Run, steps: list[Step], status: int, body: bytes, reusable: bool) -> None:
    async def scenario() -> None:
        async with serving([READ, *steps, READ, OK], [READ, OK]) as server:
            sender = HttpSender(limits=LIMITS)
            url = f"http://127.0.0.1:{server.port}/"
            response = await sender.send(post(url), literal_host=True)
            assert (response.status, response.body) == (status, body)
            assert (await sender.send(post(url), literal_host=True)).body == b"ok"
            assert server.connections == (1 if reusable else 2)
            await sender.close()

    run(scenario())


FAILURES: dict[str, tuple[list[Step], type[TransportError], str]] = {
    "closed before": ([CLOSE], ConnectionClosed, "the connection was closed before an answer came"),
    "reset before": ([RESET], ConnectionClosed, "the connection was closed before an answer came"),
    "half-closed before": ([END], ConnectionClosed, "the connection was closed before an answer came"),
    "closed in the head": ([HEAD_200, CLOSE], ConnectionClosed, "the connection was closed in the middle"),
    "closed in the body": (
        [sized(b"abc")[:-1], CLOSE],
        ConnectionClosed,
        "the connection was closed in the middle of the answer",
    ),
    "closed in the chunks": ([CHUNKED + b"2\r\nab\r\n", CLOSE], ConnectionClosed, "the connection was closed in the middle"),
    "closed after 100": ([b"HTTP/1.1 100 Go on\r\n\r\n", CLOSE], ConnectionClosed, "the connection was closed in the middle"),
    "garbage": ([b"SSH-2.0-OpenSSH\r\n"], BadResponse, "the answer is not valid"),
    "binary garbage": ([bytes(range(256))], BadResponse, "the answer is not valid"),
    "a bad field": ([HEAD_200 + b"a b: c\r\n\r\n"], BadResponse, "the answer is not valid"),
    "a bad chunk": ([CHUNKED + b"xyz\r\n"], BadResponse, "the answer is not valid"),
    "two lengths": ([HEAD_200 + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n"], BadResponse, "the answer is not valid"),
    "a length and chunks": ([sized(b"a", b"Transfer-Encoding: chunked")], BadResponse, "the answer is not valid"),
    "another protocol": (
        [b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"],
        BadResponse,
        "the answer is not valid",
    ),
    "too many fields": ([sized(b"a", *[b"X: y"] * 10)], BadResponse, "the head of the answer is too large"),
    "too large a field": ([sized(b"a", b"X: " + b"y" * 1000)], BadResponse, "the head of the answer is too large"),
    "an endless field": ([HEAD_200 + b"X: ", *[b"y" * 500] * 99], BadResponse, "the head of the answer is too large"),
    "an endless reason": ([b"HTTP/1.1 200 ", *[b"y" * 500] * 99], BadResponse, "the head of the answer is too large"),
    "endless 1xx": ([b"HTTP/1.1 100 Go on\r\n\r\n"] * 99, BadResponse, "the head of the answer is too large"),
}


@pytest.mark.parametrize(("steps", "error", "why"), FAILURES.values(), ids=FAILURES)
def test_no_answer(run: Run, steps: list[Step], error: type[TransportError], why: str) -> None:
    async def scenario() -> None:
        async with serving([READ, *steps], [READ, OK]) as server:
            sender = HttpSender(limits=LIMITS)
            url = f"http://127.0.0.1:{server.port}/"
            with pytest.raises(error) as failed:
                await sender.send(post(url), literal_host=True)
            assert failed.value.why.startswith(why)
            assert server.connections == 1
            assert (await sender.send(post(url), literal_host=True)).body == b"ok"
            await sender.close()

    run(scenario())


def test_the_head_of_an_answer_is_counted_without_its_body(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, sized(b"a" * 900, b"X: " + b"y" * 500)]) as server:
            sender = HttpSender(limits=LIMITS)
            response = await sender.send(post(f"http://127.0.0.1:{server.port}/"), literal_host=True)
            assert len(response.body) == 900
            await sender.close()

    run(scenario())


def test_header_names_are_lower_case_and_trailers_are_none_of_them(run: Run) -> None:
    async def scenario() -> None:
        answer = HEAD_200 + b"Retry-After: 5\r\nX: \xfc\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nLate: 1\r\n\r\n"
        async with serving([READ, answer]) as server:
            sender = HttpSender(limits=LIMITS)
            response = await sender.send(post(f"http://127.0.0.1:{server.port}/"), literal_host=True)
            assert response.headers == (("retry-after", "5"), ("x", "\xfc"), ("transfer-encoding", "chunked"))
            await sender.close()

    run(scenario())


def test_the_answer_to_head_has_no_body_whatever_length_it_names(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, b"HTTP/1.1 103 Hints\r\n\r\n" + sized(b"abc")[:-3]], [READ, OK]) as server:
            sender = HttpSender(limits=LIMITS)
            url = f"http://127.0.0.1:{server.port}/"
            assert (await sender.send(get(url, "HEAD"), literal_host=True)).body == b""
            assert (await sender.send(get(url), literal_host=True)).body == b"ok"
            await sender.close()

    run(scenario())


def test_a_redirect_is_not_followed(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, OK]) as inner:
            moved = b"HTTP/1.1 302 Moved\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n" % inner.port
            async with serving([READ, moved]) as server:
                sender = HttpSender(limits=LIMITS)
                response = await sender.send(post(f"http://127.0.0.1:{server.port}/"), literal_host=True)
                assert response == Response(302, (("location", f"http://127.0.0.1:{inner.port}/"), ("content-length", "0")))
                assert inner.connections == 0
                await sender.close()

    run(scenario())


def test_no_cookie_is_kept_and_nothing_is_added_to_the_request(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, sized(b"", b"Set-Cookie: a=b; Path=/"), READ, OK]) as server:
            sender = HttpSender(limits=LIMITS)
            for _ in range(2):
                await sender.send(post(f"http://127.0.0.1:{server.port}/x?y"), literal_host=True)
            expected = f"POST /x?y HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 3\r\n\r\nhit".encode()
            assert server.requests == [expected, expected]
            await sender.close()

    run(scenario())


def test_an_answer_that_comes_before_the_request_has_left_counts_and_costs_the_connection(run: Run) -> None:
    async def scenario() -> None:
        too_large = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
        async with serving([READ_HEAD, too_large], [READ, OK]) as server:
            sender = HttpSender(limits=LIMITS)
            url = f"http://127.0.0.1:{server.port}/"
            assert (await sender.send(post(url, bytes(30_000_000)), literal_host=True)).status == 413
            assert (await sender.send(post(url), literal_host=True)).status == 200
            assert server.connections == 2
            await sender.close()

    run(scenario())


def test_a_large_request_arrives_whole(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, OK]) as server:
            sender = HttpSender(limits=LIMITS)
            body = bytes(range(256)) * 8000
            await sender.send(post(f"http://127.0.0.1:{server.port}/", body), literal_host=True)
            assert server.requests[0].endswith(body)
            await sender.close()

    run(scenario())
