"""What was delivered is forgotten with one request for all rows that were written together, and nothing else is with them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.outbox.errors import OutboxFailed
from server.outbox.jetstream import JetStreamStore
from server.outbox.jetstream.ending import Ending
from server.outbox.jetstream.errors import NoRoom, Unreachable
from server.outbox.jetstream.hand import TAKEN
from server.outbox.jetstream.link import Link
from tests.server.outbox.stores import lease, payload, put, states
from tests.server.outbox.streams import Server, StreamPlace

Scene = Callable[[JetStreamStore], Awaitable[None]]


@pytest.fixture
def place(nats: Server) -> StreamPlace:
    """Streams of their own."""
    return StreamPlace(nats)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How the servers hear that rows are gone, in order: a purge, or that one is taken."""
    heard: list[str] = []
    say, ask = Link.say, Link.ask

    async def saying(link: Link, subject: str, data: bytes) -> None:
        if data == TAKEN:
            heard.append("taken")
        await say(link, subject, data)

    async def asking(link: Link, subject: str, body: Any = None) -> dict[str, Any]:
        if subject.startswith("STREAM.PURGE.") and not subject.endswith("_STATE"):
            heard.append("purge")
        return await ask(link, subject, body)

    monkeypatch.setattr(Link, "say", saying)
    monkeypatch.setattr(Link, "ask", asking)
    return heard


def play(place: StreamPlace, scene: Scene) -> None:
    async def run() -> None:
        store = await place.open()
        store.start(asyncio.get_running_loop())
        await store.measure()
        try:
            await scene(store)
        finally:
            await store.close()

    asyncio.run(run())


async def on_wire(store: JetStreamStore, number: int) -> list[int]:
    """So many rows of one request."""
    ids = await put(store, *map(payload, range(number)))
    assert [row.id for row in (await lease(store)).rows] == ids
    return ids


async def messages(store: JetStreamStore) -> int:
    """Asked beside the store: it hurries nothing."""
    return int((await store._rows.link.ask(f"STREAM.INFO.{store._rows.names.rows}"))["state"]["messages"])


async def until(number: int, store: JetStreamStore) -> None:
    async with asyncio.timeout(60):
        while await messages(store) != number:
            await asyncio.sleep(0.001)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows wait for the others of their batch as long as it takes."""
    monkeypatch.setattr("server.outbox.jetstream.forgetting.WAITS", 3600)


@pytest.mark.usefixtures("patient")
def test_rows_that_were_written_together_go_together(place: StreamPlace, said: list[str]) -> None:
    async def scene(store: JetStreamStore) -> None:
        first, second, third = await on_wire(store, 3)
        store.remove([second])
        store.remove([third, first])
        await store.flush()
        assert said == ["purge", "taken", "taken", "taken"]
        assert await messages(store) == 0
        info = await store._rows.link.ask(f"CONSUMER.LIST.{store._rows.names.rows}")
        assert [each["num_ack_pending"] + each["num_pending"] for each in info["consumers"]] == [0]

    play(place, scene)


@pytest.mark.usefixtures("patient")
def test_each_batch_and_each_place_goes_for_itself(place: StreamPlace, said: list[str]) -> None:
    async def scene(store: JetStreamStore) -> None:
        own = await on_wire(store, 2)
        others = await put(store, payload(1), payload(2), tag="meta")
        (lone,) = await put(store, payload(3))
        store.remove(own)
        await store.flush()
        assert sorted(await states(store)) == sorted([*others, lone])
        assert said == ["purge", "taken", "taken"]

    play(place, scene)


@pytest.mark.usefixtures("patient")
def test_whoever_asks_comes_behind_what_was_delivered(place: StreamPlace, said: list[str]) -> None:
    async def scene(store: JetStreamStore) -> None:
        first, second, third = await on_wire(store, 3)
        store.remove([first, third])
        await store.flush()
        assert set(await states(store)) == {second}
        assert said == ["taken", "taken"]
        store.remove([second])
        await store.flush()
        assert await states(store) == {}

    play(place, scene)


def test_what_the_others_of_its_batch_do_not_follow_in_time_goes_alone(
    place: StreamPlace, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.outbox.jetstream.forgetting.WAITS", 0)

    async def scene(store: JetStreamStore) -> None:
        first, second = await on_wire(store, 2)
        store.remove([first])
        await until(1, store)
        store.remove([second])
        await until(0, store)
        assert said == ["taken", "taken"]

    play(place, scene)


@pytest.mark.usefixtures("patient")
def test_what_waits_when_it_stops_is_told(place: StreamPlace, said: list[str]) -> None:
    async def scene(store: JetStreamStore) -> None:
        _, second, _ = await on_wire(store, 3)
        store.remove([second])

    play(place, scene)
    assert said == ["taken"]

    async def again(store: JetStreamStore) -> None:
        assert len((await lease(store)).rows) == 2

    play(place, again)


@pytest.mark.usefixtures("patient")
def test_a_row_that_is_tried_again_is_not_removed_with_those_that_were_delivered(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        first, second, third = await on_wire(store, 3)
        store.queue(second, 1 << 50, "HTTP 503")
        store.remove([first, third])
        await store.flush()
        assert set(await states(store)) == {second}
        store.remove([(await put(store, payload(9)))[0]])
        assert second in await states(store)

    play(place, scene)


@pytest.mark.usefixtures("patient")
def test_a_later_state_that_somebody_else_has_written_stays(place: StreamPlace, said: list[str]) -> None:
    """He takes this replica for dead: the row is his, and he alone may end it."""

    async def scene(store: JetStreamStore) -> None:
        first, second = await on_wire(store, 2)
        found = await store._rows.find(second)
        assert found is not None
        held = store._hand[second]
        assert await Ending(store._rows).replace(held.row.crashed(), found)
        store.remove([first, second])
        await store.flush()
        assert said == ["purge", "taken", "taken"]
        assert set(await states(store)) == {second}

    play(place, scene)


@pytest.mark.parametrize("error", [NoRoom("no"), Unreachable("no answer")])
@pytest.mark.usefixtures("patient")
def test_where_they_cannot_go_together_each_goes_alone(
    place: StreamPlace, said: list[str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def scene(store: JetStreamStore) -> None:
        ids = await on_wire(store, 2)
        ask = Link.ask

        async def refusing(link: Link, subject: str, body: Any = None) -> dict[str, Any]:
            if subject.startswith("STREAM.PURGE."):
                raise error
            return await ask(link, subject, body)

        with monkeypatch.context() as patched:
            patched.setattr(Link, "ask", refusing)
            store.remove(ids)
            await until(0, store)
        assert said == ["taken", "taken"]

    play(place, scene)


@pytest.mark.usefixtures("patient")
def test_what_another_replica_has_in_hand_comes_again_though_later_batches_are_gone(place: StreamPlace, said: list[str]) -> None:
    """The servers' own count of what is done may not pass it."""

    async def scene(store: JetStreamStore) -> None:
        dying = await place.open()
        dying.start(asyncio.get_running_loop())
        lost = await on_wire(dying, 5)
        numbers = [dying._hand[id].number for id in lost]
        for _ in range(20):
            store.remove(await on_wire(store, 5))
            await store.flush()
        assert said.count("purge") == 20
        [consumer] = (await store._rows.link.ask(f"CONSUMER.LIST.{store._rows.names.rows}"))["consumers"]
        assert consumer["ack_floor"]["stream_seq"] < min(numbers)
        assert consumer["num_ack_pending"] == 5
        for held in [*dying._hand]:
            await dying._rows.link.confirmed(held.reply, b"-NAK")
        await dying.forsake()
        found: list[int] = []
        async with asyncio.timeout(60):
            while len(found) < len(lost):
                found += [row.id for row in (await lease(store)).rows]
        assert sorted(found) == lost

    play(place, scene)


