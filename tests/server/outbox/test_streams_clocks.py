"""Replicas whose clocks differ: what is due at once is sent at once by each of them, and a delay is the same for all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from config import OutboxSettings
from server.outbox.jetstream import JetStreamStore, connect, open_store
from server.outbox.jetstream.clock import ServersClock
from server.outbox.jetstream.link import Link
from server.outbox.selection import RowFilter
from server.system.clock import wall
from tests.server.outbox.stores import END, lease, leased, payload, put
from tests.server.outbox.streams import Server, StreamPlace
from tests.server.outbox.test_streams_replicas import suspected

SECOND = 1_000_000
HOUR = 3600 * SECOND
DELAY = 4 * SECOND
SLACK = SECOND
"""What may go by on a busy machine between two readings of a clock."""

SKEWS = [-HOUR, -20 * SECOND, 20 * SECOND, HOUR]


class Skewed:
    """A steady clock that is so much ahead of the right one."""

    def __init__(self, ahead: int) -> None:
        self.ahead = ahead

    def __call__(self) -> int:
        return wall() + self.ahead


@pytest.fixture
def place(nats: Server) -> StreamPlace:
    """Streams of their own."""
    return StreamPlace(nats)


@asynccontextmanager
async def replica(place: StreamPlace, clock: Callable[[], int]) -> AsyncIterator[JetStreamStore]:
    """One that goes by this clock."""
    store = await open_store(await connect(OutboxSettings(url=place._url), steady=clock), place._names)
    store.start(asyncio.get_running_loop())
    try:
        async with asyncio.timeout(60):
            yield store
    finally:
        await store.close()


def both(place: StreamPlace, skew: int, scene: Callable[[JetStreamStore, JetStreamStore, Skewed], Awaitable[None]]) -> None:
    """Plays the scene with a replica whose clock is right and one whose clock is not."""

    async def run() -> None:
        clock = Skewed(skew)
        async with replica(place, wall) as right, replica(place, clock) as wrong:
            await scene(right, wrong, clock)

    asyncio.run(run())


@pytest.mark.parametrize("skew", SKEWS)
def test_what_one_accepts_another_sends_at_once_whatever_their_clocks_say(place: StreamPlace, skew: int) -> None:
    async def scene(right: JetStreamStore, wrong: JetStreamStore, clock: Skewed) -> None:
        await put(right, *map(payload, range(9)), due_at=wall())
        assert len((await lease(wrong, now=clock())).rows) == 9
        await put(wrong, *map(payload, range(9)), due_at=clock())
        assert len((await lease(right, now=wall())).rows) == 9

    both(place, skew, scene)


@pytest.mark.parametrize("skew", SKEWS)
def test_a_delay_is_as_long_for_whoever_takes_the_row(place: StreamPlace, skew: int) -> None:
    async def scene(right: JetStreamStore, wrong: JetStreamStore, clock: Skewed) -> None:
        for store, other, now, by_other in ((wrong, right, clock, wall), (right, wrong, wall, clock)):
            (number,) = await leased(store, payload(1))
            due_at = by_other() + DELAY
            store.queue(number, now() + DELAY, "HTTP 503")
            await store.flush()
            early = await lease(other, now=due_at - SLACK)
            assert early.rows == []
            assert early.next_due is not None
            assert abs(early.next_due - due_at) < SLACK
            assert [row.id for row in (await lease(other, now=due_at + SLACK)).rows] == [number]
            other.remove([number])

    both(place, skew, scene)


@pytest.mark.parametrize("skew", SKEWS)
def test_what_is_due_later_goes_back_for_that_long(place: StreamPlace, skew: int, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[float] = []
    say = Link.say

    async def heard(self: Link, subject: str, data: bytes) -> None:
        if data.startswith(b"-NAK "):
            said.append(json.loads(data[5:])["delay"] / 1000)
        await say(self, subject, data)

    async def scene(right: JetStreamStore, wrong: JetStreamStore, clock: Skewed) -> None:
        (number,) = await leased(right, payload(1))
        right.queue(number, wall() + 60 * SECOND, "HTTP 503")
        await right.flush()
        monkeypatch.setattr(Link, "say", heard)
        assert (await lease(wrong, now=clock())).rows == []
        (delay,) = said
        assert 60 * SECOND - SLACK < delay < 60 * SECOND + SLACK

    both(place, skew, scene)


def test_a_replica_whose_machine_was_suspended_finds_out_what_time_it_is(place: StreamPlace) -> None:
    async def scene(right: JetStreamStore, woken: JetStreamStore, clock: Skewed) -> None:
        clock.ahead = -HOUR
        await woken.measure()
        (number,) = await leased(right, payload(1))
        right.queue(number, wall() + DELAY, "HTTP 503")
        await right.flush()
        next_due = (await lease(woken, now=clock())).next_due
        assert next_due is not None
        assert abs(next_due - clock() - DELAY) < SLACK

    both(place, 0, scene)


def test_what_an_operator_retries_is_due_by_the_clock_of_who_has_it(place: StreamPlace) -> None:
    async def scene(right: JetStreamStore, wrong: JetStreamStore, clock: Skewed) -> None:
        (number,) = await leased(right, payload(1))
        right.park(number, 5, "no")
        await right.flush()
        await right.change(RowFilter(state="dead"), "retry", wall(), wall(), 0, END)
        assert [row.id for row in (await lease(wrong, now=clock() + SLACK)).rows] == [number]

    both(place, -HOUR, scene)


def test_what_is_to_be_sent_alone_is_due_by_the_clock_of_who_sends_it(place: StreamPlace) -> None:
    async def scene(right: JetStreamStore, wrong: JetStreamStore, clock: Skewed) -> None:  # noqa: ARG001
        await suspected(right, 1)
        (suspect,) = (await wrong.census()).suspects
        assert abs(suspect.due_at + HOUR) < SLACK, "0 by the servers' clock"

    both(place, -HOUR, scene)


def test_what_an_answer_leaves_open_is_no_reason_to_think_otherwise() -> None:
    times = iter([500, 500, 900, 1_000])
    clock = ServersClock(lambda: next(times))
    clock.heard("1970-01-01T00:00:00.0004Z", 300)
    assert clock.theirs(0) == 0, "400 is between 300 and 500: the clocks may agree"
    clock.heard("1970-01-01T00:00:00.002Z", 400)
    assert clock.theirs(0) == 1500, "2000 was said at 500 at the latest"
    clock.heard("1970-01-01T00:00:00.0021Z", 600)
    assert (clock.theirs(0), clock.ours(1500)) == (1500, 0)
    clock.heard("1970-01-01T00:00:00.0011Z", 990)
    assert clock.theirs(0) == 110, "1100 was said at 990 at the earliest"
