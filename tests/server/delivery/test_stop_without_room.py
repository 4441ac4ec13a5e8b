"""A stop ends within its grace, also where the disk has no room for what is still to be written."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

from core.types import Response

Stage = Any


class Full:
    """A connection to a file on a disk without room."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.is_full = False

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if self.is_full and statement == "COMMIT":
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        return self.connection.execute(statement, *values)

    @property
    def in_transaction(self) -> bool:
        return self.connection.in_transaction

    def close(self) -> None:
        self.connection.close()


def test_a_stop_does_not_wait_for_room(stage: Stage) -> None:
    """What could not be written is leased still, and goes out again after the next start."""

    async def scene() -> None:
        stage.open()
        file = stage.delivery.own.file
        full = Full(file._connection)
        file._connection = file._writer._connection = full
        answered = asyncio.Event()

        async def answer(_: Any) -> Response:
            full.is_full = True
            answered.set()
            return Response(204)

        stage.answer = answer
        await stage.accept("a")
        await asyncio.wait_for(answered.wait(), 5)
        await asyncio.wait_for(stage.delivery.stop(0.05), 10)
        assert stage.stored("state") == [(1,)]

    asyncio.run(scene())
