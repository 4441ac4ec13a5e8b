"""Replicas that share streams, and an operator beside them: what is decided by numbers of messages, and who does what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from core.types import Sender
from server.outbox.jetstream import JetStreamStore
from server.outbox.jetstream.abreast import MOST
from server.outbox.jetstream.errors import Unreachable
from server.outbox.jetstream.link import Link, Message
from server.outbox.jetstream.rows import Rows
from server.outbox.jetstream.stored import StoredRow
from server.outbox.keyfile import KeyClaim
from server.outbox.limits import LONE_FROM
from server.outbox.selection import RowFilter
from server.outbox.store import Suspect
from tests.server.outbox.stores import ALL, END, PLACE, lease, lease_one, leased, listed, payload, put, states
from tests.server.outbox.streams import Server, StreamPlace


@pytest.fixture
def place(nats: Server) -> StreamPlace:
    """Streams of their own."""
    return StreamPlace(nats)


@asynccontextmanager
async def replicas(place: StreamPlace, number: int) -> AsyncIterator[list[JetStreamStore]]:
    """So many, which have begun in this order."""
    stores = [await place.open() for _ in range(number)]
    for store in stores:
        store.start(asyncio.get_running_loop())
    try:
        async with asyncio.timeout(60):
            yield stores
    finally:
        for store in stores:
            await store.close()


def live(place: StreamPlace, scene: Callable[[JetStreamStore], Awaitable[None]]) -> None:
    """Plays the scene with one replica."""

    async def run() -> None:
        async with replicas(place, 1) as (store,):
            await scene(store)

    asyncio.run(run())


async def suspected(store: JetStreamStore, rows: int) -> list[int]:
    """The ids of so many rows that wait to be sent alone."""
    ids = await put(store, *map(payload, range(rows)))
    for number in ids:
        found = await store._rows.find(number)
        assert found is not None
        row = replace(StoredRow.read(found.data), crashes=LONE_FROM, version=1)
        await store._rows.write([store._rows.message(row)])
        await store._rows.delete(store._rows.names.rows, found.number)
    return ids


async def alone(store: JetStreamStore) -> int:
    """The id of a row that is on the wire, alone."""
    (number,) = await suspected(store, 1)
    (one,) = (await lease_one(store, Suspect(0, number, "ga4", PLACE))).rows
    return one.id


async def in_company(store: JetStreamStore) -> int:
    """The id of a row that is on the wire with others."""
    (number,) = await leased(store, payload(1))
    return number


def test_the_rows_of_a_dead_replica_are_taken_over_many_at_a_time(place: StreamPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    under_way = most = 0
    write = Link.write

    async def counted(self: Link, message: Message) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        try:
            return await write(self, message)
        finally:
            under_way -= 1

    async def run() -> None:
        store = await place.open()
        store.start(asyncio.get_running_loop())
        ids = await leased(store, *(payload(number) for number in range(500)))
        await place.kill(store)
        monkeypatch.setattr(Link, "write", counted)
        async with replicas(place, 1) as (other,):
            rows = await listed(other)
            assert {id: (row["state"], row["crashes"]) for id, row in rows.items()} == dict.fromkeys(ids, ("queued", 1))

    asyncio.run(run())
    assert MOST // 2 <= most <= MOST


@pytest.mark.parametrize("on_wire", [in_company, alone])
@pytest.mark.parametrize("settle", ["queue", "park"])
def test_what_was_dropped_while_it_was_on_the_wire_is_not_brought_back(
    place: StreamPlace, on_wire: Callable[[JetStreamStore], Awaitable[int]], settle: str
) -> None:
    async def scene(store: JetStreamStore) -> None:
        number = await on_wire(store)
        found = await store._rows.find(number)
        assert found is not None
        assert await store._rows.delete(store._rows.names.rows, found.number)
        assert not await store._rows.delete(store._rows.names.rows, found.number)
        getattr(store, settle)(number, 5, "no")
        await store.flush()
        await put(store, payload(2))
        assert list((await states(store)).values()) == ["queued"]

    live(place, scene)


@pytest.mark.parametrize(("action", "method"), [("retry", "write_unless_changed"), ("drop", "delete")])
@pytest.mark.parametrize("held", [False, True])
def test_a_row_that_an_operator_changes_does_not_get_on_the_wire_meanwhile(
    place: StreamPlace, monkeypatch: pytest.MonkeyPatch, action: str, method: str, held: bool
) -> None:
    async def scene(store: JetStreamStore) -> None:
        (number,) = await put(store, payload(1), due_at=0 if not held else 1_000_000)
        if held:
            assert (await lease(store)).rows == [], "it is in hand now, and due in a second"
            assert len(store._hand) == 1
        meanwhile = []
        change = getattr(Rows, method)

        async def slow(self: Rows, *what: object) -> object:
            meanwhile.append((await lease(store, now=2_000_000)).rows)
            done = await change(self, *what)
            meanwhile.append((await lease(store, now=2_000_000)).rows)
            return done

        monkeypatch.setattr(Rows, method, slow)
        assert (await store.change(ALL, action, 50, 60, 0, END)).rows == 1
        monkeypatch.undo()
        assert meanwhile == [[], []]
        rows = (await lease(store, now=2_000_000)).rows
        assert [(row.id, row.attempts) for row in rows] == ([(number, 1)] if action == "retry" else [])
        store.remove([row.id for row in rows])
        await store.flush()
        assert await states(store) == {}
        assert (await lease(store, now=2_000_000)).rows == []

    live(place, scene)


@pytest.mark.parametrize("action", ["retry", "drop"])
def test_what_somebody_has_changed_since_it_was_seen_is_left_alone_and_not_counted(
    place: StreamPlace, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    async def scene(store: JetStreamStore) -> None:
        (number,) = await put(store, payload(1), due_at=7)
        chosen = store._browse._chosen

        async def overtaken(*what: object) -> object:
            seen = await chosen(*what)  # type: ignore[arg-type]  # what it is called with
            found = await store._rows.find(number)
            assert found is not None
            await store._rows.write([store._rows.message(StoredRow.read(found.data).again(9, "HTTP 503", None))])
            return seen

        monkeypatch.setattr(store._browse, "_chosen", overtaken)
        assert (await store.change(ALL, action, 50, 60, 0, END)).rows == 0
        assert [(row["due_at"], row["why"]) for row in (await listed(store)).values()] == [(9, "HTTP 503")]

    live(place, scene)


def test_a_dead_letter_that_was_dropped_since_it_was_seen_is_not_tried_again(
    place: StreamPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(store: JetStreamStore) -> None:
        (number,) = await leased(store, payload(1))
        store.park(number, 5, "no")
        await store.flush()
        chosen = store._browse._chosen

        async def overtaken(*what: object) -> object:
            seen = await chosen(*what)  # type: ignore[arg-type]  # what it is called with
            monkeypatch.undo()
            assert (await store.change(RowFilter(state="dead"), "drop", 50, 60, 0, END)).rows == 1
            return seen

        monkeypatch.setattr(store._browse, "_chosen", overtaken)
        assert (await store.change(ALL, "retry", 50, 60, 0, END)).rows == 0
        assert await states(store) == {}

    live(place, scene)


def test_the_eldest_replica_alone_removes_dead_letters_and_the_next_one_after_it(place: StreamPlace) -> None:
    async def run() -> None:
        async with replicas(place, 2) as (eldest, other):
            numbers = await leased(other, payload(1), payload(2))
            other.park(numbers[0], 5, "no")
            await other.flush()
            assert await other.remove_dead(10) == {}
            assert await eldest.remove_dead(10) == {"ga4": 1}
            other.park(numbers[1], 5, "no")
            await other.flush()
            await eldest.close()
            assert (eldest.eldest, other.eldest) == (True, False)
            await other._replica.bury(other._rows)
            assert other.eldest
            assert await other.remove_dead(10) == {"ga4": 1}

    asyncio.run(run())


def test_what_is_decided_is_asked_of_the_leader_alone(place: StreamPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that lags behind answers what is read directly; of one server alone nobody can tell but by how it is asked."""

    async def run() -> None:
        dead = await place.open()
        dead.start(asyncio.get_running_loop())
        (number,) = await leased(dead, payload(1))
        await place.kill(dead)
        async with replicas(place, 1) as (store,):
            assert [row.id for row in (await lease(store)).rows] == [number]

            def nobody(*_: object) -> None:
                raise AssertionError("any server may answer that")

            monkeypatch.setattr(Link, "gather", nobody)
            monkeypatch.setattr(Link, "read", nobody)
            claim = KeyClaim("key", 7, 60_000_000, Sender((), False))
            assert await store.keys.claim(0, [claim], 1) == {}
            await store._replica.bury(store._rows)
            assert len(await store._rows.wires.all()) == 1
            found = await store._rows.find(number)
            monkeypatch.undo()
            assert found is not None
            assert StoredRow.read(found.data).crashes == 1

    asyncio.run(run())


