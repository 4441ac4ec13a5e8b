"""What any store has when it is opened: after a stop, after crashes, and after another version."""

from __future__ import annotations

import asyncio

import pytest

from server.outbox.limits import LONE_FROM, LONGEST_ASKED_WAIT, LONGEST_WAIT, POISON, POISON_FROM, UNREADABLE
from server.outbox.row import FORMAT, State
from server.outbox.store import Leased, Store, Waiting
from tests.server.outbox.played import Put
from tests.server.outbox.stores import (
    PLACE,
    Place,
    claimed,
    lease,
    lease_one,
    leased,
    listed,
    payload,
    put,
    states,
)
from tests.server.outbox.stores import play as live


def test_what_was_confirmed_outlives_the_process_and_what_was_not_flushed_does_not(place: Place) -> None:
    """1. An acceptance is confirmed only after a flushed commit holds every row of it."""

    async def before(store: Store) -> None:
        ids.extend(await put(store, payload(1), payload(2)))
        store.insert("ga4", payload(3), State.QUEUED, 0)
        store.put(Put())
        store.remove(ids)

    async def after(store: Store) -> None:
        assert await states(store) == dict.fromkeys(ids, "queued")

    ids: list[int] = []
    live(place, before, after, killed=True)


def test_no_two_rows_have_one_id_while_one_of_them_is_there(place: Place) -> None:
    async def scene(store: Store) -> None:
        ids.extend(await put(store, payload(1), payload(2)))
        ids.append(store.take_id())
        ids.extend(await put(store, payload(3)))

    ids: list[int] = []
    live(place, scene, scene)
    assert ids == sorted(set(ids))


def test_opening_ends_leases_and_counts_a_crash_for_those_rows_only(place: Place) -> None:
    """6. Opening a file ends every lease in it and counts a crash for those rows and no others."""

    async def before(store: Store) -> None:
        await leased(store, payload(1))
        await put(store, payload(2), due_at=5)

    async def after(store: Store) -> None:
        assert [(row["state"], row["crashes"]) for row in (await listed(store)).values()] == [("queued", 1), ("queued", 0)]
        assert list(store.found.waiting) == [Waiting("ga4", PLACE, 2, 0)]
        assert (list(store.found.suspects), store.found.dead, store.found.held) == ([], {}, 0)

    live(place, before, after)


async def fill(store: Store) -> None:
    await put(store, payload(1))


async def crash(store: Store) -> None:
    """Leases everything there is, and dies of it."""
    await lease(store, now=1 << 60)
    for suspect in store.found.suspects:
        await lease_one(store, suspect)


def test_rows_that_were_there_at_too_many_crashes_are_found_apart(place: Place) -> None:
    """7. From its second crash on a row is sent alone, with nothing else of its file on the wire."""

    async def scene(store: Store) -> None:
        (suspect,) = store.found.suspects
        assert (list(store.found.waiting), suspect.tag, suspect.destination) == ([], "ga4", PLACE)
        await put(store, payload(2), due_at=7)
        assert await lease(store, now=6) == Leased([], 7, [])
        assert [row.payload.body for row in (await lease(store, now=1 << 60)).rows] == [{"n": 2}]
        assert [(row.id, row.crashes) for row in (await lease_one(store, suspect)).rows] == [(suspect.id, LONE_FROM)]
        assert (await lease_one(store, suspect)).rows == []
        store.remove([suspect.id])
        assert (await lease_one(store, suspect)).rows == []

    live(place, fill, *[crash] * LONE_FROM, scene)


@pytest.mark.parametrize("crashes", [LONE_FROM - 1, LONE_FROM, POISON_FROM - 1, POISON_FROM])
def test_after_five_crashes_alone_a_row_is_poison(place: Place, crashes: int) -> None:
    """7. After five crashes alone it is a dead letter."""

    async def scene(store: Store) -> None:
        ((_, row),) = (await listed(store)).items()
        dead = crashes == POISON_FROM
        assert (row["state"], row["crashes"], row["why"]) == (("dead", crashes, POISON) if dead else ("queued", crashes, ""))
        assert store.found.dead == ({"ga4": 1} if dead else {})
        assert [each.rows for each in store.found.waiting] == [1] * (crashes < LONE_FROM)
        assert len(store.found.suspects) == (LONE_FROM <= crashes < POISON_FROM)

    live(place, fill, *[crash] * crashes, scene, killed=True)


