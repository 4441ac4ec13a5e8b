"""What the tests of the outbox play: whoever puts rows, a disk that fails, a process that dies between two renames."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.outbox.sqlite import OutboxFile

FULL = (sqlite3.SQLITE_FULL, "database or disk is full")
BROKEN = (sqlite3.SQLITE_IOERR_FSYNC, "disk I/O error")


class Put:
    """A receipt that can be awaited."""

    def __init__(self) -> None:
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def committed(self) -> None:
        self.future.set_result(None)

    def refused(self, error: Exception) -> None:
        self.future.set_exception(error)


class Faulty:
    """A connection on which statements fail as the test says."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.fault: Callable[[str], sqlite3.Error | None] = lambda _: None
        self.seen: list[str] = []

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        self.seen.append(statement)
        if error := self.fault(statement):
            raise error
        return self.connection.execute(statement, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


def fault(code: int, text: str = "so it is") -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


def faulty(file: OutboxFile) -> Faulty:
    """The connection of this file, which has not been started, from now on."""
    connection = Faulty(file._connection)
    file._connection = file._writer._connection = connection  # type: ignore[assignment]
    return connection


class Cut(Exception):
    """The process died here."""


def cut_after(monkeypatch: pytest.MonkeyPatch, renames: int) -> None:
    """The process dies instead of the next rename after so many, until this is undone."""
    left = [renames]
    real: Callable[[Path, Path], Path] = Path.rename

    def rename(path: Path, to: Path) -> Path:
        left[0] -= 1
        if left[0] < 0:
            raise Cut
        return real(path, to)

    monkeypatch.setattr(Path, "rename", rename)
