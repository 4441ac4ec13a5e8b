"""Whether a database is damaged."""

from __future__ import annotations

import sqlite3
from pathlib import Path

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def code(error: BaseException | None) -> int:
    """SQLite's primary code of an error; 0 where it is none of SQLite's own."""
    found: int = getattr(error, "sqlite_errorcode", 0)
    return found & 0xFF


def is_damage(error: BaseException | None) -> bool:
    """Whether the error says that the file is no sound database: it is set aside then."""
    return code(error) in _DAMAGED


def quick_check(path: Path) -> str:
    """What SQLite finds wrong with the file; empty where it is sound, or gone or busy and thus not to be judged."""
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        return str(error) if is_damage(error) else ""
    return "" if verdict == "ok" else str(verdict)
