"""An operator's commands over files that no process uses."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core.types import Payload, SecretPlace
from server.outbox import commands, operate_offline, slices
from server.outbox.row import FORMAT, State, record
from server.outbox.sqlite import OutboxFile
from server.outbox.statements import insert

NOW = 10_000_000_000


def fill(folder: Path, number: int, *rows: tuple[str, State, int, str]) -> None:
    file = OutboxFile.open(folder, number)
    for position, (tag, state, age, client_id) in enumerate(rows, 1):
        payload = Payload({"n": position}, "https://v.example", (SecretPlace("/n", 0, "KEY"),), NOW - age * 1_000_000)
        payload = Payload(payload.body, payload.destination, payload.secrets, payload.received_at, client_id=client_id)
        file.ask_now(partial(insert, values=record(position, tag, payload, state, 0)))
    file.ask_now(lambda c: c.execute(f"UPDATE rows SET format = {FORMAT + 1} WHERE state = 3") and None)
    file.shut()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path, 0, ("ga4", State.DEAD, 30, "a"), ("log", State.DEAD, 20, "b"), ("ga4", State.QUEUED, 10, "a"))
    fill(tmp_path, 3, ("ga4", State.HELD, 40, "c"))
    return tmp_path


def ids(folder: Path, **command: Any) -> list[str]:
    return [row["id"] for row in operate_offline(folder, {"do": "list", **command}, NOW)["rows"]]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["3-1", "0-1", "0-2", "0-3"]),
        ({"limit": 2}, ["3-1", "0-1"]),
        ({"tag": "ga4"}, ["3-1", "0-1", "0-3"]),
        ({"state": "dead"}, ["0-1", "0-2"]),
        ({"state": "dead", "tag": "log"}, ["0-2"]),
        ({"older_than": 15}, ["3-1", "0-1", "0-2"]),
        ({"client_id": "a"}, ["0-1", "0-3"]),
        ({"event": "purchase"}, []),
        ({"event": ""}, ["3-1", "0-1", "0-2", "0-3"]),
        ({"tag": "ga4", "client_id": "a", "event": "", "state": "dead"}, ["0-1"]),
        ({"ids": ["0-3", "3-1", "9-1", "0-99"]}, ["3-1", "0-3"]),
        ({"client_id": "' OR 1=1 --"}, []),
    ],
)
def test_list_selects_by_every_filter_oldest_first(folder: Path, filters: Mapping[str, Any], found: list[str]) -> None:
    assert ids(folder, **filters) == found


def test_list_says_what_an_operator_wants_to_know_and_no_body(folder: Path) -> None:
    (row,) = operate_offline(folder, {"do": "list", "tag": "log"}, NOW)["rows"]
    assert row == {
        "id": "0-2",
        "tag": "log",
        "destination": "https://v.example",
        "state": "dead",
        "received_at": NOW - 20_000_000,
        "due_at": 0,
        "attempts": 0,
        "crashes": 0,
        "client_id": "b",
        "event_name": "",
        "why": "",
    }


def test_show_has_the_payload(folder: Path) -> None:
    (row,) = operate_offline(folder, {"do": "show", "ids": ["0-2", "0-77"]}, NOW)["rows"]
    assert (row["id"], row["body"]) == ("0-2", {"n": 2})


def test_status_counts_by_tag_and_state(folder: Path) -> None:
    first, second = operate_offline(folder, {"do": "status"}, NOW)["files"]
    assert first["tags"][0] == {"tag": "ga4", "state": "queued", "rows": 1, "oldest": NOW - 10_000_000}
    assert [(row["tag"], row["state"]) for row in first["tags"]] == [("ga4", "queued"), ("ga4", "dead"), ("log", "dead")]
    assert second["file"] == 3


def test_retry_queues_dead_letters_and_lets_their_age_begin_again(folder: Path) -> None:
    assert operate_offline(folder, {"do": "retry", "state": "dead", "tag": "ga4"}, NOW) == {"rows": 1}
    connection = sqlite3.connect(folder / "outbox-0.db")
    found = connection.execute("SELECT state, due_at, since, received_at FROM rows WHERE id = 1").fetchone()
    connection.close()
    assert found == (State.QUEUED, NOW, NOW, NOW - 30_000_000)


def test_retry_leaves_alone_what_waits_for_a_later_version(folder: Path) -> None:
    assert operate_offline(folder, {"do": "retry"}, NOW) == {"rows": 3}


def test_drop_removes_what_is_selected_and_nothing_else(folder: Path) -> None:
    """3. A row leaves the table only when it was delivered, or when an operator drops it."""
    assert operate_offline(folder, {"do": "drop", "client_id": "a"}, NOW) == {"rows": 2}
    assert ids(folder) == ["3-1", "0-2"]
    assert operate_offline(folder, {"do": "drop", "ids": ["3-1"]}, NOW) == {"rows": 1}
    assert ids(folder) == ["0-2"]


def test_large_files_are_worked_through_in_slices(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE", 1)
    assert ids(folder, state="dead") == ["0-1", "0-2"]
    assert operate_offline(folder, {"do": "drop", "tag": "ga4"}, NOW) == {"rows": 3}


ROWS = [("ga4", "dead", 1), ("ga4", "held", 1), ("ga4", "queued", 1), ("log", "dead", 1)]


@pytest.mark.parametrize(
    ("command", "counted"),
    [
        ({"of": "retry"}, [row for row in ROWS if row[1] != "held"]),
        ({"of": "drop", "older_than": 0.5}, ROWS),
        ({"of": "drop", "state": "dead"}, [ROWS[0], ROWS[3]]),
        ({"of": "drop", "tag": "ga4"}, ROWS[:3]),
        ({"of": "drop", "client_id": "a", "event": ""}, [ROWS[0], ROWS[2]]),
        ({"of": "drop", "ids": ["0-1", "0-1", "0-01", "3-1", "9-9", "0-77"]}, ROWS[:2]),
        ({"of": "drop", "tag": "nope"}, []),
    ],
)
def test_what_is_counted_is_what_a_change_then_changes(
    folder: Path, command: dict[str, Any], counted: list[tuple[str, str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "SLICE", 1)
    found = operate_offline(folder, {"do": "count", **command}, NOW)["counted"]
    assert [(each["tag"], each["state"], each["rows"]) for each in found] == counted
    assert len(ids(folder)) == 4
    assert operate_offline(folder, {**command, "do": command["of"]}, NOW) == {"rows": sum(rows for *_, rows in counted)}


@pytest.mark.parametrize("state", [State.LEASED, State.CLAIMED])
def test_what_is_on_the_wire_is_not_counted(folder: Path, state: State) -> None:
    file = OutboxFile.open(folder, 0)
    file.ask_now(lambda c: c.execute("UPDATE rows SET state = ? WHERE id = 3", (state,)) and None)
    answer = asyncio.run(commands.operate({"do": "count", "of": "drop", "tag": "ga4"}, [file], NOW, lambda *_: None, NOW))
    file.shut()
    assert answer == {"counted": [{"tag": "ga4", "state": "dead", "rows": 1}]}


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ({"do": "count"}, "of is one of retry, drop, not None"),
        ({"do": "count", "of": ["drop"], "tag": "ga4"}, "of is one of retry, drop, not ['drop']"),
        ({"do": "count", "of": "drop"}, "never removes everything by default"),
        ({"do": "list", "event": 5}, "event must be a text"),
        ({"do": "explode"}, "knows status, list, count, show, retry and drop, not 'explode'"),
        ({}, "not None"),
        ({"do": "drop"}, "never removes everything by default"),
        ({"do": "drop", "tag": ""}, "never removes everything by default"),
        ({"do": "list", "state": "lost"}, "state is one of queued, leased, dead, held, not 'lost'"),
        ({"do": "list", "older_than": "3h"}, "older_than must be a number of seconds"),
        ({"do": "list", "limit": "many"}, "limit must be a number"),
        ({"do": "drop", "ids": "0-1"}, "ids must be a list of names such as 0-4711"),
        ({"do": "show", "ids": ["17"]}, "'17' is not the name of a row, such as 0-4711"),
    ],
)
def test_a_command_that_makes_no_sense_is_answered_in_words(folder: Path, command: dict[str, Any], error: str) -> None:
    assert error in operate_offline(folder, command, NOW)["error"]
    assert len(ids(folder)) == 4


@pytest.fixture
def one_slice_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE", 1)
    monkeypatch.setattr(commands, "STEP", 0.0)


@pytest.mark.usefixtures("one_slice_a_step")
def test_what_takes_long_is_answered_in_parts_and_ends_with_the_rows_that_were_there(folder: Path) -> None:
    files = [OutboxFile.open(folder, number) for number in (3, 0)]
    changed: list[tuple[int, int]] = []

    async def step(command: dict[str, Any]) -> dict[str, Any]:
        return await commands.operate(command, files, NOW, lambda file, _, rows: changed.append((file.number, len(rows))), NOW)

    def comes_meanwhile() -> None:
        payload = Payload("late", "https://v.example", received_at=NOW)
        files[1].ask_now(partial(insert, values=record(99, "ga4", payload, State.DEAD, 0)))

    parts: list[dict[str, Any]] = []
    command: dict[str, Any] | None = {"do": "retry"}
    while command is not None:
        parts.append(asyncio.run(step(command)))
        if len(parts) == 1:
            comes_meanwhile()
        command = {"do": "retry", "from": parts[-1]["next"]} if "next" in parts[-1] else None
    for file in files:
        file.shut()
    assert len(parts) > 2
    assert sum(part["rows"] for part in parts) == 3
    assert sum(rows for _, rows in changed) == 3
    assert ids(folder, state="dead") == ["0-99"]


@pytest.mark.usefixtures("one_slice_a_step")
@pytest.mark.parametrize(
    ("command", "key", "answer"),
    [
        ({"do": "count", "of": "drop", "tag": "ga4"}, "counted", 3),
        ({"do": "list"}, "rows", 4),
        ({"do": "list", "state": "dead"}, "rows", 2),
        ({"do": "drop", "ids": ["0-3", "3-1", "0-2"]}, "rows", 3),
    ],
)
def test_every_long_command_goes_on_where_it_stopped(folder: Path, command: dict[str, Any], key: str, answer: int) -> None:
    parts: list[dict[str, Any]] = []
    whole = operate_offline(folder, command, NOW, parts.append)[key]
    assert (whole if isinstance(whole, int) else len(whole)) == answer


@pytest.mark.parametrize("place", [5, {}, {"file": 0}, {"file": 0, "after": "x", "found": 0, "until": {}}, {"until": 3}])
def test_a_place_that_is_none_is_answered_in_words(folder: Path, place: Any) -> None:
    assert operate_offline(folder, {"do": "retry", "from": place}, NOW) == {"error": "from must be the next of an earlier answer"}