def test_in_a_stream_with_many_messages_each_is_told_by_itself(
    place: StreamPlace, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.outbox.jetstream.forgetting.FEW", 3)

    async def scene(store: JetStreamStore) -> None:
        ids = await on_wire(store, 4)
        await store.measure()
        store.remove(ids)
        await store.flush()
        assert said == ["taken"] * 4
        await store.measure()
        store.remove(await on_wire(store, 2))
        await store.flush()
        assert said == ["taken"] * 4 + ["purge", "taken", "taken"]

    play(place, scene)


@pytest.mark.usefixtures("patient")
def test_of_a_replica_that_dies_meanwhile_the_rows_come_again(place: StreamPlace) -> None:
    async def scene() -> None:
        store = await place.open()
        store.start(asyncio.get_running_loop())
        first, second = await on_wire(store, 2)
        store.remove([first])
        await place.kill(store)
        other = await place.open()
        other.start(asyncio.get_running_loop())
        await other._replica.bury(other._rows)
        assert set(await states(other)) == {first, second}
        await other.close()

    asyncio.run(scene())


@pytest.mark.usefixtures("patient")
def test_streams_that_are_gone_are_told_of(place: StreamPlace) -> None:
    async def scene() -> None:
        store = await place.open()
        store.start(asyncio.get_running_loop())
        await store.measure()
        failed: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        store.failed = failed.set_result
        ids = await on_wire(store, 2)
        place.breaks()
        store.remove(ids)
        assert isinstance(await asyncio.wait_for(failed, 60), OutboxFailed)
        await store.close()

    asyncio.run(scene())


@pytest.mark.usefixtures("patient")
def test_a_row_that_was_delivered_twice_stands_for_no_other_of_its_batch(place: StreamPlace, said: list[str]) -> None:
    async def scene(store: JetStreamStore) -> None:
        first, second = await on_wire(store, 2)
        held = store._hand[second]
        store.remove([second])
        await asyncio.sleep(0)
        store._writing.group.gone.append(held)  # the servers gave it once more, and it went out meanwhile
        store._writing.wake()
        await store.flush()
        assert "purge" not in said
        assert set(await states(store)) == {first}

    play(place, scene)


@pytest.mark.usefixtures("patient")
def test_rows_of_one_batch_at_two_replicas_are_told_by_each(place: StreamPlace, said: list[str]) -> None:
    async def scene(store: JetStreamStore) -> None:
        ids = await put(store, *map(payload, range(300)))
        mine = [row.id for row in (await lease(store, limit=20)).rows]
        other = await place.open()
        other.start(asyncio.get_running_loop())
        theirs = [row.id for row in (await lease(other, limit=300)).rows]
        assert theirs
        assert sorted([*mine, *theirs])[0] == ids[0]
        store.remove(mine)
        other.remove(theirs)
        await other.close()
        await store.flush()
        assert len(await states(store)) == 300 - len(mine) - len(theirs)
        assert "purge" not in said

    play(place, scene)
