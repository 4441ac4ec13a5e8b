"""What a commit group executes: few statements, each over many rows.

A thread that runs SQLite gives the interpreter away at every step of a statement and must win it back from a busy event
loop, which can cost a switch interval each time. So rows go in by the chunk, ids travel as one JSON text, and what a
lease reads comes back as one value.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import orjson

from server.outbox.limits import AT_ONCE, LONE_FROM, LONGEST_ASKED_WAIT, LONGEST_WAIT, UNREADABLE
from server.outbox.row import COLUMNS, FORMAT, LEASED_COLUMNS, RARE_COLUMNS, Row, State, leased_row
from server.outbox.store import KeyedRow, Leased

_CHUNKS = (256, 128, 64, 32, 16, 8, 4, 2, 1)


class _Insert:
    """Inserts records of these columns, as many at a time as one of the CHUNKS has.

    The format stands in the statement: a table's default for it is that of the version which made the table.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._width = len(columns)
        row = f"({', '.join('?' * self._width)}, {FORMAT})"
        begin = f"INSERT INTO rows ({', '.join(columns)}, format) VALUES "
        self._sql = {size: begin + ", ".join([row] * size) for size in _CHUNKS}

    def __call__(self, connection: sqlite3.Connection, values: Sequence[Any]) -> None:
        """The values of the records follow each other."""
        start, rest = 0, len(values) // self._width
        while rest:
            size = next(size for size in _CHUNKS if size <= rest)
            end = start + size * self._width
            connection.execute(self._sql[size], values[start:end])
            start, rest = end, rest - size


insert = _Insert(COLUMNS)
insert_rare = _Insert((*COLUMNS, *RARE_COLUMNS))


