"""Who is taken for dead: one who says nothing while others are heard, and nobody for a silence that was the servers' own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from server.outbox.jetstream import JetStreamStore, replica
from server.outbox.jetstream.replica import LIVES, Replica
from tests.server.outbox.stores import leased, listed, payload
from tests.server.outbox.streams import Server, StreamPlace


@pytest.fixture
def place(nats: Server) -> StreamPlace:
    """Streams of their own."""
    return StreamPlace(nats)


class Time:
    """Goes on when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Two:
    """Replicas that do nothing by themselves; the other one has a row on the wire."""

    def __init__(self, time: Time, one: JetStreamStore, other: JetStreamStore) -> None:
        self.time = time
        self.one = one
        self.other = other

    async def crashes(self) -> list[int]:
        """Of the row, after a look of the one."""
        await self.one._replica.bury(self.one._rows)
        return [row["crashes"] for row in (await listed(self.one)).values()]

    async def live(self, seconds: float, *stores: JetStreamStore) -> None:
        """These say that they live, as often as they do by themselves."""
        end = self.time.now + seconds
        while self.time.now < end:
            self.time.now = min(end, self.time.now + 3)
            for store in stores:
                await store._replica.live()

    async def silence(self, *stores: JetStreamStore) -> None:
        """What these have said has expired."""
        for store in stores:
            state = store._rows.names.state
            wanted = {"filter": store._rows.names.alive(store._replica.number)}
            await store._rows.link.ask(f"STREAM.PURGE.{state}", wanted)


@asynccontextmanager
async def two(place: StreamPlace) -> AsyncIterator[Two]:
    time = Time()
    stores = [await place.open(patience=LIVES, clock=time) for _ in range(2)]
    for store in stores:
        store._writing.start(asyncio.get_running_loop())
    await leased(stores[1], payload(1))
    try:
        yield Two(time, *stores)
    finally:
        for store in stores:
            await store.close()


def play(place: StreamPlace, scene: Callable[[Two], Awaitable[None]]) -> None:
    async def run() -> None:
        async with asyncio.timeout(60), two(place) as both:
            await scene(both)

    asyncio.run(run())


def test_one_that_dies_while_others_are_heard_is_dead_at_once(place: StreamPlace) -> None:
    async def scene(both: Two) -> None:
        await both.live(2 * LIVES, both.one, both.other)
        assert await both.crashes() == [0]
        await both.silence(both.other)
        assert await both.crashes() == [1]

    play(place, scene)


@pytest.mark.parametrize("heard", ["both words have expired", "that of the other has expired a little sooner"])
def test_nobody_is_dead_for_the_time_in_which_the_servers_were_away(place: StreamPlace, heard: str) -> None:
    async def scene(both: Two) -> None:
        await both.live(2 * LIVES, both.one, both.other)
        both.time.now += 8
        await both.silence(both.other, *([both.one] if heard.startswith("both") else []))
        assert await both.crashes() == [0], "before anybody has said anything"
        await both.one._replica.live()
        assert await both.crashes() == [0], "the other one is a little later"
        await both.live(3, both.one, both.other)
        await both.live(2 * LIVES, both.one, both.other)
        assert await both.crashes() == [0]

    play(place, scene)


def test_one_that_stays_away_when_the_servers_are_back_is_dead_after_a_while(place: StreamPlace) -> None:
    async def scene(both: Two) -> None:
        await both.live(2 * LIVES, both.one, both.other)
        both.time.now += 12
        await both.silence(both.one, both.other)
        await both.live(LIVES, both.one)
        assert await both.crashes() == [0]
        await both.live(3, both.one)
        assert await both.crashes() == [1]

    play(place, scene)


def test_one_that_has_just_begun_has_the_same_patience(place: StreamPlace) -> None:
    async def scene(both: Two) -> None:
        await both.silence(both.other)
        assert await both.crashes() == [0]
        await both.live(LIVES, both.one)
        assert await both.crashes() == [1]

    play(place, scene)


def test_one_whose_own_word_has_expired_without_its_noticing_waits_too(place: StreamPlace) -> None:
    async def scene(both: Two) -> None:
        await both.live(2 * LIVES, both.one)
        await both.silence(both.one, both.other)
        assert await both.crashes() == [0]
        await both.one._replica.live()
        assert await both.crashes() == [0], "its machine was asleep, and its clock with it"
        await both.live(LIVES, both.one)
        assert await both.crashes() == [1]

    play(place, scene)


def test_one_that_takes_long_to_tell_what_it_holds_says_that_it_lives(
    place: StreamPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = asyncio.Semaphore(0)

    async def forever(*_: object) -> None:
        await asyncio.Event().wait()

    async def live(_: Replica) -> None:
        words.release()

    async def run() -> None:
        store = await place.open()
        with monkeypatch.context() as patched:
            patched.setattr(replica, "_TURN", 0.001)
            patched.setattr(Replica, "_hold", forever)
            patched.setattr(Replica, "bury", forever)
            patched.setattr(Replica, "live", live)
            store.start(asyncio.get_running_loop())
            async with asyncio.timeout(60):
                for _ in range(3):
                    await words.acquire()
        await store.close()

    asyncio.run(run())
