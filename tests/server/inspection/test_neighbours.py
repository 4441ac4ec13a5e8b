"""The requests of one visitor right before and after another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server.observe import Record
from tests.server.inspection.conftest import NOW, Desk

SECOND = 1_000_000


def came(desk: Desk, after: int, visitor: str = "1.1") -> Record:
    request = desk.request(f"v=2&tid=G-ABC1234567&cid={visitor}&en=a")
    return desk.met(replace(request, received_at=NOW + after * SECOND))


def asked(desk: Desk, record: Record, client_id: str = "1.1") -> tuple[Any, Any]:
    told = desk.ask("neighbours", client_id=client_id, at=record.request.received_at, id=record.request.id)
    return tuple(told[side] and told[side]["id"] for side in ("earlier", "later"))


def test_they_are_the_nearest_of_the_same_visitor(desk: Desk) -> None:
    first, other, second, third = came(desk, 1), came(desk, 2, "2.2"), came(desk, 3), came(desk, 4)
    assert asked(desk, first) == (None, second.request.id)
    assert asked(desk, second) == (first.request.id, third.request.id)
    assert asked(desk, third) == (second.request.id, None)
    assert asked(desk, other, "2.2") == (None, None)


def test_they_go_by_when_they_came_and_not_by_when_they_were_done(desk: Desk) -> None:
    slow, quick = came(desk, 5), came(desk, 2)
    assert asked(desk, slow) == (quick.request.id, None)
    assert asked(desk, quick) == (None, slow.request.id)


def test_of_one_moment_each_is_told_once(desk: Desk) -> None:
    records = [came(desk, 1) for _ in range(3)]
    ids = sorted(each.request.id for each in records)
    by_id = {each.request.id: each for each in records}
    assert [asked(desk, by_id[id]) for id in ids] == [(None, ids[1]), (ids[0], ids[2]), (ids[1], None)]


@pytest.mark.parametrize("visitor", ["", "nobody", "<script>"])
def test_a_visitor_whom_nobody_remembers_has_none(desk: Desk, visitor: str) -> None:
    assert asked(desk, came(desk, 1), visitor) == (None, None)


def test_a_request_of_another_worker_has_its_place_among_those_of_this_one(desk: Desk) -> None:
    first, last = came(desk, 1), came(desk, 9)
    told = desk.ask("neighbours", client_id="1.1", at=NOW + 5 * SECOND, id="of another worker")
    assert told == {
        "earlier": {"worker": 0, "id": first.request.id, "at": NOW + SECOND},
        "later": {"worker": 0, "id": last.request.id, "at": NOW + 9 * SECOND},
    }
