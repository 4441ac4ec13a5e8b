"""What became of a row is written whatever the servers have against it, and no other row suffers for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from server.outbox.errors import KeyTaken, OutboxError, OutboxFull
from server.outbox.jetstream import JetStreamStore, browse, leasing
from server.outbox.jetstream.ending import Condemned
from server.outbox.jetstream.errors import NoRoom, Refused, Unreachable, error_of
from server.outbox.jetstream.link import HEADERS, Link, Message
from server.outbox.jetstream.stored import GROWS, WHY, StoredRow
from server.outbox.jetstream.verdict import Fate, Verdict
from server.outbox.selection import RowFilter
from tests.server.outbox.stores import END, PLACE, lease, leased, listed, payload, put, states
from tests.server.outbox.streams import Server, StreamPlace

LONG = "HTTP 503, and what the vendor had to say of it" * 100


@pytest.fixture
def place(nats: Server) -> StreamPlace:
    """Streams of their own."""
    return StreamPlace(nats)


def live(place: StreamPlace, scene: Callable[[JetStreamStore], Awaitable[None]]) -> None:
    """Plays the scene with one replica that does only what it is told."""

    async def run() -> None:
        store = await place.open()
        store.start(asyncio.get_running_loop())
        store._replica.stop()
        try:
            async with asyncio.timeout(60):
                await scene(store)
        finally:
            await store.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("kind", "code", "meant"),
    [
        (10071, 400, KeyTaken),
        (10164, 400, KeyTaken),
        (10008, 503, Unreachable),
        (10158, 409, Unreachable),
        (10077, 503, NoRoom),
        (10054, 400, Refused),
    ],
)
def test_what_an_error_of_the_servers_means(kind: int, code: int, meant: type[OutboxError]) -> None:
    error = error_of({"code": code, "err_code": kind, "description": "as it is"}, "SHOP_DEAD")
    assert type(error) is meant


@pytest.mark.parametrize(("kind", "code", "said"), [(10059, 404, "SHOP_DEAD is gone"), (10077, 503, "SHOP_DEAD takes no more")])
def test_a_stream_that_is_gone_or_full_is_named(kind: int, code: int, said: str) -> None:
    assert said in str(error_of({"code": code, "err_code": kind, "description": "as it is"}, "SHOP_DEAD"))


@pytest.mark.parametrize("error", [KeyTaken, Refused, NoRoom])
def test_a_row_that_is_refused_among_others_holds_none_of_them_up(
    place: StreamPlace, monkeypatch: pytest.MonkeyPatch, error: type[OutboxFull]
) -> None:
    async def scene(store: JetStreamStore) -> None:
        bad, *good = await leased(store, *(payload(number) for number in range(20)))
        write, write_together = Link.write, Link.write_together

        async def one(self: Link, message: Message) -> int:
            if message.subject.endswith(f".{bad}"):
                raise error("not this one")
            return await write(self, message)

        async def many(self: Link, messages: Sequence[Message]) -> None:
            if any(message.subject.endswith(f".{bad}") for message in messages):
                raise error("not with this one")
            await write_together(self, messages)

        monkeypatch.setattr(Link, "write", one)
        monkeypatch.setattr(Link, "write_together", many)
        for number in (bad, *good):
            store.queue(number, 0, "HTTP 503")
        await store.flush()
        rows = await listed(store)
        assert {id for id, row in rows.items() if row["why"] == "HTTP 503"} == set(good)
        assert set(rows) == {bad, *good}

    live(place, scene)


def test_a_row_that_has_grown_too_large_is_kept_without_what_the_vendor_said(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        body = {"a": ""}
        over = len(StoredRow.of(store._next_id, "ga4", payload(1, body=body), 0).write())
        most = store._rows.link.client.max_payload - HEADERS - GROWS - over
        with pytest.raises(Refused):
            await put(store, payload(1, body={"a": "x" * (most + 1)}))
        again, dead, old = await put(store, *(payload(1, body={"a": "x" * most}) for _ in range(3)))
        assert (await store.change(RowFilter(ids=(old,)), "retry", 1, 9, 0, END)).rows == 1
        rows = {row.id for _ in range(2) for row in (await lease(store)).rows}
        assert rows == {again, dead}
        store.queue(again, 5, LONG, LONG)
        store.park(dead, 5, LONG, LONG)
        await store.flush()
        assert await store.expire("ga4", PLACE, 1 << 60, LONG, 70) == 2
        found = await listed(store)
        assert {id: (row["state"], row["why"]) for id, row in found.items()} == dict.fromkeys(
            (again, dead, old), ("dead", LONG[:WHY])
        )

    live(place, scene)


def test_a_verdict_whose_author_is_dead_is_completed_by_whoever_gets_it_for_the_second_time(
    place: StreamPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(store: JetStreamStore) -> None:
        monkeypatch.setattr(leasing, "DOES_THE_REST", 0)
        (number,) = await put(store, payload(1))
        found = await store._rows.find(number)
        assert found is not None
        row = StoredRow.read(found.data).changed(why="HTTP 400")
        assert isinstance(await store._browse._ending.drop(row, found.number), Condemned)
        assert (await lease(store)).rows == [], "its author has time"
        assert await store._rows.find(number) is not None
        while await store._rows.find(number) is not None:
            assert (await lease(store)).rows == []

    live(place, scene)


def test_what_cannot_be_a_dead_letter_yet_is_shown_as_one_and_not_sent(
    place: StreamPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(store: JetStreamStore) -> None:
        (number,) = await leased(store, payload(1))
        write = Link.write

        async def refused(self: Link, message: Message) -> int:
            if message.subject.startswith(store._rows.names.dead):
                raise NoRoom("the stream of dead letters is full")
            return await write(self, message)

        monkeypatch.setattr(Link, "write", refused)
        store.park(number, 5, "no")
        await store.flush()
        assert await states(store) == {number: "dead"}
        assert (await lease(store)).rows == []
        monkeypatch.undo()
        assert await states(store) == {number: "dead"}
        assert (await store.change(RowFilter(state="dead"), "drop", 50, 60, 0, END)).rows == 1
        assert await states(store) == {}

    live(place, scene)


def test_rows_are_given_up_in_a_stream_without_room(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        ids = await leased(store, *(payload(number) for number in range(5)))
        place.room(False)
        for number in ids:
            store.park(number, 5, "HTTP 400" * 40)
        await store.flush()
        assert await states(store) == dict.fromkeys(ids, "dead")

    live(place, scene)


def test_a_slice_of_which_all_rows_are_being_dropped_is_not_the_last_one(
    place: StreamPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(store: JetStreamStore) -> None:
        monkeypatch.setattr(browse, "SLICE", 2)
        *dropped, left = await put(store, *(payload(number) for number in range(3)))
        for number in dropped:
            found = await store._rows.find(number)
            assert found is not None
            await store._rows.link.write(
                Message(found.subject, Verdict.gone(Fate.DROPPED, StoredRow.read(found.data), "x").write())
            )
        await put_behind(store, left)
        part = await store.list_rows(RowFilter(), 0, END, 1000)
        assert (part.found, part.next is None) == ([], False)
        assert set(await states(store)) == {left}

    async def put_behind(store: JetStreamStore, number: int) -> None:
        assert (await store.change(RowFilter(ids=(number,)), "retry", 1, 1, 0, END)).rows == 1

    live(place, scene)
