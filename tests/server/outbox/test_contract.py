"""What any store must keep of its rows; where the essay has a sentence for it, the test quotes it."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path

import pytest

from core.types import SecretPlace
from server.outbox.errors import OutboxFailed, OutboxFull
from server.outbox.limits import AT_ONCE, LONE_FROM, LONGEST_ASKED_WAIT, LONGEST_WAIT, POISON, POISON_FROM, UNREADABLE
from server.outbox.row import FORMAT, State
from server.outbox.store import Leased, Store, Waiting
from tests.server.outbox.played import Put
from tests.server.outbox.stores import (
    PLACE,
    FilePlace,
    MemoryPlace,
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

ELSEWHERE = "https://other.example"


def test_what_keeps_the_contract_is_a_store(tmp_path: Path) -> None:
    async def run() -> None:
        stores: list[Store] = [await FilePlace(tmp_path).open(3), await MemoryPlace().open(number=4)]
        assert [store.number for store in stores] == [0, 4]
        await stores[0].close()

    asyncio.run(run())


def test_every_word_of_a_store_is_in_the_contract() -> None:
    said = {
        node.attr
        for path in Path(__file__).parent.glob("test_contract*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
    }
    helped = {"put", "insert", "insert_claimed", "take_id", "lease", "lease_one", "list_rows", "start"}
    assert {name for name in vars(Store) if not name.startswith("_")} <= said | helped


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


def test_a_row_comes_back_as_it_was_put(place: Place) -> None:
    secrets = (SecretPlace("/url", 4, "KEY"),)
    original = payload(3, group="g", position=2, event_name="purchase", secrets=secrets, body={"ü": [1.5, None, 1 << 70]})

    async def scene(store: Store) -> None:
        (number,) = await put(store, original)
        (row,) = (await lease(store)).rows
        assert (row.id, row.tag, row.payload, row.since, row.attempts, row.crashes) == (number, "ga4", original, 1003, 1, 0)

    live(place, scene)


@pytest.mark.parametrize("number", [1, 2, 3, 63, 64, 65, 300])
def test_groups_of_any_size_are_written(place: Place, number: int) -> None:
    async def scene(store: Store) -> None:
        ids = await put(store, *(payload(n) for n in range(number)))
        rows = (await lease(store, limit=1000)).rows
        assert [row.id for row in rows] == ids
        assert [row.payload.body for row in rows] == [{"n": n} for n in range(number)]
        store.remove(ids)
        await store.flush()
        assert await states(store) == {}

    live(place, scene)


def test_a_lease_is_flushed_with_its_attempt_before_it_is_answered(place: Place) -> None:
    """2. A request leaves only for rows whose lease, with its attempt counted, is committed."""

    async def before(store: Store) -> None:
        await leased(store, payload(2))
        await put(store, payload(1))
        await lease(store)

    async def after(store: Store) -> None:
        assert [(row["attempts"], row["crashes"]) for row in (await listed(store)).values()] == [(1, 1), (1, 1)]
        assert [(row.attempts, row.crashes) for row in (await lease(store)).rows] == [(2, 1), (2, 1)]

    live(place, before, after, killed=True)


def test_a_lease_takes_what_was_due_first_and_says_when_the_next_is_due(place: Place) -> None:
    async def scene(store: Store) -> None:
        for due_at in (30, 10, 20, 99):
            await put(store, payload(due_at), due_at=due_at)
        first = await lease(store, now=50, limit=2)
        assert ([row.payload.body["n"] for row in first.rows], first.next_due) == ([10, 20], 30)
        second = await lease(store, now=50)
        assert ([row.payload.body["n"] for row in second.rows], second.next_due) == ([30], 99)
        assert await lease(store, now=50) == Leased([], 99, [])
        assert await lease(store, now=50, destination=ELSEWHERE) == Leased([], None, [])

    live(place, scene)


def test_leased_rows_come_in_the_order_in_which_they_were_accepted(place: Place) -> None:
    async def scene(store: Store) -> None:
        late, early = [(await put(store, payload(n), due_at=due_at))[0] for n, due_at in ((1, 9), (2, 3))]
        assert [row.id for row in (await lease(store, now=10)).rows] == [late, early]

    live(place, scene)


def test_only_the_own_destination_of_the_own_tag_is_leased(place: Place) -> None:
    async def scene(store: Store) -> None:
        await put(store, payload(1, destination=ELSEWHERE))
        await put(store, payload(2), tag="other")
        assert (await lease(store)).rows == []
        assert len((await lease(store, tag="other")).rows) == 1

    live(place, scene)


def test_settled_rows_are_gone_or_queued_or_dead(place: Place) -> None:
    """4. At any time a row is in one state, and only the moves below change it."""

    async def scene(store: Store) -> None:
        gone, again, dead = await leased(store, payload(1), payload(2), payload(3))
        store.remove([gone])
        store.queue(again, 77, "HTTP 503", "busy")
        store.park(dead, 78, "HTTP 400: 'bad'", "bad")
        await store.flush()
        found = await listed(store)
        assert {id: (row["state"], row["due_at"], row["why"]) for id, row in found.items()} == {
            again: ("queued", 77, "HTTP 503"),
            dead: ("dead", 78, "HTTP 400: 'bad'"),
        }
        assert (await lease(store, now=76)).next_due == 77
        assert [(row.id, row.attempts) for row in (await lease(store, now=77)).rows] == [(again, 2)]
        store.queue(again, 79, "HTTP 504")
        shown = [await store.show(id) for id in (again, dead, gone)]
        assert [row and row["answer"] for row in shown] == ["busy", "bad", None]

    live(place, scene)


def test_a_row_that_is_not_leased_cannot_be_settled(place: Place) -> None:
    """4. At any time a row is in one state, and only the moves below change it."""

    async def scene(store: Store) -> None:
        (number,) = await put(store, payload(1))
        store.park(number, 0, "no")
        store.queue(number, 99, "no")
        store.park(number + 77, 0, "there is no such row")
        await store.flush()
        assert [(row["state"], row["due_at"], row["why"]) for row in (await listed(store)).values()] == [("queued", 0, "")]

    live(place, scene)


def test_what_is_said_in_one_turn_is_done_inserts_first_and_questions_last(place: Place) -> None:
    async def scene(store: Store) -> None:
        taken, moved = await leased(store, payload(1), payload(2))
        asked = asyncio.ensure_future(lease(store))
        await asyncio.sleep(0)
        store.queue(moved, 0, "again")
        store.remove([taken])
        fresh = store.insert("ga4", payload(3), State.QUEUED, 0)
        store.put(Put())
        assert [row.id for row in (await asked).rows] == [moved, fresh]

    live(place, scene)


def test_what_is_taken_back_in_the_same_turn_was_never_there(place: Place) -> None:
    async def scene(store: Store) -> None:
        ids = [store.insert("ga4", payload(n), State.QUEUED, 0) for n in range(3)]
        store.remove(ids)
        await store.flush()
        assert await states(store) == {}

    live(place, scene)


def test_a_payload_that_cannot_be_stored_leaves_nothing_of_its_request(place: Place) -> None:
    knot: list[object] = []
    knot.append(knot)

    async def scene(store: Store) -> None:
        first = store.insert("ga4", payload(1), State.QUEUED, 0)
        with pytest.raises((ValueError, TypeError, RecursionError)):
            store.insert("ga4", payload(2, body=knot), State.QUEUED, 0)
        store.remove([first])
        await store.flush()
        assert await states(store) == {}

    live(place, scene)


def test_a_row_goes_straight_only_where_the_store_says_so(place: Place) -> None:
    async def scene(store: Store) -> None:
        if store.straight:
            await put(store, payload(1), state=State.LEASED)
            assert [(row["state"], row["attempts"]) for row in (await listed(store)).values()] == [("leased", 1)]
        else:
            with pytest.raises(ValueError, match="by a lease"):
                store.insert("ga4", payload(1), State.LEASED, 0)
        assert (await lease(store)).rows == []

    live(place, scene)


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


def test_texts_that_are_no_unicode_keep_no_group_from_the_disk(place: Place) -> None:
    async def scene(store: Store) -> None:
        odd, good = await leased(store, payload(1, event_name="\ud800", group="\ud800"), payload(2))
        store.park(odd, 0, "no: \ud800")
        store.queue(good, 0, "later: \ud800")
        await store.flush()
        assert [row["why"] for row in (await listed(store)).values()] == ["no: ?", "later: ?"]

    live(place, scene)


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


def test_claimed_rows_are_nobodys_until_they_are_queued(place: Place) -> None:
    async def scene(store: Store) -> None:
        if not store.claims:
            pytest.skip("keys are written with their rows")
        first, second = await claimed(store, "a", "b")
        (dead,) = await leased(store, payload(9))
        assert (await lease(store, now=99)).rows == []
        assert await store.expire("ga4", PLACE, 1 << 60, "too old", 9) == 0
        store.park(first, 0, "no")
        store.park(dead, 0, "no")
        await store.unclaim([second, dead])
        assert await states(store) == {first: "leased", second: "queued", dead: "dead"}
        assert [row.id for row in (await lease(store)).rows] == [second]

    live(place, scene)


def test_opening_queues_what_was_claimed(place: Place) -> None:
    async def before(store: Store) -> None:
        await claimed(store, "a")

    async def after(store: Store) -> None:
        assert [(row["state"], row["crashes"]) for row in (await listed(store)).values()] == [("queued", 0)]
        assert store.found.waiting[0].rows == 1

    live(place, before, after, killed=True)
