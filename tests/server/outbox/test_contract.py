"""What any store must keep of its rows while it is open; where the essay has a sentence for it, the test quotes it."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path

import pytest

from core.types import SecretPlace
from server.outbox.row import State
from server.outbox.store import Leased, Store
from tests.server.outbox.played import Put
from tests.server.outbox.stores import (
    PLACE,
    FilePlace,
    MemoryPlace,
    Place,
    claimed,
    lease,
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


def test_texts_that_are_no_unicode_keep_no_group_from_the_disk(place: Place) -> None:
    async def scene(store: Store) -> None:
        odd, good = await leased(store, payload(1, event_name="\ud800", group="\ud800"), payload(2))
        store.park(odd, 0, "no: \ud800")
        store.queue(good, 0, "later: \ud800")
        await store.flush()
        assert [row["why"] for row in (await listed(store)).values()] == ["no: ?", "later: ?"]

    live(place, scene)


def test_what_others_may_bring_or_take_is_counted_anew_and_nothing_else(place: Place) -> None:
    async def scene(store: Store) -> None:
        assert (await store.census() is not None) == store.shared

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
