"""What requests bring is written side by side, and none suffers from another: oversized, in parts, or second with a key."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.types import Sender
from server.outbox.errors import KeyTaken, OutboxFull
from server.outbox.jetstream import JetStreamStore, accepting, connect, open_store
from server.outbox.jetstream.errors import Refused, Unreachable
from server.outbox.jetstream.link import MOST_TOGETHER, Link, Message
from server.outbox.jetstream.rows import Rows
from server.outbox.keyfile import KeyClaim
from server.outbox.row import State
from tests.server.outbox.played import Put
from tests.server.outbox.servers import NAMES, cluster, made, serving, settings
from tests.server.outbox.stores import payload, states
from tests.server.outbox.streams import Server, StreamPlace

HOUR = 3600 * 10**6


@pytest.fixture
def place(nats: Server) -> StreamPlace:
    """Streams of their own."""
    return StreamPlace(nats)


async def opened(place: StreamPlace) -> JetStreamStore:
    store = await place.open()
    store.start(asyncio.get_running_loop())
    return store


def putting(store: JetStreamStore, *bodies: object) -> asyncio.Future[None]:
    """A request of a payload for each body."""
    for number, body in enumerate(bodies):
        store.insert("ga4", payload(number, body=body), State.QUEUED, 0)
    put = Put()
    store.put(put)
    return put.future


async def keyed(store: JetStreamStore, keys: Sequence[str]) -> tuple[list[tuple[int, str]], asyncio.Future[None]]:
    """A request of a row for each key that nobody has yet: the rows with their keys, and what becomes of it."""
    ids = [store.take_id() for _ in keys]
    seen = await store.keys.claim(0, [KeyClaim(key, id, HOUR, Sender((), True)) for key, id in zip(keys, ids, strict=True)], 1)
    assert seen is not None
    rows = [(id, key) for key, id in zip(keys, ids, strict=True) if key not in seen]
    for id, key in rows:
        store.insert_claimed(id, "ga4", payload(id), 0, key)
    put = Put()
    store.put(put)
    return rows, put.future


def written(store: JetStreamStore, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows are written together from now on, batch after batch."""
    sizes: list[int] = []
    write = store._rows.write_new

    async def counted(_: Rows, messages: Sequence[Message]) -> None:
        sizes.append(len(messages))
        await write(messages)

    monkeypatch.setattr(Rows, "write_new", counted)
    return sizes


