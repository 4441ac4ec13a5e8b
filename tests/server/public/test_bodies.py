"""How much of a body is read, and what becomes of one that is too large or never ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.server.public.bench import CHUNKED, MAX_BODY, ORIGIN, Bench, length, piece, refused
from tests.server.raw import connected, exchange, serving


@pytest.mark.parametrize("size", [0, 1, MAX_BODY - 1, MAX_BODY])
def test_a_body_up_to_the_limit_is_read(size: int) -> None:
    bench = Bench()
    halves = piece(b"x" * (size // 2), True), piece(b"x" * (size - size // 2))
    assert bench.request(*halves, method="POST", headers=length(size)).now().status == 204
    assert bench.request(*halves, method="POST", headers=CHUNKED).now().status == 204
    assert [len(request.body) for request in bench.client.requests] == [size, size]


def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    bench = Bench()
    for size in (MAX_BODY + 1, 10**18):
        call = bench.request(method="POST", headers=[*length(size), ORIGIN]).now()
        refused(call, 413)
        assert call.read == 0
    assert not bench.client.requests


def test_a_body_that_turns_out_too_large_is_not_read_on() -> None:
    bench = Bench()
    pieces = [piece(b"x" * 600, True) for _ in range(50)]
    call = bench.request(*pieces, method="POST", headers=[*CHUNKED, ORIGIN]).now()
    refused(call, 413)
    assert call.read == 2
    refused(bench.request(piece(b"x" * (MAX_BODY + 1)), method="POST", headers=[*CHUNKED, ORIGIN]).now(), 413)
    assert not bench.client.requests


@pytest.mark.parametrize("headers", [length(4), CHUNKED])
def test_a_sender_that_goes_away_in_its_body_is_answered_nothing(headers: Any) -> None:
    bench = Bench()
    call = bench.request(piece(b"en", True), {"type": "http.disconnect"}, method="POST", headers=headers).now()
    assert call.sent == []
    assert not bench.client.requests
    assert not bench.counts.replies


WAITING = b"POST /g/collect?v=2 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"


def test_whoever_waits_with_his_body_is_told_at_once_to_go_on_or_that_it_is_not_wanted() -> None:
    async def scenario() -> None:
        bench = Bench()
        async with serving(bench.app) as (_, port):
            async with connected(port) as raw:
                await raw.send(WAITING % 4)
                assert (await raw.reply())[0] == 100
                await raw.send(b"en=x")
                assert (await raw.reply())[0] == 204
            assert (await exchange(port, WAITING % (MAX_BODY + 1)))[0] == 413
            bench.intake.full = True
            assert (await exchange(port, WAITING % 4))[0] == 503
        assert [request.body for request in bench.client.requests] == [b"en=x"]

    asyncio.run(scenario())


def test_ten_megabytes_are_refused_without_being_taken() -> None:
    async def scenario() -> None:
        bench = Bench()
        async with serving(bench.app) as (_, port), connected(port) as raw:
            await raw.send(b"POST /g/collect HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n")
            status, headers, _ = await raw.reply()
            assert (status, headers["connection"]) == (413, "close")
            assert await raw.closed()

    asyncio.run(scenario())
