"""A log that was left by an unclean stop: what is an ordinary end of it, and what is damage."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.outbox import files
from server.outbox.schema import connect
from server.outbox.sqlite import OutboxFile
from server.outbox.wal import Frame, Header, Verdict, frames, judge

FRAME = 24 + 4096
INSERT = (
    "INSERT INTO rows (tag, destination, state, received_at, since, due_at, attempts, event_group, position, client_id,"
    " event_name, body) VALUES ('ga4', 'https://v.example', 0, 1, 1, 1, 0, '', 0, '', 'e', ?)"
)


def commit(connection: sqlite3.Connection, bytes: int = 3000, rows: int = 2) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for _ in range(rows):
        connection.execute(INSERT, (b'"' + b"x" * bytes + b'"',))
    connection.execute("COMMIT")


@dataclass
class Killed:
    """The files of a process that died: its connection is still open, but nobody writes any more."""

    path: Path

    @property
    def log(self) -> Path:
        return files.log_of(self.path)

    @property
    def raw(self) -> bytes:
        return self.log.read_bytes()

    def frames(self) -> list[Frame]:
        with self.log.open("rb") as log:
            return list(frames(log, Header.of(log)))

    def start_of_last_commit(self) -> int:
        """The number, from 0, of its first frame."""
        ends = [number for number, frame in enumerate(self.frames()) if frame.size and frame.current]
        return ends[-2] + 1

    def changed(self, raw: bytes | bytearray) -> Verdict:
        other = self.log.with_name("changed")
        other.write_bytes(raw)
        return judge(other)


def copied(folder: Path, path: Path) -> Killed:
    folder.mkdir()
    for each in (path, files.log_of(path)):
        shutil.copy(each, folder / each.name)
    return Killed(folder / path.name)


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Killed]:
    """A log of many commits, the last of which has several frames."""
    path = tmp_path / "outbox-0.db"
    connection = connect(path)
    for number in range(25):
        commit(connection, rows=1 + number % 3)
    commit(connection, rows=6)
    yield copied(tmp_path / "killed", path)
    connection.close()


def flipped(raw: bytes, at: int, bytes: int, chance: random.Random) -> bytearray:
    changed = bytearray(raw)
    for place in range(at, min(at + bytes, len(raw))):
        changed[place] ^= chance.randrange(1, 256)
    return changed


@pytest.mark.parametrize("bytes", [1, 300, 10_000])
def test_whatever_is_flipped_before_the_last_commit_is_damage(killed: Killed, bytes: int) -> None:
    chance, raw = random.Random(bytes), killed.raw
    end = 32 + killed.start_of_last_commit() * FRAME
    for at in (0, 17, 25, *(chance.randrange(end) for _ in range(25))):
        assert killed.changed(flipped(raw, at, min(bytes, end - at), chance)).damage, at


def test_it_says_where_the_damage_is(killed: Killed) -> None:
    raw = bytearray(killed.raw)
    raw[32 + 4 * FRAME + 100] ^= 1
    assert killed.changed(raw).damage == "frame 5 of its log does not fit its checksum, and flushed commits stand behind it"
    raw[3] ^= 1
    assert killed.changed(raw).damage.startswith("the header of its log does not fit")


@pytest.mark.parametrize("byte", range(8, 16))
def test_salts_that_are_flipped_are_damage_too_although_no_checksum_covers_them(killed: Killed, byte: int) -> None:
    start = killed.start_of_last_commit()
    for number in (0, start - 2, start - 1):
        raw = bytearray(killed.raw)
        raw[32 + number * FRAME + byte] ^= 1
        assert killed.changed(raw).damage, number


def test_an_end_of_the_last_commit_that_does_not_fit_is_told_of(killed: Killed) -> None:
    """Nobody knows whether power failed before it was flushed, or a bit was flipped afterwards."""
    at = len(killed.raw) - FRAME
    for byte in (0, 9, 17, 24, FRAME - 1):
        raw = bytearray(killed.raw)
        raw[at + byte] ^= 1
        assert killed.changed(raw) == Verdict(torn=True), byte


def test_a_log_that_was_cut_off_anywhere_is_none(killed: Killed) -> None:
    raw, chance = killed.raw, random.Random(1)
    for at in (0, 1, 31, 32, 33, 32 + FRAME, *(chance.randrange(len(raw)) for _ in range(20))):
        assert killed.changed(raw[:at]) == Verdict(), at


def test_a_last_commit_of_which_power_loss_left_any_part_is_none(killed: Killed) -> None:
    raw, chance = killed.raw, random.Random(2)
    start = 32 + killed.start_of_last_commit() * FRAME
    for _ in range(40):
        torn = bytearray(raw)
        for sector in range(start // 512 + 1, len(raw) // 512):
            if chance.random() < 0.3:
                torn[sector * 512 : sector * 512 + 512] = bytes(512)
        assert killed.changed(torn).damage == ""


def test_a_last_commit_whose_end_is_there_and_whose_beginning_is_not_is_torn(killed: Killed) -> None:
    raw = bytearray(killed.raw)
    at = 32 + killed.start_of_last_commit() * FRAME
    raw[at : at + FRAME] = bytes(FRAME)
    assert killed.changed(raw) == Verdict(torn=True)


def test_frames_from_before_the_log_was_begun_anew_are_none(tmp_path: Path) -> None:
    path = tmp_path / "outbox-0.db"
    connection = connect(path)
    for _ in range(30):
        commit(connection)
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    commit(connection)
    killed = copied(tmp_path / "killed", path)
    found = killed.frames()
    assert len({frame.current for frame in found}) == 2
    assert judge(killed.log) == Verdict()
    connection.close()


@pytest.mark.parametrize("sector", [8, 16, 24, 512])
def test_a_torn_commit_before_frames_from_before_is_none_wherever_a_sector_ends(tmp_path: Path, sector: int) -> None:
    """Where only the beginning of a frame's head was written, the older frame behind it goes on from what stood there before."""
    path = tmp_path / "outbox-0.db"
    connection = connect(path)
    for _ in range(30):
        commit(connection)
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    commit(connection)
    before = files.log_of(path).read_bytes()
    commit(connection, rows=6)
    killed = copied(tmp_path / "killed", path)
    start, end = killed.start_of_last_commit(), max(n for n, frame in enumerate(killed.frames()) if frame.size and frame.salted)
    torn = bytearray(before)
    at = 32 + end * FRAME
    torn[at : at + sector] = killed.raw[at : at + sector]
    assert killed.changed(torn).damage == ""
    torn[32 + (start + 1) * FRAME : at] = killed.raw[32 + (start + 1) * FRAME : at]
    assert killed.changed(torn).damage == ""
    connection.close()


