"""What must not end a store in streams, hold it up, or cost it a row: a full stream, messages that are gone, commands twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from server.outbox.jetstream import JetStreamStore
from server.outbox.jetstream.ending import Ending
from server.outbox.jetstream.errors import Refused, Unreachable
from server.outbox.jetstream.link import Link, Message, _stream_of
from server.outbox.jetstream.names import place_of
from server.outbox.jetstream.stored import StoredRow
from server.outbox.selection import RowFilter
from tests.server.outbox.stores import END, PLACE, lease, leased, payload, put, states
from tests.server.outbox.streams import Server, StreamPlace


@pytest.fixture
def place(nats: Server) -> StreamPlace:
    """Streams of their own."""
    return StreamPlace(nats)


def live(place: StreamPlace, scene: Callable[[JetStreamStore], Awaitable[None]]) -> None:
    """Plays the scene; nothing of it may take long."""

    async def run() -> None:
        store = await place.open()
        store.start(asyncio.get_running_loop())
        try:
            async with asyncio.timeout(20):
                await scene(store)
        finally:
            await store.close()

    asyncio.run(run())


def test_a_row_that_cannot_be_written_again_in_a_full_stream_holds_nobody_up(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        again, gone = await leased(store, payload(1), payload(2))
        place.room(False)
        store.queue(again, 0, "HTTP 503" * 40, "busy" * 40)
        await store.flush()
        store.remove([gone])
        await store.flush()
        await store._replica._hold(store._rows, store._hand)
        assert await states(store) == {again: "queued"}, "it waits, and is on nobody's wire"
        place.room(True)
        await put(store, payload(3))

    live(place, scene)


def test_a_retry_that_is_done_in_part_already_loses_no_dead_letter(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        ids = await leased(store, payload(1), payload(2), payload(3))
        for number in ids:
            store.park(number, 5, "no")
        await store.flush()
        found = await store._rows.find_dead(ids[0])
        assert found is not None
        await store._rows.write([store._rows.message(StoredRow.read(found.data).retried(50, 60))])
        await store.change(RowFilter(state="dead"), "retry", 50, 60, 0, END)
        assert await states(store) == dict.fromkeys(ids, "queued")

    live(place, scene)


def test_what_somebody_else_has_written_among_the_rows_stops_nobody(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        (number,) = await put(store, payload(1))
        found = await store._rows.find(number)
        assert found is not None
        await store._rows.link.write(Message(found.subject.rpartition(".")[0] + ".77", b"no row"))
        assert [row.id for row in (await lease(store)).rows] == [number]
        assert set(await states(store)) == {number}
        assert await store.oldest("ga4", PLACE) is None
        assert (await store.census()) is not None

    live(place, scene)


def test_a_consumer_that_was_removed_is_made_anew(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        await put(store, payload(1))
        link, names = store._rows.link, store._rows.names
        (consumer,) = [each["name"] for each in (await link.ask(f"CONSUMER.LIST.{names.rows}"))["consumers"]]
        await link.ask(f"CONSUMER.DELETE.{names.rows}.{consumer}")
        with pytest.raises(Unreachable):
            await lease(store)
        rows = len((await lease(store)).rows)
        assert rows == 1

    live(place, scene)


def test_what_one_replica_holds_ready_and_another_drops_is_not_sent(place: StreamPlace) -> None:
    async def run() -> None:
        first, second = await place.open(), await place.open()
        for store in (first, second):
            store.start(asyncio.get_running_loop())
        ids = await put(first, *(payload(number) for number in range(5)))
        held = (await lease(first, limit=1)).rows
        part = await second.change(RowFilter(), "drop", 0, 0, 0, END)
        assert part.rows == 4, "what is on the wire stays"
        async with asyncio.timeout(10):
            while len(first._hand) > 1:
                await asyncio.sleep(0.01)
        assert (await lease(first, limit=9)).rows == []
        first.remove([held[0].id])
        await first.flush()
        assert await states(second) == {}
        assert held[0].id in ids
        for store in (first, second):
            await store.close()

    asyncio.run(run())


def test_closing_takes_little_time_where_no_server_answers(place: StreamPlace) -> None:
    async def run() -> None:
        store = await place.open()
        store.start(asyncio.get_running_loop())
        (number,) = await leased(store, payload(1))
        await store._rows.link.client.close()
        store.remove([number])
        async with asyncio.timeout(30):
            await store.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("subject", "stream"),
    [
        ("S.row.p.2.7", "S"),
        ("$JS.API.DIRECT.GET.S", "S"),
        ("$JS.API.CONSUMER.MSG.NEXT.S.c", "S"),
        ("$JS.API.CONSUMER.CREATE.S.c", "S"),
        ("$JS.API.CONSUMER.LIST.S", "S"),
        ("$JS.ACK.S.c.1.2.3.4.5", "S"),
        ("$JS.ACK._.hash.S.c.1.2.3.4.5.token", "S"),
    ],
)
def test_which_stream_is_asked_for_where_nobody_answers(subject: str, stream: str) -> None:
    assert _stream_of(subject) == stream


def test_a_dead_letter_that_the_servers_refuse_costs_no_row(place: StreamPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(store: JetStreamStore) -> None:
        (number,) = await leased(store, payload(1))
        write = Link.write

        async def refused(self: Link, message: Message) -> int:
            if ".row." in message.subject and message.subject.startswith(store._rows.names.dead):
                raise Refused("too large")
            return await write(self, message)

        monkeypatch.setattr(Link, "write", refused)
        store.park(number, 5, "no")
        await store.flush()
        assert set(await states(store)) == {number}

    live(place, scene)


def test_an_unreadable_row_that_cannot_be_parked_keeps_no_other_from_the_wire(
    place: StreamPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> bool:
        raise Refused("too large")

    async def scene(store: JetStreamStore) -> None:
        bad, good = await put(store, payload(1), payload(2))
        place.write([bad], spoilt=True)
        monkeypatch.setattr(Ending, "give_up", refused)
        found = await lease(store)
        assert ([row.id for row in found.rows], found.unreadable) == ([good], [])
        assert set(await states(store)) == {bad, good}

    live(place, scene)


def test_what_is_said_without_a_connection_says_so(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        await store._rows.link.client._process_op_err(OSError("it is lost"))
        with pytest.raises(Unreachable, match="there is no connection"):
            await store._rows.link.say("subject", b"")

    live(place, scene)


def test_what_came_before_a_server_was_lost_is_in_hand(place: StreamPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(store: JetStreamStore) -> None:
        await put(store, payload(1), payload(2))
        gather, asked = Link.gather, []

        async def lost_the_second_time(link: Link, subject: str, body: Mapping[str, Any], most: int, **how: bool) -> list[Any]:
            asked.append(body)
            if len(asked) == 2:
                raise Unreachable("no server of the stream answers")
            return await gather(link, subject, body, most, **how)

        monkeypatch.setattr(Link, "gather", lost_the_second_time)
        store._rows.coming.update({place_of("ga4", PLACE): 5})
        with pytest.raises(Unreachable):
            await lease(store)
        assert [row.id for row in (await lease(store)).rows] == sorted(await states(store))

    live(place, scene)
