"""Which connections are used again, and for how long they are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import pytest

from core.types import Response
from server.http import ConnectionClosed, HttpLimits, HttpSender
from tests.server.http.scripted import CLOSE, OK, READ, RESET, Step, post, serving
from tests.waiting import until_soon

Run: TypeAlias = Callable[[Coroutine[Any, Any, None]], None]


def test_one_connection_serves_one_request_after_another(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, OK] * 5) as server:
            sender = HttpSender()
            for _ in range(5):
                await sender.send(post(f"http://127.0.0.1:{server.port}/"), literal_host=True)
            assert server.connections == 1
            await sender.close()

    run(scenario())


def test_requests_at_the_same_time_have_their_own(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, OK] * 2) as server:
            sender = HttpSender()
            for _ in range(2):
                await asyncio.gather(
                    *(sender.send(post(f"http://127.0.0.1:{server.port}/"), literal_host=True) for _ in range(3))
                )
            assert server.connections == 3
            await sender.close()

    run(scenario())


def test_no_more_than_the_limit_are_kept(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, OK] * 2) as server:
            sender = HttpSender(limits=HttpLimits(idle_connections=1))
            for _ in range(2):
                await asyncio.gather(
                    *(sender.send(post(f"http://127.0.0.1:{server.port}/"), literal_host=True) for _ in range(3))
                )
            assert server.connections == 5
            await sender.close()

    run(scenario())


@pytest.mark.parametrize("end", [CLOSE, RESET])
def test_an_idle_connection_known_to_be_closed_is_passed_over(run: Run, end: Step) -> None:
    async def scenario() -> None:
        async with serving([READ, OK, end], [READ, OK]) as server:
            sender = HttpSender()
            url = f"http://127.0.0.1:{server.port}/"
            await sender.send(post(url), literal_host=True)
            await asyncio.sleep(0.02)
            assert (await sender.send(post(url), literal_host=True)).status == 200
            assert (server.connections, len(server.requests)) == (2, 2)
            await sender.close()

    run(scenario())


@pytest.mark.parametrize("end", [CLOSE, RESET])
def test_a_request_that_meets_a_closing_idle_connection_is_sent_once_more_on_a_fresh_one(run: Run, end: Step) -> None:
    async def scenario() -> None:
        async with serving([READ, OK, READ, end], [READ, OK]) as server:
            sender = HttpSender()
            url = f"http://127.0.0.1:{server.port}/"
            await sender.send(post(url), literal_host=True)
            assert (await sender.send(post(url, b"second"), literal_host=True)).status == 200
            assert (server.connections, len(server.requests)) == (2, 3)
            assert server.requests[1] == server.requests[2]
            await sender.close()

    run(scenario())


def test_it_is_sent_once_more_and_not_twice(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, OK, READ, CLOSE], [READ, CLOSE]) as server:
            sender = HttpSender()
            url = f"http://127.0.0.1:{server.port}/"
            await sender.send(post(url), literal_host=True)
            with pytest.raises(ConnectionClosed):
                await sender.send(post(url), literal_host=True)
            assert server.connections == 2
            await sender.close()

    run(scenario())


def test_it_is_not_sent_again_once_a_byte_came_back(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, OK, READ, b"H", CLOSE], [READ, OK]) as server:
            sender = HttpSender()
            url = f"http://127.0.0.1:{server.port}/"
            await sender.send(post(url), literal_host=True)
            with pytest.raises(ConnectionClosed):
                await sender.send(post(url), literal_host=True)
            assert server.connections == 1
            await sender.close()

    run(scenario())


def test_an_unused_connection_is_closed_when_its_time_is_up(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, OK], [READ, OK]) as server:
            sender = HttpSender(limits=HttpLimits(idle=0.05, sweep=0.01))
            url = f"http://127.0.0.1:{server.port}/"
            await sender.send(post(url), literal_host=True)
            await until_soon(lambda: server.closed == 1)
            assert (await sender.send(post(url), literal_host=True)).status == 200
            assert server.connections == 2
            await sender.close()

    run(scenario())


def test_a_literal_host_shares_no_connection_with_one_that_was_not(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, OK] * 2) as server:
            sender = HttpSender()
            url = f"http://127.0.0.1:{server.port}/"
            await sender.send(post(url), literal_host=True)
            with pytest.raises(Exception, match="not a global address"):
                await sender.send(post(url), literal_host=False)
            await sender.close()

    run(scenario())


def test_a_caller_that_goes_away_takes_its_connection_along(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ], [READ, OK]) as server:
            sender = HttpSender()
            url = f"http://127.0.0.1:{server.port}/"
            sending = asyncio.ensure_future(sender.send(post(url), literal_host=True))
            await until_soon(lambda: len(server.requests) == 1)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            await until_soon(lambda: server.closed == 1)
            assert (await sender.send(post(url), literal_host=True)).status == 200
            await sender.close()

    run(scenario())


def test_closing_ends_requests_under_way_and_every_connection(run: Run) -> None:
    async def scenario() -> None:
        async with serving([READ, OK], [READ]) as server:
            sender = HttpSender()
            url = f"http://127.0.0.1:{server.port}/"
            await sender.send(post(url), literal_host=True)
            first, second = (asyncio.ensure_future(sender.send(post(url), literal_host=True)) for _ in range(2))
            await until_soon(lambda: server.connections == 2 and len(server.requests) == 2)
            await sender.close()
            for sending in (first, second):
                with pytest.raises(ConnectionClosed):
                    await sending
            with pytest.raises(ConnectionClosed):
                await sender.send(post(url), literal_host=True)
            await until_soon(lambda: server.closed == server.connections)

    run(scenario())


def test_closing_what_was_never_used_is_fine(run: Run) -> None:
    run(HttpSender().close())


@pytest.mark.parametrize("used", [False, True], ids=["fresh", "used"])
@pytest.mark.parametrize("answered_first", [False, True])
def test_a_caller_that_goes_away_as_its_answer_comes_takes_no_other_along(run: Run, used: bool, answered_first: bool) -> None:
    async def scenario() -> None:
        before: list[Step] = [READ, OK] if used else []
        async with serving([*before, READ, READ, OK]) as server:
            sender, heard = HttpSender(), list[Response | Exception]()
            request = post(f"http://127.0.0.1:{server.port}/")
            if used:
                await sender.send(request, literal_host=True)
            going = asyncio.ensure_future(sender.send(request, literal_host=True))
            await until_soon(lambda: len(server.requests) == 1 + used)
            (connection,) = sender._pool._open
            if not answered_first:
                going.cancel()
            connection.data_received(OK)
            sender.begin(request, heard.append, literal_host=True)
            going.cancel()
            await until_soon(lambda: len(heard) == 1)
            assert heard == [Response(200, (("content-length", "2"),), b"ok")]
            assert server.connections == 1
            await sender.close()

    run(scenario())
