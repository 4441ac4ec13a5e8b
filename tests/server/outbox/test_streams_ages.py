"""Rows that were tried again stand behind what came meanwhile: their age is seen all the same, look by look."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from server.outbox.jetstream import JetStreamStore, aging
from server.outbox.jetstream.link import Found, Link
from server.outbox.jetstream.names import place_of
from tests.server.outbox.stores import PLACE, lease, leased, payload, put, states
from tests.server.outbox.streams import Server, StreamPlace

OLD, YOUNG, BETWEEN = 1_000, 1_000_000, 500_000
FRONT, LOOK = 10, 20


@pytest.fixture
def place(nats: Server, monkeypatch: pytest.MonkeyPatch) -> StreamPlace:
    """Streams of their own, of which a look goes through a few rows."""
    monkeypatch.setattr(aging, "AT_ONCE", FRONT)
    monkeypatch.setattr(aging, "LOOK", LOOK)
    return StreamPlace(nats)


def live(place: StreamPlace, scene: Callable[[JetStreamStore], Awaitable[None]]) -> None:
    """Plays the scene with one replica."""

    async def run() -> None:
        store = await place.open()
        store.start(asyncio.get_running_loop())
        try:
            async with asyncio.timeout(60):
                await scene(store)
        finally:
            await store.close()

    asyncio.run(run())


async def behind(store: JetStreamStore, young: int, old: int) -> list[int]:
    """The ids of so many old rows, which were tried again when so many young ones had come."""
    ids = await leased(store, *(payload(number, received_at=OLD + number) for number in range(old)))
    await put(store, *(payload(number, received_at=YOUNG) for number in range(young)))
    for number in ids:
        store.queue(number, YOUNG, "HTTP 503")
    await store.flush()
    return ids


async def expire(store: JetStreamStore) -> int:
    return await store.expire("ga4", PLACE, BETWEEN, "too old", YOUNG)


@pytest.mark.parametrize("young", [FRONT - 1, FRONT, FRONT + LOOK - 3, FRONT + LOOK])
def test_a_row_that_stands_behind_younger_ones_is_given_up_in_time(place: StreamPlace, young: int) -> None:
    async def scene(store: JetStreamStore) -> None:
        ids = await behind(store, young, 3)
        assert sum([await expire(store) for _ in range(2)]) == 3
        found = await states(store)
        assert {id for id, state in found.items() if state == "dead"} == set(ids)
        assert len(found) == young + 3

    live(place, scene)


def test_looks_go_on_where_the_last_one_ended_and_begin_anew_at_the_end(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        await behind(store, FRONT + 2 * LOOK, 3)
        assert [await expire(store) for _ in range(4)] == [0, 0, 3, 0]
        (late,) = await put(store, payload(99, received_at=OLD))
        assert [await expire(store) for _ in range(3)] == [0, 1, 0], "the fourth look above was the first of this round"
        assert (await states(store))[late] == "dead"

    live(place, scene)


def test_the_oldest_row_is_told_though_it_stands_behind_younger_ones(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        await behind(store, FRONT + 1, 3)
        await store.expire("ga4", PLACE, OLD, "too old", YOUNG)
        assert await store.oldest("ga4", PLACE) == OLD
        assert await expire(store) == 3
        assert await store.oldest("ga4", PLACE) == YOUNG
        assert len((await lease(store, now=YOUNG)).rows) == FRONT + 1
        assert await expire(store) == 0
        assert await store.oldest("ga4", PLACE) is None

    live(place, scene)


def test_no_more_are_given_up_at_once_than_one_group_may_hold(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        await put(store, *(payload(number, received_at=OLD) for number in range(FRONT + 3)))
        assert [await expire(store) for _ in range(3)] == [FRONT, 3, 0]

    live(place, scene)


def test_one_replica_gives_up_for_all(place: StreamPlace) -> None:
    async def run() -> None:
        stores = [await place.open() for _ in range(2)]
        for store in stores:
            store.start(asyncio.get_running_loop())
        await put(stores[1], payload(1, received_at=OLD))
        assert [await expire(store) for store in reversed(stores)] == [0, 1]
        for store in stores:
            await store.close()

    asyncio.run(run())


def test_a_look_after_one_destination_asks_what_is_on_the_wire_of_that_one_alone(
    place: StreamPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    last, asked = Link.last, []

    async def counted(link: Link, stream: str, subject: str) -> Found | None:
        asked.append(subject)
        return await last(link, stream, subject)

    async def scene(store: JetStreamStore) -> None:
        for number in range(5):
            await leased(store, payload(number, destination=f"https://v{number}.example"))
        waits = payload(7, received_at=OLD, destination="https://v3.example")
        await put(store, waits)
        monkeypatch.setattr(Link, "last", counted)
        assert await store.oldest("ga4", waits.destination) == OLD
        assert [subject.split(".")[3] for subject in asked] == [place_of("ga4", waits.destination)]

    live(place, scene)
