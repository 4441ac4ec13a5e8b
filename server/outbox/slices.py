"""What an operator may ask of one file: list, count, show, retry and drop rows. Requests and answers are JSON.

A large file is worked through in slices of ids, each in a commit of its own, so that nobody's acceptance waits for it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from server.outbox.errors import OutboxError
from server.outbox.row import json_body

SLICE = 2_500
"""Rows that are looked at in one commit."""

STATES = ("queued", "leased", "dead", "held", "leased")
"""By number. Claimed rows are shown as leased: they are about to leave, and an operator may touch neither."""

_FIELDS = ("id", "tag", "destination", "state", "received_at", "due_at", "attempts", "crashes", "client_id", "event_name", "why")
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "tag": ((str,), "a text"),
    "state": ((str,), "a text"),
    "client_id": ((str,), "a text"),
    "event": ((str,), "a text"),
    "older_than": ((int, float), "a number of seconds"),
    "limit": ((int,), "a number"),
    "ids": ((list,), "a list of names such as 0-4711"),
}
_LONGEST_AGE = 100 * 365 * 86400


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows; a field that is None is not asked for. ``older_than`` compares with when a row was received."""

    tag: str | None = None
    state: str | None = None
    older_than: int | None = None
    client_id: str | None = None
    event: str | None = None
    ids: tuple[int, ...] | None = None

    def where(self) -> tuple[str, list[Any]]:
        """The condition in SQL and its values."""
        asked: dict[str, Any] = {"tag = ?": self.tag, "received_at < ?": self.older_than, "client_id = ?": self.client_id}
        asked |= {"event_name = ?": self.event}
        asked["id IN (SELECT value FROM json_each(?))"] = None if self.ids is None else str(list(self.ids))
        asked["state = ?"] = None if self.state is None else STATES.index(self.state)
        given = {text: value for text, value in asked.items() if value is not None}
        return " AND ".join(given) or "TRUE", list(given.values())

    @staticmethod
    def of(command: Mapping[str, Any], now: int) -> RowFilter:
        """The filter of a command; ``older_than`` is an age in seconds there. Raises OutboxError."""
        for name, (kinds, words) in _KINDS.items():
            if command.get(name) is not None and not isinstance(command[name], kinds):
                raise OutboxError(f"{name} must be {words}")
        state, age = command.get("state"), command.get("older_than")
        if state is not None and state not in STATES:
            raise OutboxError(f"state is one of {', '.join(dict.fromkeys(STATES))}, not {state!r}")
        older_than = None if age is None else now - int(min(max(age, 0), _LONGEST_AGE) * 1_000_000)
        return RowFilter(command.get("tag"), state, older_than, command.get("client_id"), command.get("event"))


@dataclass(frozen=True, slots=True)
class Touched:
    """Rows of one destination that a command changed, and the state they were in."""

    tag: str
    destination: str
    state: str
    rows: int


@dataclass(frozen=True, slots=True)
class Slice:
    """What one slice gave, of how many rows that is, and the id after which the next begins; None after the last."""

    found: list[Any]
    rows: int
    next: int | None


class Step(Protocol):
    """Does one slice: of the rows whose id is greater than ``after``, and no greater than ``until``."""

    def __call__(self, connection: sqlite3.Connection, after: int, until: int) -> Slice: ...


def listing(wanted: RowFilter, limit: int, file: int) -> Step:
    """Steps that list rows, without their bodies, by their ids."""
    where, values = wanted.where()
    query = f"SELECT {', '.join(_FIELDS)} FROM rows WHERE id > ? AND id <= ? AND {where} ORDER BY id LIMIT ?"

    def step(connection: sqlite3.Connection, after: int, until: int) -> Slice:
        last = _end(connection, wanted, after, until)
        if last is None:
            return Slice([], 0, None)
        found = connection.execute(query, (after, last, *values, limit)).fetchall()
        return Slice([_described(each, file) for each in found], len(found), last)

    return step


