"""Consumers that others have made, or removed: what they give to whom stays, and rows without one are found."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from server.outbox.jetstream import JetStreamStore
from server.outbox.jetstream.names import place_of
from server.outbox.jetstream.stored import StoredRow
from server.outbox.row import FORMAT
from server.outbox.store import Waiting
from tests.server.outbox.stores import PLACE, lease, payload, put
from tests.server.outbox.streams import Server, StreamPlace

CONSUMER = place_of("ga4", PLACE)


@pytest.fixture
def place(nats: Server) -> StreamPlace:
    """Streams of their own."""
    return StreamPlace(nats)


def live(place: StreamPlace, *scenes: Callable[[JetStreamStore], Awaitable[None]]) -> None:
    """Plays each scene with a replica of its own, one after the other."""

    async def run() -> None:
        for scene in scenes:
            store = await place.open()
            store.start(asyncio.get_running_loop())
            try:
                async with asyncio.timeout(60):
                    await scene(store)
            finally:
                await store.close()

    asyncio.run(run())


async def filters(store: JetStreamStore) -> set[str]:
    stream = store._rows.names.rows
    (found,) = (await store._rows.link.ask(f"CONSUMER.LIST.{stream}"))["consumers"]
    return {*found["config"]["filter_subjects"]}


def test_an_earlier_version_takes_nothing_from_a_later_one(place: StreamPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    later = f"row.{CONSUMER}.{FORMAT + 1}.*.*"

    async def upgraded(store: JetStreamStore) -> None:
        await put(store, payload(1))
        monkeypatch.setattr("server.outbox.jetstream.names.FORMAT", FORMAT + 1)
        store._leasing._known.clear()
        assert len((await lease(store)).rows) == 1
        monkeypatch.undo()
        assert f"{store._rows.names.rows}.{later}" in await filters(store)

    async def not_yet(store: JetStreamStore) -> None:
        before = await filters(store)
        await put(store, payload(2))
        await lease(store)
        assert await filters(store) == before
        row = replace(StoredRow.of(store.take_id(), "ga4", payload(3), 0), format=FORMAT + 1)
        await store._rows.write([store._rows.message(row)])
        assert row.id in {leased.id for leased in (await lease(store, limit=9)).rows}, "whoever asks: the consumer gives it"

    live(place, upgraded, not_yet)


def test_a_later_version_adds_what_it_reads(place: StreamPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    async def earlier(store: JetStreamStore) -> None:
        monkeypatch.setattr("server.outbox.jetstream.names.FORMAT", FORMAT - 1)
        await lease(store)
        monkeypatch.undo()
        assert len(await filters(store)) == FORMAT - 1

    async def later(store: JetStreamStore) -> None:
        await put(store, payload(1))
        assert len((await lease(store)).rows) == 1
        assert await filters(store) == set(store._rows.names.rows_at(CONSUMER))

    live(place, earlier, later)


@pytest.mark.parametrize("others", [0, 2])
def test_a_start_finds_rows_whose_consumer_is_gone(place: StreamPlace, others: int) -> None:
    async def before(store: JetStreamStore) -> None:
        await put(store, payload(1), payload(2))
        for number in range(others):
            await put(store, payload(3, destination=f"https://v{number}.example"))
        await store._rows.link.ask(f"CONSUMER.DELETE.{store._rows.names.rows}.{CONSUMER}")

    async def after(store: JetStreamStore) -> None:
        there = Waiting("ga4", PLACE, 2, 0)
        assert there in store.found.waiting
        assert len(store.found.waiting) == 1 + others
        assert len((await lease(store)).rows) == 2
        assert there in (await store.census()).waiting

    live(place, before, after)