def test_what_a_transaction_has_spilled_and_taken_back_is_none(tmp_path: Path) -> None:
    path = tmp_path / "outbox-0.db"
    connection = connect(path)
    connection.execute("PRAGMA cache_size = 5")
    commit(connection)
    for rows in (120, 90):
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(rows):
            connection.execute(INSERT, (b"x" * 3000,))
        connection.execute("ROLLBACK")
        commit(connection, rows=3)
    killed = copied(tmp_path / "killed", path)
    found = killed.frames()
    assert not found[-1].size
    assert sum(frame.sound for frame in found) > 20
    assert judge(killed.log) == Verdict()
    connection.close()


def test_no_log_is_no_damage(tmp_path: Path) -> None:
    assert judge(tmp_path / "nothing") == Verdict()


def test_a_damaged_log_sets_the_file_aside_with_all_of_it(killed: Killed) -> None:
    """9. A damaged file is set aside, never deleted."""
    raw = bytearray(killed.raw)
    raw[len(raw) // 2] ^= 1
    killed.log.write_bytes(raw)
    file = OutboxFile.open(killed.path.parent, 0)
    assert file.set_aside == [killed.path.with_name("outbox-0.db.damaged-1")]
    assert files.log_of(file.set_aside[0]).read_bytes() == raw
    assert not file.found.waiting
    file.shut()


def test_a_torn_one_is_opened_and_nothing_of_it_stays_behind_the_end(killed: Killed) -> None:
    raw = bytearray(killed.raw)
    at = 32 + killed.start_of_last_commit() * FRAME
    raw[at : at + FRAME] = bytes(FRAME)
    killed.log.write_bytes(raw)
    file = OutboxFile.open(killed.path.parent, 0)
    assert file.set_aside == []
    assert sum(each.rows for each in file.found.waiting) == sum(1 + number % 3 for number in range(25))
    assert killed.log.stat().st_size < 4 * FRAME
    file.shut()
