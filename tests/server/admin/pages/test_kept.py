"""The requests of all workers as one list: what a page of it holds, and what it says of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from server.admin.pages.kept import ROWS, Kept, asked_of, kept, place, sum_of, written
from server.admin.workers import Workers
from server.control.sockets import Command, socket_path
from server.control.workers import listen
from server.inspection.listing import Counts, place_of
from server.inspection.search import FILTERS, OFFSET, VIEWS, WORDS
from tests.server.inspection.conftest import NOW, Desk


def asked(folder: Path, desks: list[Desk | None], query: Mapping[str, str], **more: Any) -> Kept:
    """What workers with these memories answer; None is one that fails."""

    async def scenario() -> Kept:
        async with AsyncExitStack() as stack:
            for number, desk in enumerate(desks):
                stack.callback((await listen(socket_path(folder, number), _answering(desk))).close)
            workers = Workers([socket_path(folder, number) for number in range(len(desks))])
            return await kept(workers, asked_of(query), **more)

    return asyncio.run(scenario())


def _answering(desk: Desk | None) -> Any:
    async def answer(command: Command) -> Any:
        return {"error": "it failed: KeyError"} if desk is None else desk.inspector.answer(command)

    return answer


@pytest.fixture
def desks(tmp_path: Path) -> list[Desk]:
    """Two memories with a hundred requests, one a microsecond, the first with each third."""
    both = [Desk(tmp_path, limit=500, worker=number) for number in range(2)]
    for number in range(100):
        both[bool(number % 3)].hit("third" if number % 3 == 0 else "other", id=f"r{number}", at=NOW + number)
    return both


def ids(found: Kept) -> list[str]:
    return [line["id"] for line in found.lines]


def test_the_newest_of_all_workers_come_first_and_the_rest_is_older(tmp_path: Path, desks: list[Desk]) -> None:
    found = asked(tmp_path, [*desks], {})
    assert ids(found) == [f"r{number}" for number in range(99, 99 - ROWS, -1)]
    assert (found.first, found.limit, found.counts["kept"], found.counts["matching"]) == (1, 500, 100, 100)
    rest = asked(tmp_path, [*desks], {}, before=found.older)
    assert ids(rest) == [f"r{number}" for number in range(99 - ROWS, -1, -1)]
    assert (rest.first, rest.older) == (ROWS + 1, "")


@pytest.mark.parametrize("limit", [1, 7, 33, 34, 100])
def test_pages_of_any_size_give_each_once(tmp_path: Path, desks: list[Desk], limit: int) -> None:
    before, seen, firsts = "", list[str](), list[int]()
    while True:
        found = asked(tmp_path, [*desks], {"event": "third"}, before=before, limit=limit)
        seen += ids(found)
        firsts.append(found.first)
        assert found.counts["matching"] == 34
        before = found.older
        if not before:
            break
    assert seen == [f"r{number}" for number in range(99, -1, -3)]
    assert firsts == list(range(1, 35, limit))


def test_a_worker_that_fails_is_left_out_and_where_none_answers_it_shows(tmp_path: Path, desks: list[Desk]) -> None:
    one = asked(tmp_path, [desks[0], None], {})
    assert (len(one.lines), one.counts["kept"], one.limit) == (34, 34, 500)
    none = asked(tmp_path, [None], {}, before=f"{NOW}.0.1")
    assert (none.lines, none.older, none.limit, none.counts["views"]) == ([], "", None, dict.fromkeys(VIEWS, 0))


def test_a_page_that_may_take_little_shows_one_at_least(tmp_path: Path, desks: list[Desk]) -> None:
    found = asked(tmp_path, [*desks], {}, most=1)
    assert ids(found) == ["r99"]
    assert ids(asked(tmp_path, [*desks], {}, most=1, before=found.older)) == ["r98"]
    assert len(asked(tmp_path, [*desks], {}, most=10_000).lines) in range(2, 12)


def test_a_place_is_read_as_it_was_written(tmp_path: Path, desks: list[Desk]) -> None:
    (line,) = asked(tmp_path, [*desks], {}, limit=1).lines
    assert place_of(written(place(line))) == place(line) == (NOW + 99, 0, line["number"])


def test_only_what_there_is_is_asked_for() -> None:
    given = asked_of({"event": "a", WORDS: "b", "x": "y", "before": "1.2.3"})
    assert given == {"view": "", WORDS: "b", OFFSET: "", **dict.fromkeys(FILTERS, ""), "event": "a"}


def test_counts_are_those_of_all_workers_together() -> None:
    one: Counts = {"kept": 3, "matching": 2, "views": {name: at for at, name in enumerate(VIEWS)}}
    whole = sum_of([one, one])
    assert (whole["kept"], whole["matching"]) == (6, 4)
    assert whole["views"] == {name: 2 * at for at, name in enumerate(VIEWS)}
    assert sum_of([])["views"] == dict.fromkeys(VIEWS, 0)


def test_refused_requests_are_counted_beside(tmp_path: Path, desks: list[Desk]) -> None:
    desks[0].turned_away, desks[1].turned_away = {"tls": 2}, {"tls": 1, "full": 4}
    assert asked(tmp_path, [*desks], {}).refused == 7
