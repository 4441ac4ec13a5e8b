"""A disk without room, a disk that fails, a file that is damaged."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from functools import partial
from pathlib import Path

import pytest

from core.types import Payload
from server.outbox import OutboxFailed, OutboxFull, files, writer
from server.outbox.damage import quick_check
from server.outbox.row import State, record
from server.outbox.sqlite import OutboxFile
from server.outbox.statements import insert
from tests.server.outbox.played import BROKEN, FULL, Faulty, Put, fault, faulty


async def opened(folder: Path) -> tuple[OutboxFile, Faulty]:
    file = OutboxFile.open(folder, 0)
    connection = faulty(file)
    file.start(asyncio.get_running_loop())
    return file, connection


def put(file: OutboxFile, state: State = State.LEASED) -> asyncio.Future[None]:
    file.insert("ga4", Payload("a", "https://v.example"), state, 0)
    listener = Put()
    file.put(listener)
    return listener.future


def states(folder: Path) -> list[int]:
    connection = sqlite3.connect(folder / "outbox-0.db")
    try:
        return [state for (state,) in connection.execute("SELECT state FROM rows")]
    finally:
        connection.close()


@pytest.mark.parametrize("statement", ["INSERT", "COMMIT", "BEGIN"])
def test_no_room_refuses_new_rows_and_settlements_wait_for_room(
    tmp_path: Path, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1. One that is refused left no row. 8. … only "no room" is not a failure."""
    monkeypatch.setattr(writer, "RETRY_WHEN_FULL", 0.001)

    async def run() -> None:
        file, disk = await opened(tmp_path)
        filled: list[bool] = []
        file.full = lambda: filled.append(True)
        await put(file)
        tries = [fault(*FULL)] * 3
        disk.fault = lambda text: tries.pop() if tries and text.startswith((statement, "DELETE")) else None
        refused = put(file)
        file.remove([1])
        with pytest.raises(OutboxFull):
            await refused
        await file.flush()
        assert (states(tmp_path), bool(filled)) == ([], True)
        await put(file)
        assert states(tmp_path) == [State.LEASED]
        await file.close()

    asyncio.run(run())


def test_closing_on_a_full_disk_ends(tmp_path: Path) -> None:
    async def run() -> None:
        file, disk = await opened(tmp_path)
        await put(file)
        disk.fault = lambda text: fault(*FULL) if text.startswith("DELETE") else None
        file.remove([1])
        await asyncio.wait_for(file.close(), 60)

    asyncio.run(run())


def test_whoever_asks_a_file_that_was_closed_meanwhile_is_refused(tmp_path: Path) -> None:
    """An operator's command goes on with the next slice of a file that was empty, and was let go."""

    async def run() -> None:
        file, _ = await opened(tmp_path)
        await file.close()
        with pytest.raises(OutboxFailed, match="was closed meanwhile"):
            await asyncio.wait_for(file._answer(lambda _: None), 60)

    asyncio.run(run())


def test_a_failed_flush_is_never_repeated_and_nothing_follows_it(tmp_path: Path) -> None:
    """8. After a write or a flush has failed nothing more is written by this process."""

    async def run() -> None:
        file, disk = await opened(tmp_path)
        failed: list[Exception] = []
        file.failed = failed.append
        disk.fault = lambda text: fault(*BROKEN) if text == "COMMIT" else None
        one, question = put(file), asyncio.ensure_future(file._answer(lambda _: 1))
        results = await asyncio.gather(one, question, return_exceptions=True)
        assert all(isinstance(result, OutboxFailed) for result in results)
        assert [str(error) for error in failed] == ["the outbox cannot write: disk I/O error"]
        seen = len(disk.seen)
        with pytest.raises(OutboxFailed):
            await put(file)
        await file.flush()
        assert disk.seen[seen:] == []
        await file.close()

    asyncio.run(run())


def test_a_failed_checkpoint_is_a_failure_too_and_what_was_handed_over_meanwhile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "CHECKPOINT_AFTER", 1)
    go_on = threading.Event()

    def broken(text: str) -> sqlite3.Error | None:
        return fault(*BROKEN) if "checkpoint" in text and go_on.wait(60) else None

    async def run() -> None:
        file, disk = await opened(tmp_path)
        failed: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        file.failed = failed.set_result
        disk.fault = broken
        await put(file)
        later = put(file)
        await asyncio.sleep(0)
        go_on.set()
        assert "disk I/O error" in str(await failed)
        with pytest.raises(OutboxFailed, match="disk I/O error"):
            await later
        await file.close()

    asyncio.run(run())


