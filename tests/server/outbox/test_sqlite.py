"""What only a store in a file promises: what others see of it on the disk."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from server.outbox import FolderOutbox, OutboxError, OutboxFailed
from server.outbox.row import State
from server.outbox.sqlite import OutboxFile
from tests.server.outbox.played import BROKEN, fault, faulty
from tests.server.outbox.stores import listed, payload, put


def test_a_confirmed_row_can_be_read_by_another_process(tmp_path: Path) -> None:
    """1. An acceptance is confirmed only after a flushed commit holds every row of it."""

    async def run() -> None:
        file = OutboxFile.open(tmp_path, 0)
        file.start(asyncio.get_running_loop())
        await put(file, payload(1), payload(2), state=State.LEASED)
        connection = sqlite3.connect(file.path)
        assert connection.execute("SELECT state, attempts FROM rows").fetchall() == [(State.LEASED, 1)] * 2
        connection.close()
        await file.close()

    asyncio.run(run())


def test_a_file_has_one_owner(tmp_path: Path) -> None:
    """5. One connection writes and checkpoints a file … under a lock that is held for the life of the process."""
    file = OutboxFile.open(tmp_path, 0)
    with pytest.raises(OutboxError, match="already running on this data folder"):
        OutboxFile.open(tmp_path, 0)
    file.shut()
    OutboxFile.open(tmp_path, 0).shut()


def test_files_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "data"
    outbox = FolderOutbox.open(folder, 0, max_size=1 << 30, workers=1)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    asyncio.run(outbox.own.close())


def test_a_question_that_raises_harms_nobody(tmp_path: Path) -> None:
    def fails(_: sqlite3.Connection) -> None:
        raise ValueError("mine")

    async def run() -> None:
        file = OutboxFile.open(tmp_path, 0)
        with pytest.raises(ValueError, match="mine"):
            await file._answer(fails)
        file.start(asyncio.get_running_loop())
        with pytest.raises(ValueError, match="mine"):
            await file._answer(fails)
        await put(file, payload(1))
        assert len(await listed(file)) == 1
        await file.close()

    asyncio.run(run())


def test_a_file_that_fails_before_it_is_started_says_so_in_words(tmp_path: Path) -> None:
    file = OutboxFile.open(tmp_path, 0)
    disk = faulty(file)
    disk.fault = lambda text: fault(*BROKEN) if text.startswith("SELECT") else None
    with pytest.raises(OutboxFailed, match=r"outbox-0.db: cannot be used: disk I/O error"):
        asyncio.run(file.last_id())
    disk.fault = lambda _: None
    assert asyncio.run(file.last_id()) == 0
    file.shut()
