"""Large rows in streams: they come a few at a time, so that no connection breaks under them and no memory fills with them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from nats.aio.msg import Msg

from server.outbox.jetstream import JetStreamStore
from server.outbox.jetstream.leasing import FULL_FOR
from server.outbox.jetstream.link import Link
from server.outbox.jetstream.portions import BYTES_AT_ONCE, IN_HAND, portion
from tests.server.outbox.stores import PLACE, lease, payload, put, states
from tests.server.outbox.streams import Server, StreamPlace

LARGE = 250_000
ROWS = 100
NOW = 1_000


@pytest.fixture
def place(nats: Server) -> StreamPlace:
    """Streams of their own."""
    return StreamPlace(nats)


def live(place: StreamPlace, scene: Callable[[JetStreamStore], Awaitable[None]]) -> None:
    """Plays the scene with one replica that has ROWS large rows before it."""

    async def run() -> None:
        store = await place.open()
        store.start(asyncio.get_running_loop())
        try:
            async with asyncio.timeout(60):
                for number in range(0, ROWS, 4):
                    await put(store, *(payload(number + each, body={"n": "x" * LARGE}) for each in range(4)))
                await scene(store)
        finally:
            await store.close()

    asyncio.run(run())


@pytest.fixture
def came(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes of the answers to each request that has several."""
    found: list[int] = []
    gather = Link.gather

    async def counted(self: Link, subject: str, body: Mapping[str, Any], most: int, **how: bool) -> list[Msg]:
        answers = await gather(self, subject, body, most, **how)
        found.append(sum(len(answer.data) for answer in answers))
        return answers

    monkeypatch.setattr(Link, "gather", counted)
    return found


def test_a_lease_takes_no_more_bytes_than_a_connection_bears(place: StreamPlace, came: list[int]) -> None:
    async def scene(store: JetStreamStore) -> None:
        delivered = 0
        while delivered < ROWS:
            leased = await lease(store, now=NOW, limit=128)
            assert leased.rows
            assert leased.next_due == NOW or delivered + len(leased.rows) == ROWS, "it goes on at once"
            delivered += len(leased.rows)
            store.remove([row.id for row in leased.rows])
            await store.flush()
        assert await states(store) == {}

    live(place, scene)
    assert BYTES_AT_ONCE // 2 < max(came) <= BYTES_AT_ONCE


def test_what_is_on_the_wire_bounds_what_is_taken(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        rows = (await lease(store, now=NOW, limit=128)).rows
        while (leased := await lease(store, now=NOW, limit=128)).rows:
            rows = [*rows, *leased.rows]
        assert IN_HAND * 3 // 4 < len(rows) * LARGE <= IN_HAND
        assert leased.next_due == NOW + FULL_FOR
        store.remove([row.id for row in rows])
        again = await lease(store, now=NOW, limit=128)
        assert again.rows
        assert again.next_due == NOW

    live(place, scene)


def test_rows_are_read_a_few_at_a_time(place: StreamPlace, came: list[int]) -> None:
    async def scene(store: JetStreamStore) -> None:
        assert len(await states(store)) == ROWS
        assert await store.oldest("ga4", PLACE) is not None

    live(place, scene)
    assert max(came) <= BYTES_AT_ONCE + LARGE


@pytest.mark.parametrize("largest", [1 << 20, 8 << 20, 64 << 20])
def test_the_largest_message_that_the_servers_take_is_taken_in_hand(largest: int) -> None:
    assert portion(0, largest) > largest
    assert portion(max(IN_HAND, 2 * largest), largest) == 0
