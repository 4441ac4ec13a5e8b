from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeAlias

import pytest

from server.http import HttpLimits, HttpSender, TimedOut
from tests.server.http.scripted import OK, READ, READ_HEAD, STALL, Step, post, serving

Run: TypeAlias = Callable[[Coroutine[Any, Any, None]], None]

SHORT = HttpLimits(total=1.0, sweep=0.01)

SLOW: dict[str, list[Step]] = {
    "no answer": [READ],
    "half a head": [READ, b"HTTP/1.1 200 OK\r\nA"],
    "half a body": [READ, OK[:-1]],
    "only interim answers": [READ, b"HTTP/1.1 100 Go on\r\n\r\n"],
    "no end": [READ, b"HTTP/1.1 200 OK\r\n\r\nabc"],
}


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW)
def test_an_exchange_ends_at_its_deadline(run: Run, script: list[Step]) -> None:
    async def scenario() -> None:
        async with serving(script, [READ, OK]) as server:
            sender = HttpSender(limits=SHORT)
            url = f"http://127.0.0.1:{server.port}/"
            started = time.monotonic()
            with pytest.raises(TimedOut, match="did not answer in time"):
                await sender.send(post(url), literal_host=True)
            assert time.monotonic() - started < 15  # the usual limit is longer
            assert (await sender.send(post(url), literal_host=True)).status == 200
            await sender.close()

    run(scenario())


def test_a_destination_that_does_not_read_is_not_waited_for(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ_HEAD, STALL]) as server:
            sender = HttpSender(limits=SHORT)
            with pytest.raises(TimedOut):
                await sender.send(post(f"http://127.0.0.1:{server.port}/", bytes(30_000_000)), literal_host=True)
            await sender.close()

    run(scenario())


def test_the_requests_own_timeout_comes_first(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ]) as server:
            sender = HttpSender(limits=HttpLimits(sweep=0.01))
            with pytest.raises(TimedOut):
                await sender.send(post(f"http://127.0.0.1:{server.port}/", timeout=0.05), literal_host=True)
            await sender.close()

    run(scenario())


def test_an_idle_connection_has_no_deadline_of_the_request_before(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, OK] * 2) as server:
            sender = HttpSender(limits=SHORT)
            url = f"http://127.0.0.1:{server.port}/"
            await sender.send(post(url), literal_host=True)
            await asyncio.sleep(1.2)
            await sender.send(post(url), literal_host=True)
            assert server.connections == 1
            await sender.close()

    run(scenario())


@pytest.mark.parametrize("limits", [HttpLimits(connect=0.05), HttpLimits(total=0.05)])
def test_looking_up_the_host_is_part_of_connecting(run: Run, limits: HttpLimits) -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        raise AssertionError(host, port)

    async def scenario() -> None:
        sender = HttpSender(limits=limits, resolve=never)
        with pytest.raises(TimedOut, match=r"finding the address of example\.com took too long"):
            await sender.send(post("https://example.com/"), literal_host=True)
        await sender.close()

    run(scenario())


def test_a_handshake_that_hangs_is_part_of_connecting(run: Run) -> None:
    async def scenario() -> None:
        async with serving([]) as server:
            sender = HttpSender(limits=HttpLimits(connect=0.08))
            with pytest.raises(TimedOut, match=rf"connecting to localhost:{server.port} took too long"):
                await sender.send(post(f"https://localhost:{server.port}/"), literal_host=True)
            await sender.close()

    run(scenario())


def test_a_first_address_that_hangs_leaves_time_for_the_second(run: Run) -> None:
    async def scenario() -> None:
        async with serving([], [READ, OK]) as server:
            sender = HttpSender(limits=HttpLimits(connect=2.0), resolve=twice)
            with pytest.raises(TimedOut):
                await sender.send(post(f"https://example.com:{server.port}/"), literal_host=True)
            assert server.connections == 2
            await sender.close()

    async def twice(host: str, port: int) -> Sequence[str]:  # noqa: ARG001
        return ["127.0.0.1", "127.0.0.1"]

    run(scenario())