def test_what_comes_in_one_turn_leaves_together_and_nothing_is_asked_before_it_is_there(
    place: StreamPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        store = await opened(place)
        sizes = written(store, monkeypatch)
        futures = [putting(store, number) for number in range(9)]
        assert len(await states(store)) == 9  # asked behind them
        assert all(future.done() for future in futures)
        assert sizes == [9]
        await store.close()

    asyncio.run(scene())


def test_what_comes_while_a_batch_is_written_is_the_next_one(place: StreamPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        store = await opened(place)
        sizes, write = written(store, monkeypatch), Rows.write_new
        later: list[asyncio.Future[None]] = []

        async def met(rows: Rows, messages: Sequence[Message]) -> None:
            if not later:
                later.extend(putting(store, number) for number in range(4))
            await write(rows, messages)

        monkeypatch.setattr(Rows, "write_new", met)
        await putting(store, "first")
        await asyncio.gather(*later)
        assert sizes == [1, 4]
        await store.close()

    asyncio.run(scene())


def test_a_batch_waits_for_as_many_as_the_one_before_has_had(place: StreamPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "LINGER", 3600)

    async def scene() -> None:
        store = await opened(place)
        sizes = written(store, monkeypatch)
        await asyncio.gather(*(putting(store, number) for number in range(3)))
        first, second = putting(store, 3), putting(store, 4)
        await asyncio.sleep(0)
        assert not first.done()
        await asyncio.gather(first, second, putting(store, 5))
        assert sizes == [3, 3]
        await store.close()

    asyncio.run(scene())


def test_it_does_not_wait_for_long(place: StreamPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        store = await opened(place)
        sizes = written(store, monkeypatch)
        await asyncio.gather(*(putting(store, number) for number in range(3)))
        await asyncio.wait_for(putting(store, 3), 60)
        await asyncio.wait_for(putting(store, 4), 60)
        assert sizes == [3, 1, 1]
        assert accepting.LINGER <= 0.002
        await store.close()

    asyncio.run(scene())


def test_an_oversized_delivery_is_refused_and_nobody_beside_it(place: StreamPlace) -> None:
    async def scene() -> None:
        store = await opened(place)
        for _ in range(60):  # more than the servers let stay unfinished
            usual = [putting(store, number) for number in range(4)]
            oversized = putting(store, "x" * (1 << 20), "beside it, in the same request")
            await asyncio.gather(*usual)
            with pytest.raises(Refused, match="max_payload"):
                await oversized
        await putting(store, "two", "rows")
        assert len(await states(store)) == 242
        await store.close()

    asyncio.run(scene())


def test_of_a_request_in_parts_no_key_is_there_without_its_row(place: StreamPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [f"{number:040x}" for number in range(MOST_TOGETHER * 3 // 4)]

    async def scene() -> None:
        store = await opened(place)
        write, parts = Link.write_together, []

        async def full_after_the_first(link: Link, messages: Sequence[Message]) -> None:
            parts.append(len(messages))
            if len(parts) == 2:
                raise OutboxFull("the stream takes no more")
            await write(link, messages)

        monkeypatch.setattr(Link, "write_together", full_after_the_first)
        rows, put = await keyed(store, keys)
        with pytest.raises(OutboxFull):
            await put
        await store.keys.release(0, rows)
        assert parts == [MOST_TOGETHER, MOST_TOGETHER // 2]
        _, again = await keyed(store, keys)
        await again
        assert len(await states(store)) == len(keys)
        await store.close()

    asyncio.run(scene())


def test_of_two_replicas_with_one_key_the_second_hears_that_it_is_taken_and_leaves_it_out(place: StreamPlace) -> None:
    async def scene() -> None:
        one, other = await opened(place), await opened(place)
        claims = [
            await store.keys.claim(0, [KeyClaim("k", store.take_id(), HOUR, Sender((), True))], 1) for store in (one, other)
        ]
        assert claims == [{}, {}]
        for store in (one, other):
            store.insert_claimed(id := store.take_id(), "ga4", payload(1), 0, "k")
            store.put(put := Put())
            if store is one:
                await put.future
            else:
                with pytest.raises(KeyTaken):
                    await put.future
                await store.keys.release(0, [(id, "k")])
        rows, put_again = await keyed(other, ["k", "free"])
        assert [key for _, key in rows] == ["free"]
        await put_again
        for store in (one, other):
            await store.close()

    asyncio.run(scene())


def test_requests_with_keys_leave_together_and_of_them_only_one_that_comes_second_is_refused(
    place: StreamPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, parts = Link.write_together, []

    async def counted(link: Link, messages: Sequence[Message]) -> None:
        parts.append(len(messages))
        await write(link, messages)

    async def scene() -> None:
        one, other = await opened(place), await opened(place)
        ids = [other.take_id() for _ in range(16)]
        for id in ids:
            assert await other.keys.claim(0, [KeyClaim(f"k{ids.index(id)}", id, HOUR, Sender((), True))], 1) == {}
        await (await keyed(one, ["k5"]))[1]
        monkeypatch.setattr(Link, "write_together", counted)
        puts = [Put() for _ in ids]
        for number, (id, put) in enumerate(zip(ids, puts, strict=True)):
            other.insert_claimed(id, "ga4", payload(id), 0, f"k{number}")
            other.put(put)
        told = await asyncio.gather(*(put.future for put in puts), return_exceptions=True)
        assert [number for number, error in enumerate(told) if isinstance(error, KeyTaken)] == [5]
        assert [error for error in told if error is not None] == [told[5]]
        assert parts[0] == 32, "a row and a key of each"
        assert len(parts) < 10, "the one to blame is found by halving"
        assert set(await states(one)) > set(ids[:5] + ids[6:])
        for store in (one, other):
            await store.close()

    asyncio.run(scene())


async def measures(store: JetStreamStore) -> bool:
    """Whether it can tell how much room there is."""
    try:
        await store.measure()
    except Unreachable:
        return False
    return True


def test_a_stream_without_a_leader_takes_nothing_and_the_measure_says_so(tmp_path: Path) -> None:
    servers = cluster(tmp_path, 3)

    async def scene() -> None:
        link = await connect(settings(servers[0].url))
        async with asyncio.timeout(60):
            while True:
                try:
                    await made(link, 3)
                    store = await open_store(link, NAMES, 0)
                    break
                except OutboxFull:
                    await asyncio.sleep(0.2)
            store.start(asyncio.get_running_loop())
            while not await measures(store):
                await asyncio.sleep(0.2)
        for server in servers[1:]:
            server.stop()
        async with asyncio.timeout(60):
            while await measures(store):
                await asyncio.sleep(0.2)
        await store.forsake()

    with serving(*servers):
        asyncio.run(scene())
