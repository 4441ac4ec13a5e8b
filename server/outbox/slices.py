"""What an operator may ask of one file, in slices of ids, each in a commit of its own: so nobody's acceptance waits for it.

Every function does one slice: of the rows whose id is greater than ``after``, and no greater than ``until``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, TypeAlias, cast

from server.outbox.row import State, json_body, row_name
from server.outbox.selection import MAY, STATES, ListedRow, RowFilter, ShownRow, Slice, Standing, Touched

SLICE = 2_500
"""Rows that are looked at in one commit."""

Values: TypeAlias = tuple[Any, ...]

_FIELDS = tuple(ListedRow.__annotations__)
_BEHIND = "id > ? AND id <= ?"


def list_rows(
    connection: sqlite3.Connection, wanted: RowFilter, file: int, after: int, until: int, limit: int
) -> Slice[ListedRow]:
    """The rows of this file that are wanted, by their ids."""
    last = _end(connection, wanted, after, until)
    if last is None:
        return Slice([], 0, None)
    where, values = _where(wanted, wanted.states)
    query = f"SELECT {', '.join(_FIELDS)} FROM rows WHERE {_BEHIND} AND {where} ORDER BY id LIMIT ?"
    found = connection.execute(query, (after, last, *values, limit)).fetchall()
    return Slice([_described(each, file) for each in found], len(found), last)


def count(connection: sqlite3.Connection, wanted: RowFilter, action: str, after: int, until: int) -> Slice[Touched]:
    """What ``change`` would do."""
    last = _end(connection, wanted, after, until)
    if last is None:
        return Slice([], 0, None)
    where, values = _where(wanted, _changeable(wanted, action))
    columns = "tag, destination, state"
    query = f"SELECT {columns}, count(*) FROM rows WHERE {_BEHIND} AND {where} GROUP BY {columns}"
    found = connection.execute(query, (after, last, *values)).fetchall()
    touched = [Touched(tag, place, STATES[State(state)], rows) for tag, place, state, rows in found]
    return Slice(touched, sum(each.rows for each in touched), last)


def change(
    connection: sqlite3.Connection, wanted: RowFilter, action: str, now: int, due_at: int, after: int, until: int
) -> Slice[Touched]:
    """Retries or drops rows that are not on the wire, and tells which those were."""
    part = count(connection, wanted, action, after, until)
    where, values = _where(wanted, _changeable(wanted, action))
    here, these = f"WHERE {_BEHIND} AND {where}", (after, part.next, *values)
    if part.rows and action == "retry":
        fresh = "due_at = ?, since = ?, attempts = 0, crashes = 0"
        connection.execute(f"UPDATE rows SET state = {State.QUEUED}, {fresh} {here}", (due_at, now, *these))
    elif part.rows:
        connection.execute(f"INSERT INTO dropped SELECT id, once FROM rows {here} AND once IS NOT NULL", these)
        connection.execute(f"DELETE FROM rows {here}", these)
    return part


def status(connection: sqlite3.Connection, after: int, until: int) -> Slice[Standing]:
    """How many rows are in which state."""
    last = _end(connection, RowFilter(), after, until)
    if last is None:
        return Slice([], 0, None)
    query = f"SELECT tag, state, count(*), min(received_at) FROM rows WHERE {_BEHIND} GROUP BY tag, state"
    found = connection.execute(query, (after, last)).fetchall()
    standing = [Standing(tag, State(state), rows, oldest) for tag, state, rows, oldest in found]
    return Slice(standing, sum(each.rows for each in standing), last)


def show(connection: sqlite3.Connection, id: int, file: int) -> ShownRow | None:
    """One row of this file; None where it is gone."""
    query = f"SELECT {', '.join(_FIELDS)}, event_group, position, answer, CAST(body AS TEXT) FROM rows WHERE id = ?"
    found = connection.execute(query, (id,)).fetchone()
    if found is None:
        return None
    *listed, request, position, answer, body = found
    return {**_described(listed, file), "request": request, "position": position, "answer": answer, "body": json_body(body)}


def last_id(connection: sqlite3.Connection) -> int:
    """The largest id there is."""
    last: int = connection.execute("SELECT coalesce(max(id), 0) FROM rows").fetchone()[0]
    return last


def _changeable(wanted: RowFilter, action: str) -> Sequence[State]:
    return [state for state in wanted.states if state in MAY[action]]


def _where(wanted: RowFilter, states: Sequence[State]) -> tuple[str, list[Any]]:
    """The condition, where only rows in these states are wanted, and its values."""
    asked: dict[str, Any] = {"tag = ?": wanted.tag, "received_at < ?": wanted.older_than, "client_id = ?": wanted.client_id}
    asked |= {"event_name = ?": wanted.event}
    asked["id IN (SELECT value FROM json_each(?))"] = None if wanted.ids is None else str(list(wanted.ids))
    given = {text: value for text, value in asked.items() if value is not None}
    numbers = ", ".join(str(state.value) for state in states)
    return " AND ".join([f"state IN ({numbers})", *given]), list(given.values())


def _end(connection: sqlite3.Connection, wanted: RowFilter, after: int, until: int) -> int | None:
    """The last id of the slice that begins behind ``after``; None where nothing is left."""
    if wanted.ids is not None:
        return max(sorted(number for number in wanted.ids if after < number <= until)[:SLICE], default=None)
    query = f"SELECT max(id) FROM (SELECT id FROM rows WHERE {_BEHIND} ORDER BY id LIMIT ?)"
    (last,) = connection.execute(query, (after, until, SLICE)).fetchone()
    return None if last is None else int(last)


def _described(values: Values, file: int) -> ListedRow:
    row = dict(zip(_FIELDS, values, strict=True))
    return cast(ListedRow, row | {"id": row_name(file, row["id"]), "state": STATES[State(row["state"])]})
