"""What any store must keep of an operator's commands, and of the keys that are given back for them."""

from __future__ import annotations

import pytest

from server.outbox.row import FORMAT, State
from server.outbox.selection import RowFilter, Standing, Touched
from server.outbox.store import Store
from tests.server.outbox.stores import END, PLACE, Place, claimed, lease, leased, listed, payload, play, put, states

ELSEWHERE = "https://other.example"


async def many(store: Store) -> dict[str, list[int]]:
    """Rows of every state an operator may see, by name."""
    found = {"queued": await put(store, payload(1), payload(2, destination=ELSEWHERE, event_name="purchase"), due_at=5)}
    found["dead"] = await leased(store, payload(3), payload(4, client_id="b"), tag="log")
    for id in found["dead"]:
        store.park(id, 6, "no", "vendor said no")
    found["leased"] = await leased(store, payload(5), tag="wire")
    found["leased"] += await (claimed(store, "key", tag="wire") if store.claims else leased(store, payload(6), tag="wire"))
    return found


async def changed(store: Store, wanted: RowFilter, action: str, *, now: int = 50, due_at: int = 60) -> dict[tuple[str, str], int]:
    """What a count foretells and a change then does, to the end: rows by tag and state."""
    totals: list[dict[tuple[str, str], int]] = []
    for change in (False, True):
        total: dict[tuple[str, str], int] = {}
        after: int | None = 0
        while after is not None:
            part = await (
                store.change(wanted, action, now, due_at, after, END) if change else store.count(wanted, action, after, END)
            )
            assert part.rows == sum(each.rows for each in part.found)
            for each in part.found:
                total[each.tag, each.state] = total.get((each.tag, each.state), 0) + each.rows
            after = part.next
        totals.append(total)
    assert totals[0] == totals[1]
    return totals[0]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (RowFilter(), ["queued", "queued", "dead", "dead", "leased", "leased"]),
        (RowFilter(tag="ga4"), ["queued", "queued"]),
        (RowFilter(state="leased"), ["leased", "leased"]),
        (RowFilter(state="dead", client_id="b"), ["dead"]),
        (RowFilter(event="purchase"), ["queued"]),
        (RowFilter(event=""), ["queued", "dead", "dead", "leased", "leased"]),
        (RowFilter(older_than=1003), ["queued", "queued"]),
        (RowFilter(tag="nope"), []),
        (RowFilter(client_id="' OR 1=1 --"), []),
    ],
)
def test_rows_are_listed_by_every_filter(place: Place, wanted: RowFilter, found: list[str]) -> None:
    async def scene(store: Store) -> None:
        await many(store)
        rows = await listed(store, wanted)
        assert list(rows) == sorted(rows)
        assert [row["state"] for row in rows.values()] == found

    play(place, scene)


def test_rows_are_listed_by_their_ids_and_within_bounds(place: Place) -> None:
    async def scene(store: Store) -> None:
        ids = (await many(store))["queued"]
        assert list(await listed(store, RowFilter(ids=(ids[1], 4711)))) == [ids[1]]
        assert len((await store.list_rows(RowFilter(), 0, END, 1)).found) == 1

    play(place, scene)


def test_what_comes_after_a_command_has_begun_is_no_part_of_it(place: Place) -> None:
    async def scene(store: Store) -> None:
        (first, given_up) = await leased(store, payload(1), payload(2))
        store.park(given_up, 5, "no")
        await store.flush()
        until = await store.last_id()
        (later,) = await put(store, payload(3))
        store.park(first, 5, "no")
        await store.flush()
        assert set(await listed(store)) == {first, given_up, later}
        found = (await store.list_rows(RowFilter(), 0, until, 1000)).found
        assert f"0-{given_up}" in {row["id"] for row in found}
        assert f"0-{later}" not in {row["id"] for row in found}

    play(place, scene)


def test_a_row_says_what_an_operator_wants_to_know(place: Place) -> None:
    async def scene(store: Store) -> None:
        id = (await many(store))["dead"][1]
        row = {
            "id": f"0-{id}",
            "tag": "log",
            "destination": PLACE,
            "state": "dead",
            "received_at": 1004,
            "due_at": 6,
            "attempts": 1,
            "crashes": 0,
            "client_id": "b",
            "event_name": "",
            "why": "no",
        }
        assert (await listed(store))[id] == row
        assert await store.show(id) == row | {"request": "", "position": 0, "answer": "vendor said no", "body": {"n": 4}}
        assert await store.show(4711) is None

    play(place, scene)


