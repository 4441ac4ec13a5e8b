"""``keys.db``: which keys have been seen, shared by the workers of a data folder.

A key is claimed (``pending``) for a row that is about to be written, and confirmed once that row is flushed. A trusted
sender's row takes a key over from a stranger's. A key is stored as its digest: it may be long, and personal. The journal is
a rollback journal that is truncated, since then a commit is on the disk when it returns; every transaction begins as a
writer, so that nobody decides on what is out of date.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from core.types import STRANGER, Sender
from server.outbox import files
from server.outbox.damage import is_damage, quick_check
from server.outbox.errors import OutboxError
from server.outbox.row import State

PRUNED_AT_ONCE = 100
"""Expired keys that one transaction removes at most."""

_SETTINGS = ("PRAGMA journal_mode = TRUNCATE", "PRAGMA synchronous = FULL", "PRAGMA busy_timeout = 5000")

_TABLE = """
CREATE TABLE IF NOT EXISTS keys (
    key     TEXT PRIMARY KEY,
    file    INTEGER NOT NULL,
    row     INTEGER NOT NULL,
    seen    INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    pending INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""

_SENDERS = """
CREATE TABLE IF NOT EXISTS senders (
    key      TEXT PRIMARY KEY,
    file     INTEGER NOT NULL,
    row      INTEGER NOT NULL,
    visitors TEXT NOT NULL,
    trusted  INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""
"""Who has a key. A table of its own: an earlier version, which goes on to use the file after a rollback, knows nothing of it."""

_FORGOTTEN = "CREATE TRIGGER IF NOT EXISTS forgotten AFTER DELETE ON keys BEGIN DELETE FROM senders WHERE key = old.key; END"

_INDEXES = (
    "CREATE INDEX IF NOT EXISTS expiry ON keys (expires) WHERE pending = 0",
    "CREATE INDEX IF NOT EXISTS claims ON keys (file) WHERE pending = 1",
)


@dataclass(frozen=True, slots=True)
class KeyClaim:
    """A key to claim for a row of this sender's, and for how long, in microseconds."""

    key: str
    row: int
    window: int
    sender: Sender = STRANGER


def digest(key: str) -> str:
    """A key as it is stored."""
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def claim(connection: sqlite3.Connection, file: int, wanted: Sequence[KeyClaim], now: int) -> Mapping[str, int] | None:
    """Claims all of these keys but the duplicates among them; of those, when the first was seen.

    None where another acceptance has claimed one of them and is not done: nothing is claimed then.
    """
    prune(connection, now)
    known = connection.execute(_KNOWN, (json.dumps([each.key for each in wanted]), now)).fetchall()
    if any(pending for _, _, pending, _, _ in known):
        return None
    senders = {each.key: each.sender for each in wanted}
    seen: dict[str, int] = {
        key: first for key, first, _, visitors, trusted in known if senders[key].gives_way_to(_first(visitors, trusted))
    }
    fresh = [each for each in wanted if each.key not in seen]
    values = [(each.key, file, each.row, now, now + each.window) for each in fresh]
    owners = [(each.key, file, each.row, " ".join(each.sender.visitors), each.sender.trusted) for each in fresh]
    connection.executemany("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?, 1)", values)
    connection.executemany("INSERT OR REPLACE INTO senders VALUES (?, ?, ?, ?, ?)", owners)
    return seen


_KNOWN = (
    "SELECT keys.key, seen, pending, visitors, trusted FROM keys"
    " LEFT JOIN senders ON senders.key = keys.key AND senders.file = keys.file AND senders.row = keys.row"
    " WHERE keys.key IN (SELECT value FROM json_each(?)) AND (pending = 1 OR expires > ?)"
)


def _first(visitors: str | None, trusted: int | None) -> Sender:
    """Who has the key. An earlier version does not say it: what it has let in suppresses all others, as it would have there."""
    return Sender(tuple((visitors or "").split()), trusted is None or bool(trusted))


def confirm(connection: sqlite3.Connection, file: int, rows: Sequence[tuple[int, str]]) -> None:
    """These rows, ``(row, key)``, are flushed. A claim that is by now another row's, its window being over, is left alone."""
    values = [(key, file, row) for row, key in rows]
    connection.executemany("UPDATE keys SET pending = 0 WHERE key = ? AND file = ? AND row = ?", values)


def release(connection: sqlite3.Connection, file: int, rows: Sequence[tuple[int, str]]) -> None:
    """Gives back the keys of these rows, ``(row, key)``, unless another row has got one meanwhile."""
    values = [(key, file, row) for row, key in rows]
    connection.executemany("DELETE FROM keys WHERE key = ? AND file = ? AND row = ?", values)


def prune(connection: sqlite3.Connection, now: int) -> None:
    """Removes some of the keys that have expired."""
    connection.execute(
        "DELETE FROM keys WHERE key IN (SELECT key FROM keys INDEXED BY expiry WHERE pending = 0 AND expires <= ? LIMIT ?)",
        (now, PRUNED_AT_ONCE),
    )


class KeyFile:
    """The open file, as one thread uses it. ``set_aside`` is where a damaged one was put when this one was opened."""

    def __init__(self, connection: sqlite3.Connection, lock: files.SharedLock, set_aside: Path | None) -> None:
        self.connection = connection
        self.set_aside = set_aside
        self._lock = lock

    @classmethod
    def open(cls, folder: Path) -> KeyFile:
        """Opens it, or makes it. A damaged one is set aside where no other process has it open. Raises OutboxError."""
        path = path_in(folder)
        try:
            lock = files.SharedLock(path.with_suffix(".lock"))
        except OSError as error:
            raise OutboxError(f"{path}: its lock cannot be opened: {error.strerror}") from error
        try:
            aside = _prepare(path) if lock.alone else None
            lock.share()
            return cls(_connect(path), lock, aside)
        except (sqlite3.Error, OSError) as error:
            lock.release()
            raise OutboxError(f"{path}: cannot be opened: {error}") from error

    def close(self) -> None:
        """Closes it."""
        self.connection.close()
        self._lock.release()


def path_in(folder: Path) -> Path:
    """The file of this folder."""
    return folder / "keys.db"


def _prepare(path: Path) -> Path | None:
    """While nobody has it open: makes the file, or sets a damaged one aside; where that is. One that a process has died over is
    read as a whole.

    Closing any descriptor of the file would drop SQLite's locks on it, so this is not done while it is in use.
    """
    aside = files.set_aside_if_marked(path)
    unclean = files.is_filled(files.journal_of(path))
    try:
        _make(path)
        why = quick_check(path) if unclean else ""
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        why = str(error)
    if why:
        aside = files.set_aside(path, why)
        _make(path)
    return aside


def _make(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    _connect(path).close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for statement in (*_SETTINGS, _TABLE, *_INDEXES, _SENDERS, _FORGOTTEN):
            connection.execute(statement).fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def settle(folder: Path, number: int, rows: sqlite3.Connection) -> Path | None:
    """Ends what an acceptance into this file has left half done: confirms claims whose row is there, drops the others.

    Then the rows that waited for that are queued. Where a damaged ``keys.db`` was set aside, that is the result. Whoever
    calls it has the file's lock, so no owner of these claims lives. Raises OutboxError.
    """
    claimed = rows.execute(f"SELECT id, once FROM rows INDEXED BY claimed WHERE state = {State.CLAIMED}").fetchall()
    aside = None
    if path_in(folder).exists():
        with _transaction(folder) as file:
            there = [(row, key) for row, key in claimed if key is not None]
            confirm(file.connection, number, there)
            file.connection.execute("DELETE FROM keys WHERE pending = 1 AND file = ?", (number,))
            aside = file.set_aside
    rows.execute(f"UPDATE rows SET state = {State.QUEUED} WHERE state = {State.CLAIMED}")
    return aside


def forget(folder: Path, number: int) -> None:
    """Gives back every key of a file that is about to be set aside: nobody knows which of its rows have been delivered."""
    if path_in(folder).exists():
        with _transaction(folder) as file:
            file.connection.execute("DELETE FROM keys WHERE file = ?", (number,))


@contextlib.contextmanager
def _transaction(folder: Path) -> Iterator[KeyFile]:
    file = KeyFile.open(folder)
    try:
        file.connection.execute("BEGIN IMMEDIATE")
        yield file
        file.connection.execute("COMMIT")
    except sqlite3.Error as error:
        if is_damage(error):
            files.mark_damaged(path_in(folder), str(error))
        raise OutboxError(f"{path_in(folder)}: cannot be written: {error}") from error
    finally:
        file.close()