def counting(wanted: RowFilter, states: Collection[str], columns: str) -> Step:
    """Steps that count rows in these states: the values of the columns, and their number, for each slice anew."""
    where, values = _in_states(wanted, states)
    query = f"SELECT {columns}, count(*) FROM rows WHERE id > ? AND id <= ? AND {where} GROUP BY {columns}"

    def step(connection: sqlite3.Connection, after: int, until: int) -> Slice:
        last = _end(connection, wanted, after, until)
        if last is None:
            return Slice([], 0, None)
        found = connection.execute(query, (after, last, *values)).fetchall()
        return Slice(found, sum(each[-1] for each in found), last)

    return step


def changing(wanted: RowFilter, action: str, now: int, due_at: int) -> Step:
    """Steps that change rows which are not on the wire, and tell which those were.

    ``retry`` queues them for ``due_at``, their age and their crashes forgotten; ``drop`` removes them.
    """
    counted = counting(wanted, MAY[action], "tag, destination, state")
    where, values = _in_states(wanted, MAY[action])
    here = f"WHERE id > ? AND id <= ? AND {where}"
    keys = f"INSERT INTO dropped SELECT id, once FROM rows {here} AND once IS NOT NULL"
    retry = f"UPDATE rows SET state = 0, due_at = ?, since = ?, attempts = 0, crashes = 0 {here}"

    def step(connection: sqlite3.Connection, after: int, until: int) -> Slice:
        part = counted(connection, after, until)
        these = (after, part.next, *values)
        if part.rows and action == "retry":
            connection.execute(retry, (due_at, now, *these))
        elif part.rows:
            connection.execute(keys, these)
            connection.execute(f"DELETE FROM rows {here}", these)
        touched = [Touched(tag, place, STATES[state], rows) for tag, place, state, rows in part.found]
        return Slice(touched, part.rows, part.next)

    return step


MAY = {"retry": ("queued", "dead"), "drop": ("queued", "dead", "held")}
"""The states in which a row may be changed."""


def _in_states(wanted: RowFilter, states: Collection[str]) -> tuple[str, list[Any]]:
    where, values = wanted.where()
    numbers = ", ".join(str(number) for number, state in enumerate(STATES) if state in states)
    return f"{where} AND state IN ({numbers})", values


def _end(connection: sqlite3.Connection, wanted: RowFilter, after: int, until: int) -> int | None:
    """The last id of the slice that begins behind ``after``; None where nothing is left."""
    if wanted.ids is not None:
        return max(sorted(number for number in wanted.ids if number > after)[:SLICE], default=None)
    query = "SELECT max(id) FROM (SELECT id FROM rows WHERE id > ? AND id <= ? ORDER BY id LIMIT ?)"
    (last,) = connection.execute(query, (after, until, SLICE)).fetchone()
    return None if last is None else int(last)


def last_id(connection: sqlite3.Connection) -> int:
    """The largest id there is: what comes later is not a command's."""
    last: int = connection.execute("SELECT coalesce(max(id), 0) FROM rows").fetchone()[0]
    return last


def ages(connection: sqlite3.Connection, after: int, until: int) -> Slice:
    """One step of the status: tag, state, number of rows, and when the oldest of them was received."""
    last = _end(connection, RowFilter(), after, until)
    if last is None:
        return Slice([], 0, None)
    query = "SELECT tag, state, count(*), min(received_at) FROM rows WHERE id > ? AND id <= ? GROUP BY tag, state"
    found = connection.execute(query, (after, last)).fetchall()
    return Slice(found, sum(rows for _, _, rows, _ in found), last)


def show(connection: sqlite3.Connection, id: int, file: int) -> dict[str, Any] | None:
    """One row with what the vendor said of it and the payload as it is stored, which holds no secret; None where it is gone."""
    query = f"SELECT {', '.join(_FIELDS)}, answer, CAST(body AS TEXT) FROM rows WHERE id = ?"
    found = connection.execute(query, (id,)).fetchone()
    return _described(found[:-2], file) | {"answer": found[-2], "body": json_body(found[-1])} if found else None


def _described(values: tuple[Any, ...], file: int) -> dict[str, Any]:
    row = dict(zip(_FIELDS, values, strict=True))
    return row | {"id": f"{file}-{row['id']}", "state": STATES[row["state"]]}
