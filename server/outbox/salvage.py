"""Brings back what can be read of a damaged file that was set aside: its rows get an outbox file of their own.

The rows are written beside the damaged file first (``….partial``), and once all of them are flushed under another name
(``….rows``). Then the damaged file is marked as salvaged by its name, and the rows become ``outbox-N.db``, which nobody holds: a
running process adopts it, or the next start does. Whoever is cut off in between and begins again neither loses nor doubles a
row: without ``….rows`` it begins anew, with it only the names are left to change.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from server.outbox import files
from server.outbox.errors import OutboxError
from server.outbox.image import Image, Record, Unreadable, Use
from server.outbox.row import FORMAT, State, json_body
from server.outbox.schema import connect
from server.system.files import reason

COLUMNS: Final[tuple[tuple[str, tuple[type, ...]], ...]] = (
    ("id", (type(None),)),
    ("tag", (str,)),
    ("destination", (str,)),
    *((name, (int,)) for name in ("state", "received_at", "since", "due_at", "attempts", "crashes", "format")),
    ("event_group", (str,)),
    ("position", (int,)),
    ("client_id", (str,)),
    ("event_name", (str,)),
    ("body", (bytes,)),
    ("secrets", (bytes, type(None))),
    ("why", (str,)),
)
"""The columns that every version's rows have, in the order in which they are stored. Later ones are not brought back: a key is
nobody's any more, and a vendor's answer is no loss.
"""

_KEYS: Final = "keys.db"
_STATES: Final = frozenset(State)
_BATCH: Final = 1000
_INSERT: Final = f"INSERT OR IGNORE INTO rows ({', '.join(name for name, _ in COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
_NUMBERED: Final = re.compile(r"outbox-(\d{1,6})\..*")


@dataclass(slots=True)
class Salvaged:
    """What came of it. ``file`` has the rows; None where there are none, or where it was a file of keys, which holds none."""

    aside: Path
    file: Path | None = None
    keys: bool = False
    rows: int = 0
    doubtful: int = 0
    """Of those: rows on pages of which nobody knows whether they were still in use, which may have been delivered before."""
    stale: int = 0
    """Pages whose latest version is unreadable, so that an earlier one may have been read."""
    unreadable_rows: int = 0
    unreadable_pages: int = 0


def salvage(path: Path) -> Salvaged:
    """Salvages the file. Raises OutboxError: nothing has changed then, or the same command goes on where it stopped."""
    if not files.is_aside(path):
        raise OutboxError(f"{path}: is not a file that was set aside, such as outbox-0.db.damaged-1")
    try:
        with _held(path):
            if path.name.startswith(_KEYS):
                files.rename(path, files.salvaged(path))
                return Salvaged(files.salvaged(path), keys=True)
            found = Salvaged(files.salvaged(path))
            if _rows(path).exists():
                found.rows = _count(_rows(path))
            else:
                _read(path, found)
            _publish(path, found)
            return found
    except OSError as error:
        raise OutboxError(f"{path}: cannot be salvaged: {reason(error)}") from error
    except sqlite3.Error as error:
        raise OutboxError(f"{path}: its rows cannot be written: {error}") from error


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """The damaged file, or what is left to do of it, for this process alone."""
    held = next((each for each in (path, _rows(path)) if each.exists()), None)
    if held is None:
        done = files.salvaged(path).exists()
        raise OutboxError(f"{path}: {'was salvaged before; nothing is left to do' if done else 'there is no such file'}")
    lock = files.FileLock(held)
    if not lock.take():
        raise OutboxError(f"{path}: somebody else is salvaging it")
    try:
        yield
    finally:
        lock.release()


def _rows(path: Path) -> Path:
    return path.with_name(f"{path.name}.rows")


def _read(path: Path, found: Salvaged) -> None:
    """Writes every row that can be read into a file beside the damaged one; where that fails, it takes no room any more."""
    partial = path.with_name(f"{path.name}.partial")
    files.remove(partial)
    try:
        with Image(path) as image:
            _write(image, partial, found)
    except (OSError, sqlite3.Error, OutboxError):
        files.remove(partial)
        raise
    partial.rename(_rows(path))


def _write(image: Image, partial: Path, found: Salvaged) -> None:
    """Writes the rows, all of them into the file itself.

    Closing would fold the log too, but pass over a disk without room in silence; and the log is not renamed with the file.
    """
    connection = connect(partial)
    try:
        _copy(image, connection, found)
        found.rows = connection.execute("SELECT count(*) FROM rows").fetchone()[0]
        (latest,) = connection.execute("SELECT coalesce(max(format), 0) FROM rows").fetchone()
        connection.execute(f"PRAGMA user_version = {max(FORMAT, latest)}")
        left = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        connection.close()
    found.stale = image.bad_frames
    if left or files.is_filled(files.log_of(partial)):
        raise OutboxError(f"{partial}: its log cannot be folded into it now")


def _copy(image: Image, connection: sqlite3.Connection, found: Salvaged) -> None:
    batch: list[Sequence[Any]] = []
    for page in image.latest_first():
        batch += _of_page(image, page, found)
        if len(batch) >= _BATCH:
            _insert(connection, batch)
            batch = []
    _insert(connection, batch)


def _insert(connection: sqlite3.Connection, batch: Sequence[Sequence[Any]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(_INSERT, batch)
    connection.execute("COMMIT")


def _of_page(image: Image, page: int, found: Salvaged) -> Iterator[Sequence[Any]]:
    use = image.use(page)
    if use not in (Use.UNKNOWN, Use.ROOT, Use.TREE):
        return
    if not image.is_readable(page):
        found.unreadable_pages += use is not Use.UNKNOWN
        return
    for record in image.records(page):
        try:
            values = _values(record)
        except Unreadable:
            found.unreadable_rows += 1
            continue
        if values is not None:
            found.doubtful += use is Use.UNKNOWN
            yield values


def _values(record: Record | Unreadable) -> Sequence[Any] | None:
    """A row to be stored; None where it is one of another table. Raises Unreadable."""
    if isinstance(record, Unreadable):
        raise record
    number, values = record
    if len(values) < len(COLUMNS):
        return None
    row = dict(zip((name for name, _ in COLUMNS), values, strict=False))
    if not all(isinstance(row[name], kinds) for name, kinds in COLUMNS) or row["state"] not in _STATES:
        raise Unreadable("it is no row of the outbox")
    try:
        json_body(row["body"].decode())  # type: ignore[union-attr]  # it is bytes, as was just seen
    except ValueError as error:
        raise Unreadable("its payload is no JSON") from error
    return list((row | {"id": number, "state": _state(row["state"])}).values())


def _state(state: Any) -> int:
    """A claimed row's key is given back: it waits like any other."""
    return State.QUEUED.value if state == State.CLAIMED else int(state)


def _count(rows: Path) -> int:
    connection = sqlite3.connect(f"file:{rows}?mode=ro", uri=True)
    try:
        count: int = connection.execute("SELECT count(*) FROM rows").fetchone()[0]
        return count
    finally:
        connection.close()


def _publish(path: Path, found: Salvaged) -> None:
    """From here on the damaged file counts as salvaged, and its rows are anybody's who looks for files that nobody holds."""
    rows, folder = _rows(path), path.parent
    owner = rows.stat() if not path.exists() else path.stat()
    files.rename(path, found.aside)
    if not found.rows:
        files.remove(rows)
        return
    number = 1 + max(int(name[1]) for each in os.scandir(folder) if (name := _NUMBERED.fullmatch(each.name)))
    lock = files.lock_of(folder, number)
    if not lock.take():
        raise OutboxError(f"{path}: another process has just taken outbox-{number}.db; try again")
    try:
        found.file = files.database(folder, number)
        for each in (rows, folder / f"outbox-{number}.lock"):
            os.chown(each, owner.st_uid, owner.st_gid)
        rows.rename(found.file)
    finally:
        lock.release()
