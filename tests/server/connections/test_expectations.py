"""Senders who wait with their body until they are told to go on."""

from __future__ import annotations

from tests.server.connections.echo import GET, POST, Echo, run, talking
from tests.server.raw import exchange, serving

WAITING = POST + b"Expect: 100-Continue\r\nContent-Length: 4\r\n\r\n"


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