def remove(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Deletes leased rows that were delivered. What was inserted together mostly goes together: ids without a gap are a range."""
    first, last = min(ids), max(ids)
    if last - first == len(set(ids)) - 1:
        connection.execute("DELETE FROM rows WHERE id BETWEEN ? AND ?", (first, last))
    else:
        connection.execute("DELETE FROM rows WHERE id IN (SELECT value FROM json_each(?))", (orjson.dumps(ids).decode(),))


Change: TypeAlias = tuple[int, int, int, str, str | None]
"""What becomes of a leased row: ``(id, state, due_at, why, answer)``; an answer that is None leaves the one from before."""


_SETTLE = (
    "UPDATE rows SET state = change.value ->> 1, due_at = change.value ->> 2, why = change.value ->> 3,"
    " answer = coalesce(change.value ->> 4, answer)"
    f" FROM json_each(?) AS change WHERE rows.id = change.value ->> 0 AND rows.state = {State.LEASED}"
)


def settle(connection: sqlite3.Connection, changes: Sequence[Change]) -> None:
    """Changes leased rows: they are queued again, or dead."""
    connection.execute(_SETTLE, (orjson.dumps(changes).decode(),))


_THESE = "id IN (SELECT value FROM json_each(?))"
_IN_COMPANY = f"state = {State.QUEUED} AND crashes < {LONE_FROM}"
_CHOOSE = (
    "SELECT json_group_array(id) FROM (SELECT id FROM rows INDEXED BY due"
    f" WHERE {_IN_COMPANY} AND tag = ? AND destination = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?)"
)
_CHOOSE_ONE = f"SELECT json_group_array(id) FROM rows WHERE state = {State.QUEUED} AND id = ?"
_TAKE = f"UPDATE rows SET state = {State.LEASED}, attempts = attempts + 1 WHERE state = {State.QUEUED} AND {_THESE}"
_READ = f"SELECT json_group_array(json_array({LEASED_COLUMNS})) FROM rows WHERE state = {State.LEASED} AND {_THESE}"
_NEXT = f"SELECT min(due_at) FROM rows INDEXED BY due WHERE {_IN_COMPANY} AND tag = ? AND destination = ?"


def lease(connection: sqlite3.Connection, tag: str, destination: str, now: int, limit: int) -> Leased:
    """Leases at most ``limit`` rows of this destination that are due. Rows that are sent alone are not among them."""
    (ids,) = connection.execute(_CHOOSE, (tag, destination, now, limit)).fetchone()
    rows, unreadable = _take(connection, tag, destination, ids) if ids != "[]" else ([], [])
    (next_due,) = connection.execute(_NEXT, (tag, destination)).fetchone()
    return Leased(rows, next_due, unreadable)


def lease_one(connection: sqlite3.Connection, tag: str, destination: str, id: int) -> Leased:
    """Leases this row; none where it is no longer queued."""
    (ids,) = connection.execute(_CHOOSE_ONE, (id,)).fetchone()
    rows, unreadable = _take(connection, tag, destination, ids)
    return Leased(rows, None, unreadable)


def _take(connection: sqlite3.Connection, tag: str, destination: str, ids: str) -> tuple[list[Row], list[int]]:
    connection.execute(_TAKE, (ids,))
    (text,) = connection.execute(_READ, (ids,)).fetchone()
    rows: list[Row] = []
    unreadable: list[int] = []
    for values in sorted(orjson.loads(text)):
        try:
            rows.append(leased_row(tag, destination, values))
        except (ValueError, TypeError):
            unreadable.append(values[0])
    if unreadable:
        connection.execute(_GIVE_UP, (UNREADABLE, orjson.dumps(unreadable).decode()))
    return rows, unreadable


_GIVE_UP = f"UPDATE rows SET state = {State.DEAD}, why = ? WHERE state = {State.LEASED} AND {_THESE}"

_EXPIRE = (
    f"UPDATE rows SET state = {State.DEAD}, why = ?, due_at = ? WHERE id IN (SELECT id FROM rows INDEXED BY age"
    f" WHERE state = {State.QUEUED} AND tag = ? AND destination = ? AND since < ? ORDER BY since LIMIT {AT_ONCE})"
)


def expire(connection: sqlite3.Connection, tag: str, destination: str, before: int, why: str, now: int) -> int:
    """Parks up to AT_ONCE queued rows whose age began before this time; how many."""
    return connection.execute(_EXPIRE, (why, now, tag, destination, before)).rowcount


_OLD = (
    "SELECT json_group_array(id) FROM (SELECT id FROM rows INDEXED BY buried"
    f" WHERE state = {State.DEAD} AND due_at < ? LIMIT {AT_ONCE})"
)
_THESE_DEAD = f"WHERE state = {State.DEAD} AND {_THESE}"


def remove_dead(connection: sqlite3.Connection, before: int) -> Mapping[str, int]:
    """Removes up to AT_ONCE dead letters that were given up before this time; how many of each tag.

    Not by their age: where the clock has jumped ahead, what waited has just been given up for that.
    """
    (ids,) = connection.execute(_OLD, (before,)).fetchone()
    tags = dict(connection.execute(f"SELECT tag, count(*) FROM rows {_THESE_DEAD} GROUP BY tag", (ids,)).fetchall())
    if tags:
        connection.execute(f"INSERT INTO dropped SELECT id, once FROM rows {_THESE_DEAD} AND once IS NOT NULL", (ids,))
        connection.execute(f"DELETE FROM rows {_THESE_DEAD}", (ids,))
    return tags


def bring_forward(connection: sqlite3.Connection, now: int) -> None:
    """Lets no row wait for longer than a row may. Rows of the future say that the clock went back after they were queued."""
    (youngest,) = connection.execute(f"SELECT max(since) FROM rows INDEXED BY age WHERE state = {State.QUEUED}").fetchone()
    jumped = youngest is not None and youngest > now
    latest = now + (LONGEST_WAIT if jumped else LONGEST_ASKED_WAIT)
    connection.execute(f"UPDATE rows SET due_at = ? WHERE state = {State.QUEUED} AND due_at > ?", (latest, latest))


def oldest(connection: sqlite3.Connection, tag: str, destination: str) -> int | None:
    """Where the age of the oldest queued row of this destination begins."""
    query = f"SELECT min(since) FROM rows INDEXED BY age WHERE state = {State.QUEUED} AND tag = ? AND destination = ?"
    found: int | None = connection.execute(query, (tag, destination)).fetchone()[0]
    return found


def unclaim(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Queues rows whose keys are confirmed."""
    query = f"UPDATE rows SET state = {State.QUEUED} WHERE state = {State.CLAIMED} AND {_THESE}"
    connection.execute(query, (orjson.dumps(ids).decode(),))


_LOST = (
    f"SELECT id, once FROM rows INDEXED BY keyed WHERE state = {State.DEAD} AND once IS NOT NULL"
    f" UNION ALL SELECT row, key FROM dropped LIMIT {AT_ONCE}"
)


def lost_keys(connection: sqlite3.Connection) -> list[KeyedRow]:
    """Keys that are to be given back, up to AT_ONCE: of dead letters, and of rows that were dropped."""
    return connection.execute(_LOST).fetchall()


def given_back(connection: sqlite3.Connection, lost: Sequence[KeyedRow]) -> None:
    """These rows have no key any more, whatever has become of them meanwhile."""
    connection.executemany("UPDATE rows SET once = NULL WHERE id = ? AND once = ?", lost)
    connection.executemany("DELETE FROM dropped WHERE row = ? AND key = ?", lost)
