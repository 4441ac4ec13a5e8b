"""The tables of a file, as this version, an earlier one and one with other limits leave them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from server.outbox import schema
from server.outbox.recovery import recover
from server.outbox.row import FORMAT, State, record
from server.outbox.statements import insert, lease
from tests.server.outbox.stores import PLACE, payload

FIRST = {
    "due": "rows (tag, destination, due_at, id) WHERE state = 0 AND crashes < 2",
    "lone": "rows (due_at, id) WHERE state = 0 AND crashes >= 2",
    "age": "rows (tag, destination, since) WHERE state = 0",
    "leased": "rows (state) WHERE state = 1",
    "dead": "rows (tag) WHERE state = 2",
    "buried": "rows (due_at) WHERE state = 2",
    "held": "rows (state) WHERE state = 3",
    "claimed": "rows (state) WHERE state = 4",
    "keyed": "rows (state) WHERE state = 2 AND once IS NOT NULL",
}
"""What every file has that was ever made: a version that leaves other indexes behind is one that earlier ones cannot follow."""


def indexes(connection: sqlite3.Connection) -> dict[str, tuple[str, int]]:
    query = "SELECT name, sql, rootpage FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    return {name: (sql, root) for name, sql, root in connection.execute(query)}


def filled(path: Path) -> sqlite3.Connection:
    connection = schema.connect(path)
    for number in range(1, 4):
        insert(connection, record(number, "ga4", payload(number), State.QUEUED, 0))
        connection.execute("UPDATE rows SET crashes = ? WHERE id = ?", (number, number))
    return connection


def test_the_indexes_are_those_that_every_version_knows(tmp_path: Path) -> None:
    connection = schema.connect(tmp_path / "a.db")
    assert {name: sql for name, (sql, _) in indexes(connection).items()} == {
        name: f"CREATE INDEX {name} ON {on}" for name, on in FIRST.items()
    }
    connection.close()


def test_a_file_of_this_version_is_opened_without_making_an_index_anew(tmp_path: Path) -> None:
    connection = filled(tmp_path / "a.db")
    before = indexes(connection)
    connection.close()
    connection = schema.connect(tmp_path / "a.db")
    assert indexes(connection) == before
    assert connection.total_changes == 0
    connection.close()


def test_a_file_of_a_version_with_another_limit_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = {name: on.replace("crashes < 2", "crashes < 3").replace("crashes >= 2", "crashes >= 3") for name, on in FIRST.items()}
    monkeypatch.setattr(schema, "_INDEXES", other)
    filled(tmp_path / "a.db").close()
    monkeypatch.undo()
    connection = schema.connect(tmp_path / "a.db")
    found = recover(connection, None)
    assert [each.id for each in found.suspects] == [2, 3]
    assert [row.id for row in lease(connection, "ga4", PLACE, 0, 9).rows] == [1]
    connection.close()


def test_an_index_that_cannot_be_made_anew_is_still_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = filled(tmp_path / "a.db")
    before = indexes(connection)
    monkeypatch.setattr(schema, "_INDEXES", {**FIRST, "due": "rows (nothing)"})
    with pytest.raises(sqlite3.OperationalError, match="nothing"):
        schema.connect(tmp_path / "a.db")
    assert indexes(connection) == before
    connection.close()


def test_what_this_version_writes_has_its_format_also_in_a_file_that_an_earlier_one_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(schema, "FORMAT", FORMAT - 1)
        filled(tmp_path / "a.db").close()
    connection = schema.connect(tmp_path / "a.db")
    insert(connection, record(4, "ga4", payload(4), State.QUEUED, 0))
    assert connection.execute("SELECT format FROM rows WHERE id = 4").fetchall() == [(FORMAT,)]
    connection.close()
