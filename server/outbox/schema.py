"""The table, its indexes and the settings of the one connection that writes."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from server.outbox.limits import LONE_FROM
from server.outbox.row import FORMAT, State

_SETTINGS = (
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA busy_timeout = 2000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA secure_delete = OFF",  # where SQLite is built to overwrite what is deleted, as Debian's is, deleting writes twice
)

_TABLE = """
CREATE TABLE IF NOT EXISTS rows (
    id          INTEGER PRIMARY KEY,
    tag         TEXT NOT NULL,
    destination TEXT NOT NULL,
    state       INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    since       INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    crashes     INTEGER NOT NULL DEFAULT 0,
    format      INTEGER NOT NULL DEFAULT {format},
    event_group TEXT NOT NULL,
    position    INTEGER NOT NULL,
    client_id   TEXT NOT NULL,
    event_name  TEXT NOT NULL,
    body        BLOB NOT NULL,
    secrets     BLOB,
    why         TEXT NOT NULL DEFAULT '',
    once        TEXT,
    answer      TEXT NOT NULL DEFAULT ''
) STRICT
"""

_LATER = {"once": "TEXT", "answer": "TEXT NOT NULL DEFAULT ''"}
"""Columns that the first version had not, in the order in which they came."""

_DROPPED = "CREATE TABLE IF NOT EXISTS dropped (row INTEGER NOT NULL, key TEXT NOT NULL) STRICT"
"""Keys of rows that an operator has dropped, until they are given back."""

_INDEXES = {
    "due": f"rows (tag, destination, due_at, id) WHERE state = {State.QUEUED} AND crashes < {LONE_FROM}",
    "lone": f"rows (due_at, id) WHERE state = {State.QUEUED} AND crashes >= {LONE_FROM}",
    "age": f"rows (tag, destination, since) WHERE state = {State.QUEUED}",
    "leased": f"rows (state) WHERE state = {State.LEASED}",
    "dead": f"rows (tag) WHERE state = {State.DEAD}",
    "buried": f"rows (due_at) WHERE state = {State.DEAD}",
    "held": f"rows (state) WHERE state = {State.HELD}",
    "claimed": f"rows (state) WHERE state = {State.CLAIMED}",
    "keyed": f"rows (state) WHERE state = {State.DEAD} AND once IS NOT NULL",
}


def connect(path: Path) -> sqlite3.Connection:
    """The one connection that writes and checkpoints this file. Whoever calls it holds the file's lock.

    It may be used in any one thread at a time. Raises sqlite3.DatabaseError where the file is damaged.
    """
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        for statement in (*_SETTINGS, _TABLE.format(format=FORMAT), _DROPPED):
            connection.execute(statement).fetchall()
        _add_what_is_missing(connection)
        _index(connection)
        _agree_on_format(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _add_what_is_missing(connection: sqlite3.Connection) -> None:
    """A file that an earlier version made lacks what came later. An earlier version, should it come back, leaves that alone."""
    columns = {name for (name,) in connection.execute("SELECT name FROM pragma_table_info('rows')")}
    for name, kind in _LATER.items():
        if name not in columns:
            connection.execute(f"ALTER TABLE rows ADD COLUMN {name} {kind}")


def _index(connection: sqlite3.Connection) -> None:
    """Makes the indexes. What a version with another limit has made is of no use to our statements: it is made anew."""
    made = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))
    for name, on in _INDEXES.items():
        wanted = f"CREATE INDEX {name} ON {on}"
        if made.get(name) != wanted:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(f"DROP INDEX IF EXISTS {name}")
            connection.execute(wanted)
            connection.execute("COMMIT")


def _agree_on_format(connection: sqlite3.Connection) -> None:
    """Releases held rows that this version reads. Those of a later version are held when every lease has been ended."""
    (latest,) = connection.execute("PRAGMA user_version").fetchone()
    connection.execute(f"UPDATE rows SET state = {State.QUEUED} WHERE state = {State.HELD} AND format <= ?", (FORMAT,))
    if latest < FORMAT:
        connection.execute(f"PRAGMA user_version = {FORMAT}")
