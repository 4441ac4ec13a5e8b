"""Ids of rows that never come again: what numbers the replicas, and what becomes of a row whose id is somebody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from server.outbox.errors import OutboxError, OutboxFailed
from server.outbox.jetstream import JetStreamStore
from server.outbox.jetstream.link import Link, Message
from server.outbox.jetstream.names import MOST_REPLICAS, first_id, replica_of
from server.outbox.jetstream.numbering import LEAP, next_number
from server.outbox.jetstream.streams import make, wanted
from server.outbox.row import named_row, row_name
from tests.server.outbox.stores import ALL, END, lease, leased, payload, put, states
from tests.server.outbox.streams import ROOM, Server, StreamPlace


@pytest.fixture
def place(nats: Server) -> StreamPlace:
    """Streams of their own."""
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


async def state_made_anew(store: JetStreamStore) -> Link:
    """The stream of the replicas' state is lost, and made as `tagyard outbox init` makes it."""
    link, names = store._rows.link, store._rows.names
    await link.ask(f"STREAM.DELETE.{names.state}")
    await make(link, wanted(names, replicas=1, max_bytes=ROOM)[2:])
    return link


def first(_: int) -> int:
    """No leap."""
    return 0


def test_replicas_are_numbered_one_after_the_other_however_much_else_is_said(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        await leased(store, payload(1))
        for _ in range(20):
            await store._replica.live()
        other = await place.open()
        assert other._replica.number == store._replica.number + 1
        await other.close()

    live(place, scene)


def test_replicas_that_begin_at_the_same_time_have_numbers_of_their_own(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        link = await state_made_anew(store)
        given = await asyncio.gather(*(next_number(link, store._rows.names, first) for _ in range(8)))
        assert len(set(given)) == 8

    live(place, scene)


@pytest.mark.parametrize("kept", ["waiting", "dead", "alive"])
def test_where_the_numbers_are_lost_they_go_on_behind_everything_there_is(place: StreamPlace, kept: str) -> None:
    async def scene(store: JetStreamStore) -> None:
        names = store._rows.names
        if kept != "alive":
            (id,) = await leased(store, payload(1))
            store.queue(id, 0, "HTTP 503") if kept == "waiting" else store.park(id, 5, "no")
            await store.flush()
        link = await state_made_anew(store)
        await link.write(Message(f"{names.rows}.row.place.2.x", b"somebody else's"))
        if kept == "alive":
            await store._replica.live()
        assert await next_number(link, names, first) == store._replica.number + 1
        await link.ask(f"STREAM.PURGE.{names.state}", {"filter": names.replica})
        assert await next_number(link, names, lambda most: most - 1) == store._replica.number + LEAP

    live(place, scene)


def test_the_last_number_is_given_and_none_after_it(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        link, names = store._rows.link, store._rows.names
        await link.write(Message(names.replica, str(MOST_REPLICAS - 1).encode()))
        last = await place.open()
        last.start(asyncio.get_running_loop())
        (id,) = await put(last, payload(1))
        assert named_row(row_name(0, id)) == (0, id)
        assert set(await states(last)) == {id}
        await last.close()
        with pytest.raises(OutboxError, match="all numbers of replicas are used"):
            await place.open()

    live(place, scene)


def test_ids_have_no_more_than_64_bits() -> None:
    assert first_id(MOST_REPLICAS + 1) - 1 == (1 << 63)
    assert replica_of(first_id(MOST_REPLICAS)) == MOST_REPLICAS


def test_a_replica_gives_no_id_of_the_next_one(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        failed: list[Exception] = []
        store.failed = failed.append
        store._next_id = first_id(store._replica.number + 1) - 2
        assert replica_of(store.take_id()) == store._replica.number
        with pytest.raises(OutboxFailed, match="all its ids"):
            store.take_id()
        assert len(failed) == 1

    live(place, scene)


@pytest.mark.parametrize("said", [b"", b"seven"])
def test_where_there_is_no_number_they_go_on_behind_what_there_is(place: StreamPlace, said: bytes) -> None:
    async def scene(store: JetStreamStore) -> None:
        await store._rows.link.write(Message(store._rows.names.replica, said))
        others = [await place.open() for _ in range(2)]
        first, second = (other._replica.number for other in others)
        assert store._replica.number < first
        assert second == first + 1
        for other in others:
            await other.close()

    live(place, scene)


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("known", ["waits", "was delivered a moment ago"])
def test_a_row_whose_id_is_another_ones_is_refused_and_changes_nothing(place: StreamPlace, number: int, known: str) -> None:
    async def scene(store: JetStreamStore) -> None:
        before = store._next_id
        ids = await leased(store, *(payload(each, body={"order": each}) for each in range(number)))
        if known != "waits":
            store.remove(ids)
            await store.flush()
        store._next_id = before
        with pytest.raises(OutboxError, match="a row of this id already"):
            await put(store, *(payload(each, body={"order": each + 10}) for each in range(number)))
        left = ids if known == "waits" else []
        assert set(await states(store)) == set(left)
        for id in left:
            store.queue(id, 0, "HTTP 503")
        await store.flush()
        assert [row.payload.body["order"] for row in (await lease(store, now=10)).rows] == [*range(len(left))]
        await store.change(ALL, "drop", 0, 0, 0, END)

    live(place, scene)
