"""What a replica writes down of the rows that it has on the wire: in how many messages, and how long that stays."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from server.outbox.jetstream import JetStreamStore, open_store
from server.outbox.jetstream import connect as connected
from server.outbox.jetstream.hand import READY_FOR, STILL
from server.outbox.jetstream.link import Link, Message
from server.outbox.jetstream.wires import TOGETHER
from tests.server.outbox.servers import NAMES, Nats, made, serving, settings
from tests.server.outbox.stores import lease, leased, listed, payload, put, states
from tests.server.outbox.streams import Server, StreamPlace


@pytest.fixture
def place(nats: Server) -> StreamPlace:
    """Streams of their own."""
    return StreamPlace(nats)


def live(place: StreamPlace, scene: Callable[[JetStreamStore], Awaitable[None]]) -> None:
    """Plays the scene with one replica, which does nothing by itself."""

    async def run() -> None:
        store = await place.open()
        store._writing.start(asyncio.get_running_loop())
        try:
            async with asyncio.timeout(60):
                await scene(store)
        finally:
            await store.close()

    asyncio.run(run())


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Sequence[Message]:
    """What is written of leases."""
    found: list[Message] = []
    write = Link.write

    async def seen(self: Link, message: Message) -> int:
        if ".lease." in message.subject:
            found.append(message)
        return await write(self, message)

    monkeypatch.setattr(Link, "write", seen)
    return found


def test_a_lease_is_one_message_about_its_destination_and_no_longer_for_what_is_ready_besides(
    place: StreamPlace, written: list[Message]
) -> None:
    async def scene(store: JetStreamStore) -> None:
        for at in range(12):
            await put(store, *(payload(number, destination=f"https://v{at}.example") for number in range(100)))
            assert len((await lease(store, destination=f"https://v{at}.example", limit=10)).rows) == 10
        assert len(store._hand) == 1200
        assert len(written) == 12
        assert max(len(message.data) for message in written) < 10 * 40
        assert len(await store._rows.wires.of(store._replica.number)) == 120

    live(place, scene)


def test_much_on_the_wire_of_a_destination_is_told_in_parts_and_what_goes_leaves_none(
    place: StreamPlace, written: list[Message]
) -> None:
    async def scene(store: JetStreamStore) -> None:
        ids = [id for _ in range(5) for id in await leased(store, *map(payload, range(TOGETHER // 2)))]
        subjects = {message.subject for message in written}
        assert len(subjects) == 3
        assert max(len(message.data) for message in written) < 64_000
        assert {each.id for each in await store._rows.wires.of(store._replica.number)} == set(ids)
        store.remove(ids[10:])
        await store.flush()
        await store._replica._hold(store._rows, store._hand)
        assert {each.id for each in await store._rows.wires.of(store._replica.number)} == set(ids[:10])
        told = len(written)
        await store._replica._hold(store._rows, store._hand)
        assert len(written) == told, "nothing has changed"

    live(place, scene)


def test_of_a_dead_replicas_rows_all_parts_are_taken_over(place: StreamPlace) -> None:
    number = TOGETHER + 5

    async def run() -> None:
        store = await place.open()
        store.start(asyncio.get_running_loop())
        ids = await leased(store, *map(payload, range(number // 2)))
        ids += await leased(store, *map(payload, range(number - number // 2)))
        await place.kill(store)
        other = await place.open()
        other.start(asyncio.get_running_loop())
        rows = await listed(other)
        assert {id: row["crashes"] for id, row in rows.items()} == dict.fromkeys(ids, 1)
        assert await other._rows.wires.all() == {}
        await other.close()

    asyncio.run(run())


def test_what_is_told_after_a_replica_was_taken_for_dead_stays(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        number = store._replica.number
        await leased(store, payload(1))
        known = await store._rows.wires.of(number)
        (second,) = await leased(store, payload(2, destination="https://b.example"))
        await store._rows.wires.clear(number, known)
        assert [each.id for each in await store._rows.wires.of(number)] == [second]

    live(place, scene)


def test_what_a_replica_leaves_behind_is_what_is_on_its_wire(place: StreamPlace) -> None:
    async def run() -> None:
        store, other = await place.open(), await place.open()
        for each in (store, other):
            each._writing.start(asyncio.get_running_loop())
        ids = await leased(store, payload(1), payload(2), payload(3))
        store.remove(ids[:1])
        store.queue(ids[1], 0, "HTTP 503")
        await store.close()
        assert [each.id for each in (await other._rows.wires.all())[store._replica.number]] == ids[2:]
        await other._replica.bury(other._rows)
        assert {id: row["crashes"] for id, row in (await listed(other)).items()} == {ids[1]: 0, ids[2]: 1}
        await other.close()

    asyncio.run(run())


@pytest.mark.parametrize("ends", ["closed", "taken over"])
def test_what_was_told_does_not_come_back_when_the_server_is_killed(tmp_path: Path, ends: str) -> None:
    server = Nats(tmp_path / "n")

    async def opened() -> JetStreamStore:
        store = await open_store(await connected(settings(server.url)), NAMES, patience=0)
        store.start(asyncio.get_running_loop())
        return store

    async def run() -> None:
        link = await connected(settings(server.url))
        await made(link)
        store = await opened()
        ids = await leased(store, *map(payload, range(20)))
        if ends == "closed":
            store.remove(ids)
            await store.close()
        else:
            await store.forsake()
            await link.ask(f"STREAM.PURGE.{NAMES.state}", {"filter": NAMES.alive("*")})
            await (await opened()).close()
        await link.close()
        server.stop()
        server.start()
        server.wait()
        store = await opened()
        assert await store._rows.wires.all() == {}
        assert len(await states(store)) == (0 if ends == "closed" else 20)
        await store.close()

    with serving(server):
        asyncio.run(run())


async def one_on_the_wire_and_four_ready_for_too_long(store: JetStreamStore) -> int:
    """The id of the one."""
    await put(store, *map(payload, range(5)))
    (sent,) = (await lease(store, limit=1)).rows
    assert len(store._hand) == 5
    for held in store._hand:
        held.since -= READY_FOR + 1
    return sent.id


def test_what_was_ready_while_no_server_answered_does_not_leave_when_they_do(place: StreamPlace) -> None:
    async def scene(store: JetStreamStore) -> None:
        sent = await one_on_the_wire_and_four_ready_for_too_long(store)
        assert (await lease(store)).rows == [], "others may have them on the wire by now"
        assert [held.row.id for held in store._hand] == [sent]

    live(place, scene)


def test_what_was_ready_while_no_server_answered_is_not_taken_from_whoever_has_it_now(
    place: StreamPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[bytes] = []

    async def say(_: Link, __: str, data: bytes) -> None:
        said.append(data)

    async def scene(store: JetStreamStore) -> None:
        await one_on_the_wire_and_four_ready_for_too_long(store)
        with monkeypatch.context() as patched:
            patched.setattr(Link, "say", say)
            await store._replica._hold(store._rows, store._hand)
        assert said == [STILL]
        assert len(store._hand) == 1

    live(place, scene)
