"""Which requests a raw socket may make, byte for byte against a real listener."""

from __future__ import annotations

import pytest

from server.connections.fields import MAX_COOKIES, MAX_CRUMBS
from server.connections.refusals import MAX_FIELDS, MAX_HEAD, MAX_URL
from tests.server.connections.echo import CHUNKED, GET, HOST, POST, chunks, headers_of, run, talking


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


@pytest.mark.parametrize("coding", [b"chunked", b"Chunked", b"CHUNKED", b"chunked "])
def test_chunks_are_chunks_however_they_are_written(coding: bytes) -> None:
    async def scenario() -> None:
        async with talking() as (_, _, raw):
            await raw.send(POST + b"Transfer-Encoding: " + coding + b"\r\n\r\n" + chunks(b"en=x"))
            assert (await raw.reply())[::2] == (200, b"en=x")

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


def test_a_trailer_is_no_header() -> None:
    told = headers_of(CHUNKED + b"\r\n1\r\nx\r\n0\r\nHost: evil\r\nOrigin: https://evil\r\n\r\n")
    assert [name for name, _ in told] == [b"host", b"transfer-encoding"]


def test_cookies_on_several_lines_are_one_header() -> None:
    told = headers_of(GET + b"Cookie: a=1; b=2\r\nX: y\r\ncookie: c=3\r\n\r\n")
    assert told[1:] == [(b"x", b"y"), (b"cookie", b"a=1; b=2; c=3")]
