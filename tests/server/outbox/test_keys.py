"""The thread that goes to ``keys.db``, while that is held elsewhere, full, failing, or being closed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from server.outbox import FolderOutbox, OutboxError, OutboxFailed, OutboxFull, files, keys
from server.outbox.keyfile import KeyClaim, KeyFile
from server.outbox.keys import Keys
from tests.server.outbox.played import Faulty, fault


def state(folder: Path) -> dict[str, list[int]]:
    file = KeyFile.open(folder)
    try:
        return {key: rest for key, *rest in file.connection.execute("SELECT key, file, row, pending FROM keys")}
    finally:
        file.close()


async def faulty(folder: Path) -> tuple[Keys, Faulty]:
    shared = Keys(folder)
    await shared.claim(0, [], 0)
    assert shared._file is not None
    connection = Faulty(shared._file.connection)
    shared._file.connection = connection  # type: ignore[assignment]
    return shared, connection


def times(number: int, error: sqlite3.Error, at: str) -> Callable[[str], sqlite3.Error | None]:
    left = [error] * number
    return lambda statement: left.pop() if left and statement.startswith(at) else None


@pytest.mark.parametrize("at", ["BEGIN", "COMMIT"])
@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN])
def test_what_cannot_be_written_now_refuses_claims_and_settles_later(
    tmp_path: Path, at: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """13. What was refused, dropped or given up suppresses nothing."""

    async def run() -> None:
        shared, connection = await faulty(tmp_path)
        await shared.claim(0, [KeyClaim("a", 1, 10)], 0)
        connection.fault = times(1, fault(code), at)
        with pytest.raises(OutboxFull, match="cannot be written now"):
            await shared.claim(0, [KeyClaim("b", 2, 10)], 0)
        connection.fault = times(3, fault(code), at)
        await shared.confirm(0, [(1, "a")])
        await shared.close()

    monkeypatch.setattr(keys, "RETRY", 0.001)
    asyncio.run(run())
    assert state(tmp_path) == {"a": [0, 1, 0]}


def test_closing_gives_what_is_left_one_last_try(tmp_path: Path) -> None:
    async def run() -> None:
        shared, connection = await faulty(tmp_path)
        connection.fault = lambda text: fault(sqlite3.SQLITE_BUSY) if text == "BEGIN IMMEDIATE" else None
        confirming = asyncio.ensure_future(shared.confirm(0, [(1, "a")]))
        await asyncio.sleep(0)
        await shared.close()
        with pytest.raises(OutboxFull):
            await confirming

    asyncio.run(run())


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_CORRUPT])
def test_a_disk_that_fails_ends_it(tmp_path: Path, code: int) -> None:
    """8. After a write or a flush has failed nothing more is written by this process; only "no room" is not a failure."""

    async def run() -> None:
        shared, connection = await faulty(tmp_path)
        heard: list[Exception] = []
        shared.failed = heard.append
        connection.fault = lambda text: fault(code) if text == "COMMIT" else None
        asked = [shared.claim(0, [KeyClaim(str(n), n, 10)], 0) for n in range(3)]
        for result in await asyncio.gather(*asked, return_exceptions=True):
            assert isinstance(result, OutboxFailed)
        connection.fault = lambda _: None
        with pytest.raises(OutboxFailed):
            await shared.confirm(0, [(0, "0")])
        assert [type(error) for error in heard] == [OutboxFailed]
        await shared.close()

    asyncio.run(run())
    assert bool(files.marked(tmp_path / "keys.db")) is (code == sqlite3.SQLITE_CORRUPT)


def test_what_was_asked_while_it_failed_is_refused_too(tmp_path: Path) -> None:
    async def run() -> None:
        shared, connection = await faulty(tmp_path)
        connection.fault = lambda text: fault(sqlite3.SQLITE_IOERR) if text == "COMMIT" else None
        first = asyncio.ensure_future(shared.claim(0, [KeyClaim("a", 1, 10)], 0))
        await asyncio.sleep(0)
        assert shared._thread is not None
        shared._thread.join()
        later = shared._ask(lambda _: None, patient=True)
        assert all(isinstance(each, OutboxFailed) for each in await asyncio.gather(first, later, return_exceptions=True))

    asyncio.run(run())


def test_a_file_that_cannot_be_opened_refuses_until_it_can(tmp_path: Path) -> None:
    async def run() -> None:
        shared = Keys(tmp_path)
        (tmp_path / "keys.db").mkdir()
        with pytest.raises(OutboxError, match="cannot be opened"):
            await shared.claim(0, [KeyClaim("a", 1, 10)], 0)
        never = Keys(tmp_path)
        with pytest.raises(OutboxError):
            await never.claim(0, [], 0)
        await never.close()
        (tmp_path / "keys.db").rmdir()
        (tmp_path / "keys.db").write_bytes(b"nonsense" * 1000)
        assert await shared.claim(0, [KeyClaim("a", 1, 10)], 0) == {}
        assert [path.name for path in shared.set_aside] == ["keys.db.damaged-1"]
        await shared.close()

    asyncio.run(run())


def test_who_has_gone_is_not_told(tmp_path: Path) -> None:
    async def run() -> None:
        shared, connection = await faulty(tmp_path)
        for code in (0, sqlite3.SQLITE_BUSY):
            connection.fault = times(1, fault(code), "BEGIN") if code else lambda _: None
            asked = asyncio.ensure_future(shared.claim(0, [KeyClaim("a", 1, 10)], 0))
            await asyncio.sleep(0)
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)
            await shared.confirm(0, [])
        await shared.close()

    asyncio.run(run())
    assert state(tmp_path) == {"a": [0, 1, 1]}


def test_an_outbox_that_never_saw_a_key_closes_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        outbox = FolderOutbox.open(tmp_path, 0, max_size=1 << 34, workers=1)
        await outbox.keys.close()
        await outbox.own.close()

    asyncio.run(run())
    assert not (tmp_path / "keys.db").exists()
