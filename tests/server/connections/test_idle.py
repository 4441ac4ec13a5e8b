"""How long a connection may stay without a request: for long where that was agreed, and for nobody where places are scarce."""

from __future__ import annotations

from typing import cast

import pytest

from server.connections.protocol import GuardedProtocol
from server.connections.terms import Patience, Terms
from server.connections.timed import FIRST_BYTE
from tests.server.connections.echo import GET, only, run, talking
from tests.server.connections.stopped_clock import Clock
from tests.server.raw import connected
from tests.waiting import until_soon


def test_a_peer_that_may_be_idle_for_long_is_asked_for_once_and_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []

    def patience(peer: str | None) -> Patience:
        asked.append(peer)
        return Patience(30, 920)

    async def scenario() -> None:
        async with talking(Terms(patience=patience)) as (echo, listener, raw):
            await until_soon(lambda: bool(listener.server_state.connections))
            clock = Clock(only(listener), raw, monkeypatch)
            asked.clear()
            assert clock.arrives(GET + b"\r\n", after=29)
            assert (await raw.reply())[0] == 200
            for _ in range(2):
                assert clock.arrives(GET + b"\r\n", after=919)
                assert (await raw.reply())[0] == 200
            assert not clock.arrives(GET + b"\r\n", after=921)
            assert len(echo.requests) == 3
            assert asked == []

    run(scenario)


def test_where_places_are_scarce_nobody_is_idle_for_long() -> None:
    async def scenario() -> None:
        terms = Terms(max_connections=4, patience=lambda _: Patience(920, 920))
        async with talking(terms) as (_, listener, raw), connected(raw.port) as second, connected(raw.port) as third:
            for each in (raw, second, third):
                await each.send(GET + b"\r\n")
                assert (await each.reply())[0] == 200
            connections = cast("list[GuardedProtocol]", list(listener.server_state.connections))
            later = connections[0].loop.time() + FIRST_BYTE + 1
            for connection in connections:
                connection.expire(later)
            assert len(listener.server_state.connections) == 3
            async with connected(raw.port) as fourth:
                await fourth.send(GET + b"\r\n")
                assert (await fourth.reply())[0] == 200
                for connection in connections:
                    connection.expire(later)
                await until_soon(lambda: len(listener.server_state.connections) == 1)

    run(scenario)


def test_a_connection_that_was_answered_is_remembered_by_no_timer() -> None:
    async def scenario() -> None:
        async with talking(Terms(patience=lambda _: Patience(920, 920))) as (_, listener, raw):
            await raw.send(GET + b"\r\n")
            assert (await raw.reply())[0] == 200
            connection = only(listener)
            assert connection.timeout_keep_alive_task is None
            connection.connection_lost(ConnectionResetError())
            assert connection.timeout_keep_alive_task is None

    run(scenario)
