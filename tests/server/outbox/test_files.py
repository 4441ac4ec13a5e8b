"""The files of the data folder."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import nullcontext
from pathlib import Path

import pytest

from server.outbox import FolderOutbox, OutboxError, files, sqlite
from server.outbox.sqlite import OutboxFile
from tests.server.outbox.played import Cut, cut_after


def test_the_numbers_of_the_files(tmp_path: Path) -> None:
    for name in ("outbox-10.db", "outbox-2.db", "outbox-2.db-wal", "outbox-x.db", "outbox-3.db.damaged-1", "outbox-4.lock"):
        (tmp_path / name).write_text("")
    assert list(files.numbers(tmp_path)) == [2, 10]


def test_a_file_that_cannot_be_opened_is_said_in_words_and_not_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> sqlite3.Connection:
        error = sqlite3.OperationalError("unable to open database file")
        error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(sqlite, "connect", refuse)
        with pytest.raises(OutboxError, match="cannot be opened: unable to open database file"):
            OutboxFile.open(tmp_path, 0)
    OutboxFile.open(tmp_path, 0).shut()
    assert not list(tmp_path.glob("*damaged*"))


def test_a_file_of_a_worker_of_this_configuration_is_not_adopted(tmp_path: Path) -> None:
    import asyncio

    for number in (1, 2, 3):
        OutboxFile.open(tmp_path, number).shut()
    outbox = FolderOutbox.open(tmp_path, 0, max_size=1 << 34, workers=2)
    adopted = asyncio.run(outbox.adopt({0}))
    assert [file.number for file in adopted] == [2, 3]
    for file in (outbox.own, *adopted):
        asyncio.run(file.close())


def test_a_lock_that_cannot_be_opened_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "outbox-0.lock").mkdir()
    with pytest.raises(OutboxError, match="its lock cannot be opened: Is a directory"):
        OutboxFile.open(tmp_path, 0)


def test_what_belongs_to_a_damaged_file_goes_aside_with_it(tmp_path: Path) -> None:
    """9. A damaged file is set aside, never deleted."""
    for suffix in ("", "-wal", "-journal", "-shm"):
        (tmp_path / f"keys.db{suffix}").write_text(suffix)
    files.mark_damaged(tmp_path / "keys.db", "why")
    assert files.set_aside_if_marked(tmp_path / "keys.db") == tmp_path / "keys.db.damaged-1"
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "keys.db.damaged-1": "",
        "keys.db.damaged-1-wal": "-wal",
        "keys.db.damaged-1-journal": "-journal",
    }


@pytest.mark.parametrize("renames", range(3))
@pytest.mark.parametrize("marked", [True, False])
def test_whoever_is_cut_off_while_a_file_is_set_aside_leaves_its_log_to_it(
    tmp_path: Path, renames: int, marked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """9. A damaged file is set aside, never deleted: not without its log either, in which most of its rows may stand."""
    path = tmp_path / "outbox-0.db"
    for suffix in ("", "-wal"):
        (tmp_path / f"outbox-0.db{suffix}").write_text(f"before{suffix}")
    (tmp_path / "outbox-0.db.damaged-1.salvaged").write_text("another one, from before")
    if marked:
        files.mark_damaged(path, "why")
    cut_after(monkeypatch, renames)
    with pytest.raises(Cut) if renames < 2 else nullcontext():
        files.set_aside(path, "why")
    monkeypatch.undo()
    if renames < 2:
        assert files.marked(path) == "why"
        files.set_aside_if_marked(path)
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {
        "outbox-0.db.damaged-1.salvaged": "another one, from before",
        "outbox-0.db.damaged-2": "before",
        "outbox-0.db.damaged-2-wal": "before-wal",
    }


def test_whoever_is_cut_off_before_the_mark_is_gone_has_set_it_aside(tmp_path: Path) -> None:
    path = tmp_path / "outbox-0.db"
    path.write_text("before")
    aside = files.set_aside(path, "why")
    files.mark_damaged(path, "why")
    assert files.set_aside_if_marked(path) == aside
    assert [each.name for each in tmp_path.iterdir()] == [aside.name]


def test_a_file_is_set_aside_on_a_disk_without_room_for_a_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "outbox-0.db"
    path.write_text("before")
    monkeypatch.setattr(Path, "write_text", full)
    assert files.set_aside(path, "why").exists()


def test_a_shared_lock_tells_who_is_alone(tmp_path: Path) -> None:
    first = files.SharedLock(tmp_path / "lock")
    second = files.SharedLock(tmp_path / "lock")
    assert (first.alone, second.alone) == (True, False)
    first.share()
    second.share()
    third = files.SharedLock(tmp_path / "lock")
    assert not third.alone
    for lock in (first, second, third):
        lock.release()