def test_a_replica_that_cannot_look_does_not_go_on_as_the_eldest(place: StreamPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(store: JetStreamStore) -> None:
        async def unreachable(*_: object) -> None:
            raise Unreachable("cut off")

        assert store.eldest
        monkeypatch.setattr(Link, "subjects", unreachable)
        with pytest.raises(Unreachable):
            await store._replica.bury(store._rows)
        assert not store.eldest
        monkeypatch.undo()
        await store._replica.bury(store._rows)
        assert store.eldest

    live(place, scene)


def test_a_row_that_is_sent_alone_is_one_replicas_to_send_and_counted_by_all(place: StreamPlace) -> None:
    async def known(*stores: JetStreamStore) -> list[set[int]]:
        """By replica, what it is to send alone; each counts all rows."""
        found = [await store.census() for store in stores]
        for each in found:
            assert sum(waiting.rows for waiting in each.waiting) + len(each.suspects) == 3
        return [{suspect.id for suspect in each.suspects} for each in found]

    async def run() -> None:
        async with replicas(place, 2) as (first, second):
            ids = await suspected(first, 3)
            assert await known(first, second) == [set(ids), set()]
            (sent, *_) = (await lease_one(first, Suspect(0, ids[0], "ga4", PLACE))).rows
            assert await known(second, first) == [set(), set(ids[1:])], "what is on the wire is nobody's to send"
            first.queue(sent.id, 0, "HTTP 503")
            await first.flush()
            theirs, ours = await known(second, first)
            while theirs | ours != set(ids):  # the servers may take a moment to hand it out
                theirs, ours = await known(second, first)
            assert (theirs & ours, ours >= set(ids[1:])) == (set(), True), "any of them may try it next"
            await first.close()
            while await known(second) != [set(ids)]:
                pass

    asyncio.run(run())