def test_the_status_counts_by_tag_and_state(place: Place) -> None:
    async def scene(store: Store) -> None:
        await many(store)
        total: dict[tuple[str, State], Standing] = {}
        after: int | None = 0
        while after is not None:
            part = await store.status(after, END)
            for each in part.found:
                before = total.get((each.tag, each.state), Standing(each.tag, each.state, 0, each.oldest))
                rows, oldest = before.rows + each.rows, min(before.oldest, each.oldest)
                total[each.tag, each.state] = Standing(each.tag, each.state, rows, oldest)
            after = part.next
        on_the_wire = {("wire", State.LEASED): (1, 1005), ("wire", State.CLAIMED): (1, 1006)}
        assert {key: (each.rows, each.oldest) for key, each in total.items()} == {
            ("ga4", State.QUEUED): (2, 1001),
            ("log", State.DEAD): (2, 1003),
            **(on_the_wire if store.claims else {("wire", State.LEASED): (2, 1005)}),
        }

    play(place, scene)


def test_what_is_retried_is_due_and_as_good_as_new(place: Place) -> None:
    async def before(store: Store) -> None:
        await leased(store, payload(0))

    async def after(store: Store) -> None:
        rows = await many(store)
        assert await changed(store, RowFilter(), "retry") == {("ga4", "queued"): 3, ("log", "dead"): 2}
        found = await listed(store)
        assert all(found[id]["state"] == "leased" for id in rows["leased"])
        again = [row for row in found.values() if row["state"] == "queued"]
        assert {(row["due_at"], row["attempts"], row["crashes"]) for row in again} == {(60, 0, 0)}
        assert [row.since for row in (await lease(store, 60)).rows] == [50, 50]
        assert await store.oldest("log", PLACE) == 50

    play(place, before, after, killed=True)


def test_what_is_dropped_is_gone_and_what_is_on_the_wire_is_not(place: Place) -> None:
    """3. A row leaves the table only when it was delivered, or when an operator drops it."""

    async def scene(store: Store) -> None:
        rows = await many(store)
        assert await changed(store, RowFilter(tag="log", client_id="b"), "drop") == {("log", "dead"): 1}
        assert await changed(store, RowFilter(), "drop") == {("log", "dead"): 1, ("ga4", "queued"): 2}
        assert set(await states(store)) == set(rows["leased"])
        assert await changed(store, RowFilter(), "drop") == {}

    play(place, scene)


def test_a_change_tells_whose_rows_those_were(place: Place) -> None:
    async def scene(store: Store) -> None:
        (first, second) = (await many(store))["queued"]
        part = await store.change(RowFilter(ids=(first, second)), "drop", 0, 0, 0, END)
        assert sorted(part.found, key=lambda each: each.destination) == [
            Touched("ga4", ELSEWHERE, "queued", 1),
            Touched("ga4", PLACE, "queued", 1),
        ]

    play(place, scene)


def test_what_waits_for_a_later_version_is_dropped_but_not_retried(place: Place) -> None:
    async def before(store: Store) -> None:
        ids.extend(await put(store, payload(1)))

    async def after(store: Store) -> None:
        assert await changed(store, RowFilter(), "retry") == {}
        assert await changed(store, RowFilter(), "drop") == {("ga4", "held"): 1}

    ids: list[int] = []
    play(place, before)
    place.write(ids, format=FORMAT + 1)
    play(place, after)


def test_the_keys_of_dead_and_dropped_rows_are_lost_until_they_are_given_back(place: Place) -> None:
    """13. What was refused, dropped or given up suppresses nothing."""

    async def before(store: Store) -> None:
        if not store.claims:
            pytest.skip("it gives keys back by itself")
        delivered, dead, dropped, removed, queued = await claimed(store, "a", "b", "c", "d", "e")
        ids.extend([dead, dropped, removed, queued])
        await store.unclaim([delivered, dead, dropped, removed, queued])
        await lease(store, limit=4)
        store.remove([delivered])
        store.park(dead, 20, "no")
        store.park(dropped, 20, "no")
        store.park(removed, 10, "no")
        assert await store.remove_dead(20) == {"ga4": 1}
        await store.change(RowFilter(ids=(dropped,)), "drop", 0, 0, 0, END)
        assert sorted(await store.lost_keys()) == [(dead, "b"), (dropped, "c"), (removed, "d")]

    async def after(store: Store) -> None:
        dead, dropped, removed, queued = ids
        assert sorted(await store.lost_keys()) == [(dead, "b"), (dropped, "c"), (removed, "d")]
        await store.given_back([(dropped, "c"), (dead, "b")])
        assert list(await store.lost_keys()) == [(removed, "d")]
        await store.given_back([(removed, "d")])
        assert await store.expire("ga4", PLACE, END, "too old", 0) == 1
        assert list(await store.lost_keys()) == [(queued, "e")]
        await changed(store, RowFilter(ids=(queued,)), "retry")
        assert list(await store.lost_keys()) == []

    ids: list[int] = []
    play(place, before, after, killed=True)
