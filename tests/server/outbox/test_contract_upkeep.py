"""What any store does beside the way of a row: for age, room and failure, at its end, and what it tells of itself."""

from __future__ import annotations

import asyncio

import pytest

from server.outbox.errors import OutboxFailed, OutboxFull
from server.outbox.limits import AT_ONCE
from server.outbox.row import State
from server.outbox.store import Store
from tests.server.outbox.played import Put
from tests.server.outbox.stores import (
    PLACE,
    Place,
    lease,
    leased,
    listed,
    payload,
    put,
    states,
)
from tests.server.outbox.stores import play as live

ELSEWHERE = "https://other.example"


def test_what_is_too_old_is_parked_and_nothing_else(place: Place) -> None:
    async def scene(store: Store) -> None:
        old, young = await put(store, payload(1), payload(2))
        (elsewhere,) = await put(store, payload(1, destination=ELSEWHERE))
        (other,) = await put(store, payload(1), tag="other")
        (wire,) = await leased(store, payload(1), tag="wired")
        assert [await store.oldest(*where) for where in (("ga4", PLACE), ("wired", PLACE), ("no", PLACE))] == [1001, None, None]
        assert await store.expire("ga4", PLACE, 1002, "too old", 9) == 1
        assert await store.expire("ga4", PLACE, 1002, "too old", 9) == 0
        assert await store.expire("wired", PLACE, 1002, "too old", 9) == 0
        dead = {id: (row["why"], row["due_at"]) for id, row in (await listed(store)).items() if row["state"] == "dead"}
        assert dead == {old: ("too old", 9)}
        assert await store.oldest("ga4", PLACE) == 1002
        assert set(await states(store)) == {old, young, elsewhere, other, wire}

    live(place, scene)


def test_nobody_waits_for_more_than_so_many_rows_to_be_parked_and_removed(place: Place) -> None:
    async def scene(store: Store) -> None:
        await put(store, *(payload(0) for _ in range(AT_ONCE + 1)))
        assert [await store.expire("ga4", PLACE, 2000, "too old", 9) for _ in range(3)] == [AT_ONCE, 1, 0]
        assert [await store.remove_dead(10) for _ in range(3)] == [{"ga4": AT_ONCE}, {"ga4": 1}, {}]

    live(place, scene)


def test_dead_letters_are_removed_by_when_they_were_given_up(place: Place) -> None:
    async def scene(store: Store) -> None:
        early, late = await leased(store, payload(1), payload(2))
        (other,) = await leased(store, payload(3), tag="other")
        store.park(early, 10, "no")
        store.park(late, 20, "no")
        store.park(other, 10, "no")
        await put(store, payload(4))
        assert await store.remove_dead(10) == {}
        assert await store.remove_dead(20) == {"ga4": 1, "other": 1}
        assert [row["state"] for row in (await listed(store)).values()] == ["dead", "queued"]

    live(place, scene)


def test_no_room_refuses_new_rows_and_settlements_wait_for_room(place: Place) -> None:
    """1. One that is refused left no row. 8. … only "no room" is not a failure."""

    async def scene(store: Store) -> None:
        filled: list[bool] = []
        store.full = lambda: filled.append(True)
        (gone,) = await leased(store, payload(1))
        place.room(False)
        refused, fresh = Put(), store.insert("ga4", payload(2), State.QUEUED, 0)
        store.put(refused)
        store.remove([gone])
        with pytest.raises(OutboxFull):
            await refused.future
        assert filled
        place.room(True)
        await store.flush()
        assert await states(store) == {}
        assert await put(store, payload(3)) > [fresh]

    live(place, scene)


def test_after_a_failure_nothing_more_is_done_and_everybody_hears_of_it(place: Place) -> None:
    """8. After a write or a flush has failed nothing more is written by this process."""

    async def scene(store: Store) -> None:
        failed: list[Exception] = []
        store.failed = failed.append
        place.breaks()
        for _ in range(2):
            for said in (put(store, payload(1)), lease(store), store.oldest("ga4", PLACE), store.unclaim([1])):
                with pytest.raises(OutboxFailed):
                    await said
        await store.flush()
        assert len(failed) == 1

    live(place, scene)


def test_closing_writes_what_was_said_and_refuses_what_comes_later(place: Place) -> None:
    async def before(store: Store) -> None:
        (number,) = await leased(store, payload(1))
        store.queue(number, 7, "later")
        await store.close()
        with pytest.raises(OutboxFailed, match="closed meanwhile"):
            await store.last_id()

    async def after(store: Store) -> None:
        assert [(row["due_at"], row["crashes"]) for row in (await listed(store)).values()] == [(7, 0)]

    async def run() -> None:
        store = await place.open()
        store.start(asyncio.get_running_loop())
        await before(store)

    asyncio.run(run())
    live(place, after)


def test_a_store_that_is_empty_can_be_removed(place: Place) -> None:
    """10. A file is removed only when it is adopted, empty and under its lock."""

    async def run() -> None:
        store = await place.open()
        store.start(asyncio.get_running_loop())
        store.remove(await leased(store, payload(1)))
        await store.close_and_unlink()

    asyncio.run(run())
    assert not place.remains()


def test_whoever_asks_and_goes_away_harms_nobody(place: Place) -> None:
    async def scene(store: Store) -> None:
        gone = asyncio.ensure_future(store.last_id())
        await asyncio.sleep(0)
        gone.cancel()
        await put(store, payload(1))
        assert len(await states(store)) == 1

    live(place, scene)


def test_a_store_that_others_share_tells_what_there_is_by_now(place: Place) -> None:
    async def scene(store: Store) -> None:
        await put(store, payload(1), payload(2), payload(3, destination=ELSEWHERE))
        (dead,) = await leased(store, payload(4), tag="other")
        store.park(dead, 5, "no")
        await lease(store, limit=1)
        await store.flush()
        found = await store.census()
        if found is not None:
            assert {(each.destination, each.rows) for each in found.waiting} == {(PLACE, 2), (ELSEWHERE, 1)}
            assert (found.dead, found.held, list(found.suspects)) == ({"other": 1}, 0, [])

    live(place, scene)


def test_the_room_is_measured(place: Place) -> None:
    async def scene(store: Store) -> None:
        found = await store.measure()
        assert found.used >= 0
        assert 0 < found.free <= found.total

    live(place, scene)