def test_damage_that_is_met_sets_the_file_aside_at_the_next_start(tmp_path: Path) -> None:
    """9. A damaged file is set aside, never deleted."""

    async def run() -> None:
        file, disk = await opened(tmp_path)
        await put(file)
        disk.fault = lambda text: fault(sqlite3.SQLITE_CORRUPT, "malformed") if text == "COMMIT" else None
        with pytest.raises(OutboxFailed):
            await put(file)
        await file.close()

    asyncio.run(run())
    file = OutboxFile.open(tmp_path, 0)
    assert file.set_aside == [tmp_path / "outbox-0.db.damaged-1"]
    assert file.set_aside[0].exists()
    assert states(tmp_path) == []
    file.shut()
    again = OutboxFile.open(tmp_path, 0)
    assert again.set_aside == []
    again.shut()


def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    """9. A damaged file is set aside, never deleted."""
    (tmp_path / "outbox-0.db").write_bytes(b"this is not a database" * 100)
    (tmp_path / "outbox-0.db.damaged-1").write_bytes(b"an earlier one")
    file = OutboxFile.open(tmp_path, 0)
    assert file.set_aside == [tmp_path / "outbox-0.db.damaged-2"]
    assert file.set_aside[0].read_bytes().startswith(b"this is not")
    file.shut()


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)


def test_after_an_unclean_stop_the_file_is_checked_beside_the_work(tmp_path: Path) -> None:
    async def fill() -> None:
        file, _ = await opened(tmp_path)
        for _ in range(50):
            await put(file)
        await file.close()

    async def run() -> None:
        file = OutboxFile.open(tmp_path, 0)
        file.unclean = True
        failed: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        file.failed = failed.set_result
        damage(file.path)
        file.start(asyncio.get_running_loop())
        assert "is damaged" in str(await failed)
        await file.close()

    asyncio.run(fill())
    asyncio.run(run())
    assert (tmp_path / "outbox-0.db.damaged").exists()


def test_a_sound_file_passes_the_check(tmp_path: Path) -> None:
    async def run() -> None:
        file, _ = await opened(tmp_path)
        await put(file)
        assert quick_check(file.path) == ""
        file._check(asyncio.get_running_loop())
        await file.close()

    asyncio.run(run())


def test_a_file_that_is_gone_is_not_called_damaged(tmp_path: Path) -> None:
    assert quick_check(tmp_path / "nothing.db") == ""


def test_a_log_that_was_left_is_an_unclean_stop(tmp_path: Path) -> None:
    path = files.database(tmp_path, 0)
    assert not files.stopped_uncleanly(path)
    (tmp_path / "outbox-0.db-wal").write_bytes(b"x")
    assert files.stopped_uncleanly(path)


def test_a_question_that_meets_a_broken_disk_ends_the_writing(tmp_path: Path) -> None:
    def broken(_: sqlite3.Connection) -> None:
        raise fault(*BROKEN)

    async def run() -> None:
        file, _ = await opened(tmp_path)
        with pytest.raises(OutboxFailed):
            await file._answer(broken)
        await file.close()

    asyncio.run(run())


def test_a_table_that_cannot_be_read_sets_the_file_aside(tmp_path: Path) -> None:
    """9. A damaged file is set aside, never deleted."""
    file = OutboxFile.open(tmp_path, 0)
    for n in range(300):
        values = record(n + 1, "ga4", Payload("x" * 500, "https://v.example"), State.LEASED, 0)
        file.ask_now(partial(insert, values=values))
    (root,) = file.ask_now(lambda c: c.execute("SELECT rootpage FROM sqlite_master WHERE name = 'rows'").fetchone())
    file.shut()
    with file.path.open("r+b") as raw:
        raw.seek((root - 1) * 4096)
        raw.write(b"\xff" * 4096)
    again = OutboxFile.open(tmp_path, 0)
    assert again.set_aside != []
    again.shut()


def test_whoever_asks_again_when_refused_is_refused_again_before_a_close(tmp_path: Path) -> None:
    async def run() -> None:
        file, disk = await opened(tmp_path)
        disk.fault = lambda text: fault(*BROKEN) if text == "COMMIT" else None
        with pytest.raises(OutboxFailed):
            await put(file)
        heard: list[object] = []

        def again(answer: object) -> None:
            heard.append(answer)
            if len(heard) == 1:
                file.lease("ga4", "https://v.example", 0, 1, again)

        file.lease("ga4", "https://v.example", 0, 1, again)
        await file.close()
        assert [type(answer) for answer in heard] == [OutboxFailed, OutboxFailed]

    asyncio.run(run())
