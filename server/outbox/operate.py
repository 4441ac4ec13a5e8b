"""What an operator may ask of one file: list, count, show, retry and drop rows. Requests and answers are JSON.

A large file is worked through in slices of ids, each in a commit of its own, so that nobody's acceptance waits for it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from server.outbox.errors import OutboxError
from server.outbox.row import json_body

SLICE = 10_000
"""Rows that are looked at in one commit."""

_STATES = ("queued", "leased", "dead", "held", "leased")
"""By number. A claimed row is about to leave, and as little an operator's as one that has left."""

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
class Filter:
    """Which rows; a field that is None is not asked for. ``older_than`` compares with when a row was received."""

    tag: str | None = None
    state: str | None = None
    older_than: int | None = None
    client_id: str | None = None
    event: str | None = None
    id: int | None = None

    def where(self) -> tuple[str, list[Any]]:
        """The condition in SQL and its values."""
        asked: dict[str, Any] = {"tag = ?": self.tag, "received_at < ?": self.older_than, "client_id = ?": self.client_id}
        asked |= {"event_name = ?": self.event, "id = ?": self.id}
        asked["state = ?"] = None if self.state is None else _STATES.index(self.state)
        given = {text: value for text, value in asked.items() if value is not None}
        return " AND ".join(given) or "TRUE", list(given.values())

    @staticmethod
    def of(command: Mapping[str, Any], now: int) -> Filter:
        """The filter of a command; ``older_than`` is an age in seconds there. Raises OutboxError."""
        for name, (kinds, words) in _KINDS.items():
            if command.get(name) is not None and not isinstance(command[name], kinds):
                raise OutboxError(f"{name} must be {words}")
        state, age = command.get("state"), command.get("older_than")
        if state is not None and state not in _STATES:
            raise OutboxError(f"state is one of {', '.join(dict.fromkeys(_STATES))}, not {state!r}")
        older_than = None if age is None else now - int(min(max(age, 0), _LONGEST_AGE) * 1_000_000)
        return Filter(command.get("tag"), state, older_than, command.get("client_id"), command.get("event"))


@dataclass(frozen=True, slots=True)
class Touched:
    """A row that a command changed, and the state it was in."""

    id: int
    tag: str
    destination: str
    state: str


@dataclass(frozen=True, slots=True)
class Slice:
    """What one slice gave, and the id after which the next begins; None after the last."""

    found: list[Any]
    next: int | None


class Step(Protocol):
    """Does one slice: of the rows whose id is greater than ``after``."""

    def __call__(self, connection: sqlite3.Connection, after: int) -> Slice: ...


def listing(wanted: Filter, limit: int, file: int) -> Step:
    """Steps that list rows, without their bodies, oldest first."""

    def step(connection: sqlite3.Connection, after: int) -> Slice:
        values, last = _slice(connection, ", ".join(_FIELDS), wanted, after, limit)
        return Slice([_described(each, file) for each in values], last)

    return step


def counting(wanted: Filter, action: str) -> Step:
    """Steps that count the rows that ``retry`` or ``drop`` would change: tag, state and number, for each slice anew."""
    states = ", ".join(str(_STATES.index(state)) for state in _MAY[action])
    where, values = wanted.where()
    query = (
        f"SELECT tag, state, count(*) FROM rows WHERE id > ? AND id <= ? AND {where} AND state IN ({states}) GROUP BY tag, state"
    )

    def step(connection: sqlite3.Connection, after: int) -> Slice:
        last = _end(connection, after)
        if last is None:
            return Slice([], None)
        found = connection.execute(query, (after, last, *values)).fetchall()
        return Slice([(tag, _STATES[state], rows) for tag, state, rows in found], last)

    return step


def changing(wanted: Filter, action: str, now: int, due_at: int) -> Step:
    """Steps that change rows which are not on the wire.

    ``retry`` queues them for ``due_at``, their age and their crashes forgotten; ``drop`` removes them.
    """
    effect = {
        "retry": "UPDATE rows SET state = 0, due_at = :due_at, since = :now, attempts = 0, crashes = 0",
        "drop": "DELETE FROM rows",
    }
    keys = "INSERT INTO dropped SELECT id, once FROM rows WHERE once IS NOT NULL AND id IN (SELECT value FROM json_each(?))"

    def step(connection: sqlite3.Connection, after: int) -> Slice:
        values, last = _slice(connection, "id, tag, destination, state", wanted, after, SLICE)
        touched = [Touched(number, tag, place, _STATES[state]) for number, tag, place, state in values]
        touched = [row for row in touched if row.state in _MAY[action]]
        ids = str([row.id for row in touched])
        if action == "drop":
            connection.execute(keys, (ids,))
        connection.execute(
            f"{effect[action]} WHERE id IN (SELECT value FROM json_each(:ids))", {"ids": ids, "now": now, "due_at": due_at}
        )
        return Slice(touched, last)

    return step


_MAY = {"retry": ("queued", "dead"), "drop": ("queued", "dead", "held")}


def _slice(
    connection: sqlite3.Connection, columns: str, wanted: Filter, after: int, limit: int
) -> tuple[list[tuple[Any, ...]], int | None]:
    last = _end(connection, after)
    if last is None:
        return [], None
    where, values = wanted.where()
    query = f"SELECT {columns} FROM rows WHERE id > ? AND id <= ? AND {where} ORDER BY id LIMIT ?"
    return connection.execute(query, (after, last, *values, limit)).fetchall(), last


def _end(connection: sqlite3.Connection, after: int) -> int | None:
    """The last id of the slice that begins behind ``after``; None where nothing is left."""
    query = "SELECT max(id) FROM (SELECT id FROM rows WHERE id > ? ORDER BY id LIMIT ?)"
    (last,) = connection.execute(query, (after, SLICE)).fetchone()
    return None if last is None else int(last)


def show(connection: sqlite3.Connection, id: int, file: int) -> dict[str, Any] | None:
    """One row with the payload as it is stored, which holds no secret; None where it is not there."""
    query = f"SELECT {', '.join(_FIELDS)}, CAST(body AS TEXT) FROM rows WHERE id = ?"
    found = connection.execute(query, (id,)).fetchone()
    return _described(found[:-1], file) | {"body": json_body(found[-1])} if found else None


def status(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """How many rows each tag has in each state, and when the oldest of them was received. Reads the whole file."""
    query = "SELECT tag, state, count(*), min(received_at) FROM rows GROUP BY tag, state ORDER BY tag, state"
    return [
        {"tag": tag, "state": _STATES[state], "rows": rows, "oldest": oldest}
        for tag, state, rows, oldest in connection.execute(query)
    ]


def _described(values: tuple[Any, ...], file: int) -> dict[str, Any]:
    row = dict(zip(_FIELDS, values, strict=True))
    return row | {"id": f"{file}-{row['id']}", "state": _STATES[row["state"]]}
