"""``keys.db`` itself: claims, how a file that is opened settles them, and a file that is held, full, failing or damaged."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.types import Payload
from server.outbox import Outbox, OutboxError, OutboxFailed, OutboxFull, files, keyfile, keys
from server.outbox.keyfile import KeyFile, Wanted, claim, confirm, digest, release
from server.outbox.keys import Keys
from server.outbox.row import State, record
from server.outbox.schema import connect
from server.outbox.sqlite import OutboxFile
from server.outbox.statements import insert

PLACE = "https://vendor.example"


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    file = KeyFile.open(folder)
    try:
        yield file.connection
    finally:
        file.close()


def state(folder: Path) -> dict[str, tuple[int, int, int]]:
    with opened(folder) as connection:
        return {key: rest for key, *rest in connection.execute("SELECT key, file, row, pending FROM keys")}


def test_a_claim_takes_all_keys_or_none(tmp_path: Path) -> None:
    with opened(tmp_path) as connection:
        assert claim(connection, 0, [Wanted("a", 1, 10), Wanted("b", 2, 10)], now=100) == {}
        assert claim(connection, 1, [Wanted("b", 1, 10), Wanted("c", 2, 10)], now=100) is None
        confirm(connection, 0, ["a", "b"])
        assert claim(connection, 1, [Wanted("b", 1, 10), Wanted("c", 2, 10)], now=109) == {"b": 100}
    assert state(tmp_path) == {"a": [0, 1, 0], "b": [0, 2, 0], "c": [1, 2, 1]}


def test_a_key_that_has_expired_is_free_and_a_claim_never_expires(tmp_path: Path) -> None:
    with opened(tmp_path) as connection:
        claim(connection, 0, [Wanted("a", 1, 10), Wanted("b", 2, 10)], now=100)
        confirm(connection, 0, ["a"])
        assert claim(connection, 0, [Wanted("a", 3, 10)], now=110) == {}
        assert claim(connection, 0, [Wanted("b", 4, 10)], now=110) is None
    assert state(tmp_path) == {"a": [0, 3, 1], "b": [0, 2, 1]}


def test_expired_keys_are_removed_a_few_at_a_time(tmp_path: Path) -> None:
    with opened(tmp_path) as connection:
        claim(connection, 0, [Wanted(str(n), n, 10) for n in range(250)], now=100)
        confirm(connection, 0, [str(n) for n in range(250)])
        left = []
        claim(connection, 0, [], now=109)
        for _ in range(3):
            claim(connection, 0, [], now=110)
            left += connection.execute("SELECT count(*) FROM keys").fetchone()
    assert left == [150, 50, 0]


def test_only_the_row_that_has_a_key_gives_it_back(tmp_path: Path) -> None:
    with opened(tmp_path) as connection:
        claim(connection, 0, [Wanted("a", 1, 10)], now=0)
        release(connection, 0, [(2, "a")])
        release(connection, 1, [(1, "a")])
        assert connection.execute("SELECT count(*) FROM keys").fetchone() == (1,)
        release(connection, 0, [(1, "a")])
        assert connection.execute("SELECT count(*) FROM keys").fetchone() == (0,)


def test_a_key_is_stored_as_its_digest(tmp_path: Path) -> None:
    assert digest("a" * 10**6) != digest("b")
    assert len(digest("ä\ud800")) == 32
    with opened(tmp_path):
        assert (tmp_path / "keys.db").stat().st_mode & 0o777 == 0o600


def leave(folder: Path, number: int, *rows: tuple[str, State]) -> None:
    """An outbox file as a process that died has left it; each row has a key of the same name."""
    connection = connect(files.database(folder, number))
    for position, (key, row_state) in enumerate(rows, 1):
        insert(connection, record(position, "t", Payload(key, PLACE), row_state, 0, key))
    connection.close()


def states(file: OutboxFile) -> list[tuple[int, ...]]:
    return file.ask_now(lambda connection: connection.execute("SELECT id, state FROM rows ORDER BY id").fetchall())


@pytest.mark.parametrize("number", [0, 7])
def test_opening_a_file_settles_its_claims(tmp_path: Path, number: int) -> None:
    """14. Opening a file settles its claims: confirmed where the row is there, given back where it is not."""
    leave(tmp_path, number, ("there", State.CLAIMED), ("done", State.CLAIMED))
    with opened(tmp_path) as connection:
        wanted = [Wanted("there", 1, 10), Wanted("done", 2, 10), Wanted("not there", 3, 10)]
        claim(connection, number, wanted, now=0)
        confirm(connection, number, ["done"])
        claim(connection, 3, [Wanted("another's", 1, 10)], now=0)
    file = OutboxFile.open(tmp_path, number)
    assert states(file) == [(1, State.QUEUED), (2, State.QUEUED)]
    assert file.found.waiting[0].rows == 2
    file.shut()
    assert state(tmp_path) == {"there": [number, 1, 0], "done": [number, 2, 0], "another's": [3, 1, 1]}


def test_without_keys_there_is_no_keys_db(tmp_path: Path) -> None:
    leave(tmp_path, 0, ("a", State.CLAIMED))
    file = OutboxFile.open(tmp_path, 0)
    assert states(file) == [(1, State.QUEUED)]
    file.shut()
    assert not (tmp_path / "keys.db").exists()


@pytest.mark.parametrize("how", ["marked", "nonsense"])
def test_a_file_that_is_set_aside_gives_all_its_keys_back(tmp_path: Path, how: str) -> None:
    """14. A file that is set aside takes none of its keys with it."""
    leave(tmp_path, 0, ("claimed", State.CLAIMED))
    with opened(tmp_path) as connection:
        claim(connection, 0, [Wanted("claimed", 1, 10), Wanted("confirmed", 2, 10)], now=0)
        confirm(connection, 0, ["confirmed"])
        claim(connection, 1, [Wanted("another's", 1, 10)], now=0)
    if how == "marked":
        files.mark_damaged(tmp_path / "outbox-0.db", "why")
    else:
        (tmp_path / "outbox-0.db").write_bytes(b"nonsense" * 1000)
    file = OutboxFile.open(tmp_path, 0)
    file.shut()
    assert [path.name for path in file.set_aside] == ["outbox-0.db.damaged-1"]
    assert state(tmp_path) == {"another's": [1, 1, 1]}


def test_a_file_of_an_earlier_version_gets_the_column(tmp_path: Path) -> None:
    leave(tmp_path, 0)
    connection = sqlite3.connect(tmp_path / "outbox-0.db")
    for statement in ("DROP INDEX keyed", "ALTER TABLE rows DROP COLUMN once"):
        connection.execute(statement)
    connection.close()
    leave(tmp_path, 0, ("a", State.QUEUED))
    file = OutboxFile.open(tmp_path, 0)
    assert states(file) == [(1, State.QUEUED)]
    file.shut()


def test_a_damaged_keys_db_is_set_aside_by_the_first_to_open_it(tmp_path: Path) -> None:
    """9. A damaged file is set aside, never deleted."""
    (tmp_path / "keys.db").write_bytes(b"nonsense" * 1000)
    file = OutboxFile.open(tmp_path, 0)
    assert [path.name for path in file.set_aside] == ["keys.db.damaged-1"]
    assert (tmp_path / "keys.db.damaged-1").read_bytes().startswith(b"nonsense")
    file.shut()
    again = OutboxFile.open(tmp_path, 0)
    assert again.set_aside == []
    again.shut()


def test_a_damaged_keys_db_that_others_use_is_left_alone(tmp_path: Path) -> None:
    with opened(tmp_path):
        (tmp_path / "keys.db").write_bytes(b"nonsense" * 1000)
        with pytest.raises(OutboxError, match=r"keys\.db: cannot be opened: file is not a database"):
            KeyFile.open(tmp_path)
    assert (tmp_path / "keys.db").exists()


def test_a_keys_db_that_cannot_be_opened_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "keys.lock").mkdir()
    with pytest.raises(OutboxError, match="its lock cannot be opened"):
        KeyFile.open(tmp_path)
    (tmp_path / "keys.lock").rmdir()
    (tmp_path / "keys.db").mkdir()
    with pytest.raises(OutboxError, match=r"outbox-0\.db: cannot be opened: .*keys\.db: cannot be opened"):
        OutboxFile.open(tmp_path, 0)
    (tmp_path / "keys.db").rmdir()
    OutboxFile.open(tmp_path, 0).shut()


def test_damage_that_settling_meets_is_marked_for_the_next_start(tmp_path: Path) -> None:
    """9. A damaged file is set aside, never deleted."""
    with opened(tmp_path):
        pass
    with (tmp_path / "keys.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"nonsense" * 1536)
    with pytest.raises(OutboxError, match=r"keys\.db: cannot be written: database disk image is malformed"):
        OutboxFile.open(tmp_path, 0)
    again = OutboxFile.open(tmp_path, 0)
    assert [path.name for path in again.set_aside] == ["keys.db.damaged-1"]
    again.shut()


def test_a_keys_db_that_is_busy_at_the_start_is_said_and_not_set_aside(tmp_path: Path) -> None:
    with opened(tmp_path) as connection, pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyfile, "_SETTINGS", ("PRAGMA busy_timeout = 1",))
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OutboxError, match="database is locked"):
            OutboxFile.open(tmp_path, 0)
        connection.execute("ROLLBACK")
    assert not files.marked(tmp_path / "keys.db")


def test_a_keys_db_that_cannot_be_written_is_no_damage(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(OutboxError, match="cannot be written: no such column"):  # noqa: SIM117
        with keyfile._transaction(tmp_path) as file:
            file.connection.execute("SELECT nowhere FROM keys")
    assert not files.marked(tmp_path / "keys.db")


# The thread.


class Faulty:
    """A connection on which statements fail as the test says."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.fault: Callable[[str], sqlite3.Error | None] = lambda _: None

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if error := self.fault(statement):
            raise error
        return self.connection.execute(statement, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


def fault(code: int, text: str = "so it is") -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


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
@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_LOCKED])
def test_what_cannot_be_written_now_refuses_claims_and_settles_later(
    tmp_path: Path, at: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """13. What was refused, dropped or given up suppresses nothing."""

    async def run() -> None:
        shared, connection = await faulty(tmp_path)
        await shared.claim(0, [Wanted("a", 1, 10)], 0)
        connection.fault = times(1, fault(code), at)
        with pytest.raises(OutboxFull, match="cannot be written now"):
            await shared.claim(0, [Wanted("b", 2, 10)], 0)
        connection.fault = times(3, fault(code), at)
        await shared.confirm(0, ["a"])
        await shared.close()

    monkeypatch.setattr(keys, "RETRY", 0.001)
    asyncio.run(run())
    assert state(tmp_path) == {"a": [0, 1, 0]}


def test_closing_gives_what_is_left_one_last_try(tmp_path: Path) -> None:
    async def run() -> None:
        shared, connection = await faulty(tmp_path)
        connection.fault = lambda text: fault(sqlite3.SQLITE_BUSY) if text == "BEGIN IMMEDIATE" else None
        confirming = asyncio.ensure_future(shared.confirm(0, ["a"]))
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
        asked = [shared.claim(0, [Wanted(str(n), n, 10)], 0) for n in range(3)]
        for result in await asyncio.gather(*asked, return_exceptions=True):
            assert isinstance(result, OutboxFailed)
        connection.fault = lambda _: None
        with pytest.raises(OutboxFailed):
            await shared.confirm(0, ["0"])
        assert [type(error) for error in heard] == [OutboxFailed]
        await shared.close()

    asyncio.run(run())
    assert files.marked(tmp_path / "keys.db") is (code == sqlite3.SQLITE_CORRUPT)


def test_what_was_asked_while_it_failed_is_refused_too(tmp_path: Path) -> None:
    async def run() -> None:
        shared, connection = await faulty(tmp_path)
        connection.fault = lambda text: fault(sqlite3.SQLITE_IOERR) if text == "COMMIT" else None
        first = asyncio.ensure_future(shared.claim(0, [Wanted("a", 1, 10)], 0))
        await asyncio.sleep(0)
        assert shared._thread is not None
        shared._thread.join()
        later = asyncio.ensure_future(shared.confirm(0, ["b"]))
        await asyncio.sleep(0)
        assert all(isinstance(each, OutboxFailed) for each in await asyncio.gather(first, later, return_exceptions=True))

    asyncio.run(run())


def test_a_file_that_cannot_be_opened_refuses_until_it_can(tmp_path: Path) -> None:
    async def run() -> None:
        shared = Keys(tmp_path)
        (tmp_path / "keys.db").mkdir()
        with pytest.raises(OutboxError, match="cannot be opened"):
            await shared.claim(0, [Wanted("a", 1, 10)], 0)
        (tmp_path / "keys.db").rmdir()
        (tmp_path / "keys.db").write_bytes(b"nonsense" * 1000)
        assert await shared.claim(0, [Wanted("a", 1, 10)], 0) == {}
        assert [path.name for path in shared.set_aside] == ["keys.db.damaged-1"]
        await shared.close()

    asyncio.run(run())


def test_who_has_gone_is_not_told(tmp_path: Path) -> None:
    async def run() -> None:
        shared, connection = await faulty(tmp_path)
        for code in (0, sqlite3.SQLITE_BUSY):
            connection.fault = times(1, fault(code), "BEGIN") if code else lambda _: None
            asked = asyncio.ensure_future(shared.claim(0, [Wanted("a", 1, 10)], 0))
            await asyncio.sleep(0)
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)
            await shared.confirm(0, [])
        await shared.close()

    asyncio.run(run())
    assert state(tmp_path) == {"a": [0, 1, 1]}


def test_an_outbox_that_never_saw_a_key_closes_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        outbox = Outbox.open(tmp_path, 0, max_size=1 << 34, workers=1)
        await outbox.keys.close()
        outbox.own.shut()

    asyncio.run(run())
    assert not (tmp_path / "keys.db").exists()
