"""What comes back of a damaged file, and that it comes back once."""

from __future__ import annotations

import random
import shutil
import sqlite3
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from core.types import Once, Payload
from server.outbox import OutboxError, files, keyfile, salvage
from server.outbox.image import Image, Use
from server.outbox.row import State, rare_record, record
from server.outbox.salvage import COLUMNS
from server.outbox.schema import connect
from server.outbox.sqlite import OutboxFile
from server.outbox.statements import insert, insert_rare, remove
from tests.server.outbox.played import Cut, cut_after

PAGE = 4096
NAMES = ", ".join(name for name, _ in COLUMNS if name != "id")


def fill(path: Path, rows: int = 300, chance: random.Random | None = None) -> sqlite3.Connection:
    """Rows of all sizes, of which every other one was delivered; the connection is left open, and its log as it is."""
    chance = chance or random.Random(0)
    connection = connect(path)
    for number in range(1, rows + 1):
        size = chance.choice([20, 900, 4000, 12_000])
        payload = Payload({"n": number, "text": "ü" * size}, "https://v.example", client_id="1.2", event_name="purchase")
        once = "key" if number % 5 == 0 else None
        state = State.CLAIMED if once else State(number % 4)
        connection.execute("BEGIN IMMEDIATE")
        insert_rare(connection, rare_record(number, "ga4", payload, state, number, once))
        connection.execute("COMMIT")
    for number in range(1, rows, 2):
        remove(connection, [number])
    for number in range(rows // 2, rows, 6):
        remove(connection, [number, number + 2])
    return connection


def stored(path: Path) -> dict[int, tuple[Any, ...]]:
    """A claimed row comes back as one that waits."""
    connection = sqlite3.connect(path)
    try:
        found = connection.execute(f"SELECT id, {NAMES.replace('state', 'iif(state = 4, 0, state)')} FROM rows").fetchall()
    finally:
        connection.close()
    return {row[0]: row[1:] for row in found}


class Damaged:
    """A file that was set aside, and what it held before."""

    def __init__(self, folder: Path, *, in_log: bool) -> None:
        (folder / "before").mkdir()
        path = folder / "before" / "outbox-0.db"
        connection = fill(path)
        if not in_log:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self.path = folder / "outbox-0.db.damaged-1"
        self.log = files.log_of(self.path)
        shutil.copy(path, self.path)
        shutil.copy(files.log_of(path), self.log)
        self.before = stored(path)
        connection.close()

    def overwrite(self, at: int, bytes: bytes, *, log: bool = False) -> None:
        with (self.log if log else self.path).open("r+b") as file:
            file.seek(at)
            file.write(bytes)


@pytest.fixture(params=[True, False], ids=["in the log", "in the file"])
def damaged(tmp_path: Path, request: pytest.FixtureRequest) -> Damaged:
    return Damaged(tmp_path, in_log=request.param)


@pytest.fixture
def in_file(tmp_path: Path) -> Damaged:
    return Damaged(tmp_path, in_log=False)


@pytest.fixture
def in_log(tmp_path: Path) -> Damaged:
    return Damaged(tmp_path, in_log=True)


def test_every_row_comes_back_and_no_other(damaged: Damaged) -> None:
    """9. A damaged file is set aside, never deleted; so is one that was salvaged."""
    found = salvage(damaged.path)
    assert found.file == damaged.path.with_name("outbox-1.db")
    assert stored(found.file) == damaged.before
    assert (found.rows, found.unreadable_rows, found.unreadable_pages, found.doubtful) == (len(damaged.before), 0, 0, 0)
    assert not damaged.path.exists()
    assert found.aside == damaged.path.with_name("outbox-0.db.damaged-1.salvaged")
    assert found.aside.exists()


@pytest.mark.parametrize("pages", [0.02, 1, 3], ids=["100 bytes", "the header and schema", "the table's root, too"])
def test_a_file_whose_beginning_is_gone_is_read_all_the_same(in_file: Damaged, pages: float) -> None:
    in_file.overwrite(0, random.Random(3).randbytes(int(pages * PAGE)))
    found = salvage(in_file.path)
    assert found.file is not None
    came_back = stored(found.file)
    assert {number: came_back[number] for number in in_file.before} == in_file.before
    assert len(came_back) == len(in_file.before) or found.doubtful


@pytest.mark.parametrize("seed", range(8))
def test_what_cannot_be_read_is_counted_and_what_comes_back_is_true(in_file: Damaged, seed: int) -> None:
    chance = random.Random(seed)
    pages = in_file.path.stat().st_size // PAGE
    for _ in range(3):
        in_file.overwrite(chance.randrange(4, pages) * PAGE, chance.choice([bytes(PAGE), chance.randbytes(300)]))
    found = salvage(in_file.path)
    assert found.file is not None
    came_back = stored(found.file)
    lost = in_file.before.keys() - came_back.keys()
    assert all(came_back[number][-3] == in_file.before[number][-3] for number in came_back)
    assert len(lost) < len(in_file.before) / 2
    assert not lost or found.unreadable_rows or found.unreadable_pages


def test_rows_behind_a_bad_frame_come_back(in_log: Damaged) -> None:
    at = in_log.log.stat().st_size // 3
    in_log.overwrite(at, random.Random(4).randbytes(300), log=True)
    found = salvage(in_log.path)
    assert found.file is not None
    came_back = stored(found.file)
    assert len(in_log.before.keys() & came_back.keys()) >= len(in_log.before) - 12
    assert found.stale >= 1


def test_a_log_without_its_header_is_read(in_log: Damaged) -> None:
    in_log.overwrite(0, bytes(32), log=True)
    found = salvage(in_log.path)
    assert found.file is not None
    assert stored(found.file).keys() >= in_log.before.keys()


def test_rows_on_pages_of_unknown_use_come_back_and_are_counted(in_file: Damaged) -> None:
    with Image(in_file.path) as image:
        assert image.use(2) is None
        free = [page for page in range(3, image.pages + 1) if image.use(page) is Use.FREE]
    assert free
    in_file.overwrite(PAGE, b"\xff" * PAGE)
    found = salvage(in_file.path)
    assert found.file is not None
    assert stored(found.file).keys() >= in_file.before.keys()
    assert found.doubtful >= found.rows


def test_what_is_brought_back_is_taken_up_like_any_other_file(in_file: Damaged) -> None:
    assert salvage(in_file.path).file is not None
    file = OutboxFile.open(in_file.path.parent, 1)
    states = [row[2] for row in in_file.before.values()]
    assert sum(each.rows for each in file.found.waiting) == states.count(State.QUEUED) + states.count(State.LEASED)
    assert file.found.dead == {"ga4": states.count(State.DEAD)}
    file.shut()


def test_the_second_time_nothing_is_left_to_do(in_file: Damaged) -> None:
    salvage(in_file.path)
    with pytest.raises(OutboxError, match="was salvaged before; nothing is left to do"):
        salvage(in_file.path)
    assert sorted(files.numbers(in_file.path.parent)) == [1]


def test_a_number_that_anything_has_had_is_not_taken(in_file: Damaged) -> None:
    (in_file.path.parent / "outbox-7.lock").touch()
    file = salvage(in_file.path).file
    assert file is not None
    assert file.name == "outbox-8.db"


@pytest.mark.parametrize("renames", range(5))
def test_whoever_is_cut_off_and_begins_again_neither_loses_nor_doubles_a_row(
    in_log: Damaged, renames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """9. A damaged file is set aside, never deleted; so is one that was salvaged."""
    cut_after(monkeypatch, renames)
    cut = False
    try:
        salvage(in_log.path)
    except Cut:
        cut = True
        assert files.asides(in_log.path.parent) == [in_log.path]
    monkeypatch.undo()
    if cut:
        salvage(in_log.path)
    (number,) = files.numbers(in_log.path.parent)
    assert stored(files.database(in_log.path.parent, number)) == in_log.before
    assert files.asides(in_log.path.parent) == []


def test_rows_that_are_in_a_log_still_are_not_given_out_as_brought_back(
    in_file: Damaged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk without room: what a log holds is written, and the file cannot grow."""
    readers: list[sqlite3.Connection] = []

    def count(connection: sqlite3.Connection, *_: Any) -> None:
        """Somebody reads, so that the log cannot be folded."""
        readers.append(sqlite3.connect(in_file.path.with_name(f"{in_file.path.name}.partial")))
        readers[0].execute("BEGIN").execute("SELECT count(*) FROM rows").fetchall()
        connection.execute("PRAGMA busy_timeout = 1")
        insert(connection, record(1, "ga4", Payload("a", "https://v"), State.QUEUED, 0))

    monkeypatch.setattr(import_module("server.outbox.salvage"), "_copy", lambda _, connection, __: count(connection))
    with pytest.raises(OutboxError, match="cannot be folded into it now"):
        salvage(in_file.path)
    monkeypatch.undo()
    readers[0].close()
    assert files.asides(in_file.path.parent) == [in_file.path]
    assert not list(in_file.path.parent.glob("*.partial*"))
    found = salvage(in_file.path)
    assert found.file is not None
    assert stored(found.file) == in_file.before


def test_only_what_was_set_aside_is_salvaged(tmp_path: Path) -> None:
    OutboxFile.open(tmp_path, 0).shut()
    with pytest.raises(OutboxError, match="is not a file that was set aside"):
        salvage(tmp_path / "outbox-0.db")
    with pytest.raises(OutboxError, match="there is no such file"):
        salvage(tmp_path / "outbox-0.db.damaged-1")


def test_two_do_not_salvage_the_same_file(in_file: Damaged) -> None:
    lock = files.FileLock(in_file.path)
    assert lock.take()
    with pytest.raises(OutboxError, match="somebody else is salvaging it"):
        salvage(in_file.path)
    lock.release()


def test_a_file_of_keys_holds_nothing_to_bring_back(tmp_path: Path) -> None:
    path = tmp_path / "keys.db.damaged-1"
    path.write_bytes(b"damaged")
    found = salvage(path)
    assert (found.keys, found.file) == (True, None)
    assert files.asides(tmp_path) == []


def test_a_file_of_which_nothing_can_be_read_leaves_no_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "outbox-0.db.damaged-1"
    path.write_bytes(b"\xff" * 5 * PAGE)
    found = salvage(path)
    assert (found.file, found.rows) == (None, 0)
    assert list(files.numbers(tmp_path)) == []
    assert [each.name for each in tmp_path.iterdir()] == ["outbox-0.db.damaged-1.salvaged"]


def test_the_next_damaged_file_takes_another_name(in_file: Damaged) -> None:
    salvage(in_file.path)
    path = in_file.path.with_name("outbox-0.db")
    path.write_bytes(b"x")
    assert files.set_aside(path, "damaged").name == "outbox-0.db.damaged-2"


def test_the_columns_are_those_of_the_table(tmp_path: Path) -> None:
    connection = connect(tmp_path / "outbox-0.db")
    names = [name for (name,) in connection.execute("SELECT name FROM pragma_table_info('rows')")]
    connection.close()
    assert names[: len(COLUMNS)] == [name for name, _ in COLUMNS]


def test_keys_of_what_comes_back_are_nobodys(tmp_path: Path) -> None:
    file = OutboxFile.open(tmp_path, 0)
    once = Once("order", 10**12)
    file.ask_now(
        partial(insert_rare, values=rare_record(1, "ga4", Payload("a", "https://v", once=once), State.CLAIMED, 0, "digest"))
    )
    file.shut()
    aside = files.set_aside(tmp_path / "outbox-0.db", "damaged")
    assert salvage(aside).file is not None
    again = OutboxFile.open(tmp_path, 1)
    assert again.ask_now(lambda c: c.execute("SELECT state, once FROM rows").fetchall()) == [(State.QUEUED, None)]
    assert not keyfile.path_in(tmp_path).exists()
    again.shut()