def test_rows_of_a_later_version_wait_for_it(place: Place) -> None:
    async def before(store: Store) -> None:
        ids.extend(await put(store, payload(1), payload(2)))

    async def while_held(store: Store) -> None:
        assert (store.found.held, store.found.waiting[0].rows) == (1, 1)
        assert await states(store) == {ids[0]: "held", ids[1]: "queued"}
        assert [row.id for row in (await lease(store)).rows] == [ids[1]]

    async def after(store: Store) -> None:
        assert (store.found.held, store.found.waiting[0].rows) == (0, 2)

    ids: list[int] = []
    live(place, before)
    place.write(ids[:1], format=FORMAT + 1)
    live(place, while_held)
    place.write(ids[:1], format=1)
    live(place, after)


def test_rows_that_a_later_version_has_died_over_wait_for_it_too(place: Place) -> None:
    async def before(store: Store) -> None:
        ids.extend([*await leased(store, payload(1)), *await claimed(store, "key")])

    async def after(store: Store) -> None:
        assert [(row["state"], row["crashes"]) for row in (await listed(store)).values()] == [("held", 1), ("held", 0)]
        assert (store.found.held, list(store.found.waiting)) == (2, [])

    ids: list[int] = []
    live(place, before, killed=True)
    place.write(ids, format=FORMAT + 1)
    live(place, after)


@pytest.mark.parametrize(("age", "wait"), [(0, LONGEST_ASKED_WAIT), (1, LONGEST_WAIT)])
def test_whoever_opens_it_and_tells_the_time_finds_no_row_that_waits_for_too_long(place: Place, age: int, wait: int) -> None:
    """Rows of the future say that the clock went back after they were queued: none waits longer than by itself then."""
    if not place.keeps_time:
        pytest.skip("the servers' clock bounds that")

    async def before(store: Store) -> None:
        await put(store, payload(1, received_at=1000 + age), due_at=1 << 60)
        await put(store, payload(2, received_at=1000 + age), due_at=1010)

    async def after(store: Store) -> None:
        assert [row["due_at"] for row in (await listed(store)).values()] == [1000 + wait, 1010]

    live(place, before)
    live(place, after, now=1000)


def test_a_body_that_can_no_longer_be_read_is_a_dead_letter_and_stops_nobody(place: Place) -> None:
    async def before(store: Store) -> None:
        ids.extend(await put(store, payload(1), payload(2)))

    async def after(store: Store) -> None:
        bad, good = ids
        found = await lease(store)
        assert ([row.id for row in found.rows], found.unreadable) == ([good], [bad])
        rows = await listed(store)
        assert (rows[bad]["state"], rows[bad]["why"], rows[good]["state"]) == ("dead", UNREADABLE, "leased")

    ids: list[int] = []
    live(place, before)
    place.write(ids[:1], spoilt=True)
    live(place, after)


def test_before_it_is_started_what_is_awaited_is_done_at_once(place: Place) -> None:
    async def before(store: Store) -> None:
        await put(store, payload(1))

    async def run() -> None:
        store = await place.open()
        assert await store.expire("ga4", PLACE, 2000, "too old", 9) == 1
        assert list((await states(store)).values()) == ["dead"]
        await store.close()

    live(place, before)
    asyncio.run(run())


def test_opening_queues_what_was_claimed(place: Place) -> None:
    async def before(store: Store) -> None:
        await claimed(store, "a")

    async def after(store: Store) -> None:
        assert [(row["state"], row["crashes"]) for row in (await listed(store)).values()] == [("queued", 0)]
        assert store.found.waiting[0].rows == 1

    live(place, before, after, killed=True)
