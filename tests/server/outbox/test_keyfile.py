"""``keys.db`` itself: claims, how a file that is opened settles them, and a file that is held or damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.types import Payload, Sender
from server.outbox import OutboxError, files, keyfile
from server.outbox.keyfile import KeyClaim, KeyFile, claim, confirm, digest, release
from server.outbox.row import State, rare_record
from server.outbox.schema import connect
from server.outbox.sqlite import OutboxFile
from server.outbox.statements import insert_rare

PLACE = "https://vendor.example"


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    file = KeyFile.open(folder)
    try:
        yield file.connection
    finally:
        file.close()


def state(folder: Path) -> dict[str, list[int]]:
    with opened(folder) as connection:
        return {key: rest for key, *rest in connection.execute("SELECT key, file, row, pending FROM keys")}


def test_a_claim_takes_all_keys_or_none(tmp_path: Path) -> None:
    with opened(tmp_path) as connection:
        assert claim(connection, 0, [KeyClaim("a", 1, 10), KeyClaim("b", 2, 10)], now=100) == {}
        assert claim(connection, 1, [KeyClaim("b", 1, 10), KeyClaim("c", 2, 10)], now=100) is None
        confirm(connection, 0, [(1, "a"), (2, "b")])
        assert claim(connection, 1, [KeyClaim("b", 1, 10), KeyClaim("c", 2, 10)], now=109) == {"b": 100}
    assert state(tmp_path) == {"a": [0, 1, 0], "b": [0, 2, 0], "c": [1, 2, 1]}


def test_a_key_that_has_expired_is_free_and_a_claim_never_expires(tmp_path: Path) -> None:
    with opened(tmp_path) as connection:
        claim(connection, 0, [KeyClaim("a", 1, 10), KeyClaim("b", 2, 10)], now=100)
        confirm(connection, 0, [(1, "a")])
        assert claim(connection, 0, [KeyClaim("a", 3, 10)], now=110) == {}
        assert claim(connection, 0, [KeyClaim("b", 4, 10)], now=110) is None
    assert state(tmp_path) == {"a": [0, 3, 1], "b": [0, 2, 1]}


def test_expired_keys_are_removed_a_few_at_a_time(tmp_path: Path) -> None:
    with opened(tmp_path) as connection:
        claim(connection, 0, [KeyClaim(str(n), n, 10) for n in range(250)], now=100)
        confirm(connection, 0, [(n, str(n)) for n in range(250)])
        left = []
        claim(connection, 0, [], now=109)
        for _ in range(3):
            claim(connection, 0, [], now=110)
            left += connection.execute("SELECT count(*) FROM keys").fetchone()
    assert left == [150, 50, 0]


def test_only_the_row_that_has_a_key_gives_it_back(tmp_path: Path) -> None:
    with opened(tmp_path) as connection:
        claim(connection, 0, [KeyClaim("a", 1, 10)], now=0)
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
        insert_rare(connection, rare_record(position, "t", Payload(key, PLACE), row_state, 0, key))
    connection.close()


def states(file: OutboxFile) -> list[tuple[int, ...]]:
    return file.ask_now(lambda connection: connection.execute("SELECT id, state FROM rows ORDER BY id").fetchall())


@pytest.mark.parametrize("number", [0, 7])
def test_opening_a_file_settles_its_claims(tmp_path: Path, number: int) -> None:
    """14. Opening a file settles its claims: confirmed where the row is there, given back where it is not."""
    leave(tmp_path, number, ("there", State.CLAIMED), ("done", State.CLAIMED))
    with opened(tmp_path) as connection:
        wanted = [KeyClaim("there", 1, 10), KeyClaim("done", 2, 10), KeyClaim("not there", 3, 10)]
        claim(connection, number, wanted, now=0)
        confirm(connection, number, [(2, "done")])
        claim(connection, 3, [KeyClaim("another's", 1, 10)], now=0)
    file = OutboxFile.open(tmp_path, number)
    assert states(file) == [(1, State.QUEUED), (2, State.QUEUED)]
    assert file.found.waiting[0].rows == 2
    file.shut()
    assert state(tmp_path) == {"there": [number, 1, 0], "done": [number, 2, 0], "another's": [3, 1, 1]}


def test_a_row_confirms_no_claim_that_is_another_s_by_now(tmp_path: Path) -> None:
    leave(tmp_path, 0, ("a", State.CLAIMED))
    with opened(tmp_path) as connection:
        claim(connection, 0, [KeyClaim("a", 1, 10)], now=0)
        confirm(connection, 0, [(1, "a")])
        claim(connection, 0, [KeyClaim("a", 2, 10)], now=10)
    OutboxFile.open(tmp_path, 0).shut()
    assert state(tmp_path) == {}


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
        claim(connection, 0, [KeyClaim("claimed", 1, 10), KeyClaim("confirmed", 2, 10)], now=0)
        confirm(connection, 0, [(2, "confirmed")])
        claim(connection, 1, [KeyClaim("another's", 1, 10)], now=0)
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


def test_a_keys_db_that_a_process_has_died_over_is_read_as_a_whole(tmp_path: Path) -> None:
    with opened(tmp_path) as connection:
        for number in range(2000):
            connection.execute("INSERT INTO keys VALUES (?, 0, 1, 1, 1, 0)", (f"{number:032}",))
    with (tmp_path / "keys.db").open("r+b") as file:
        file.seek(20 * 4096)
        file.write(b"nonsense" * 512)
    sound = KeyFile.open(tmp_path)
    assert sound.set_aside is None
    sound.close()
    (tmp_path / "keys.db-journal").write_bytes(bytes(512))
    found = KeyFile.open(tmp_path)
    assert found.set_aside == tmp_path / "keys.db.damaged-1"
    found.close()


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


def test_a_keys_db_that_somebody_else_s_tool_holds_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path):
        pass
    monkeypatch.setattr(keyfile, "_SETTINGS", ("PRAGMA busy_timeout = 1",))
    tool = sqlite3.connect(tmp_path / "keys.db", isolation_level=None)
    tool.execute("BEGIN EXCLUSIVE")
    with pytest.raises(OutboxError, match="cannot be opened: database is locked"):
        KeyFile.open(tmp_path)
    tool.close()
    with opened(tmp_path) as connection:
        assert connection.execute("SELECT count(*) FROM keys").fetchone() == (0,)


def test_a_keys_db_that_cannot_be_written_is_no_damage(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(OutboxError, match="cannot be written: no such column"):  # noqa: SIM117
        with keyfile._transaction(tmp_path) as file:
            file.connection.execute("SELECT nowhere FROM keys")
    assert not files.marked(tmp_path / "keys.db")


STRANGER_OF = Sender(("v1",))
SHOP = Sender(("v2",), trusted=True)


def wanted(sender: Sender, row: int) -> list[KeyClaim]:
    return [KeyClaim("order", row, 10, sender)]


def test_a_trusted_sender_takes_the_key_over_from_a_stranger_and_keeps_it(tmp_path: Path) -> None:
    with opened(tmp_path) as connection:
        assert claim(connection, 0, wanted(STRANGER_OF, 1), now=100) == {}
        confirm(connection, 0, [(1, "order")])
        assert claim(connection, 1, wanted(SHOP, 7), now=101) == {}
        confirm(connection, 1, [(7, "order")])
        assert claim(connection, 0, wanted(STRANGER_OF, 2), now=102) == {"order": 101}
        assert claim(connection, 0, wanted(SHOP, 3), now=102) == {"order": 101}
        release(connection, 0, [(1, "order")])
        assert claim(connection, 0, wanted(SHOP, 3), now=102) == {"order": 101}


def test_a_trusted_sender_s_word_on_the_same_visitor_is_a_duplicate_of_the_browser_s(tmp_path: Path) -> None:
    with opened(tmp_path) as connection:
        claim(connection, 0, wanted(Sender(("v0", "v2")), 1), now=100)
        assert claim(connection, 0, wanted(SHOP, 2), now=100) is None
        confirm(connection, 0, [(1, "order")])
        assert claim(connection, 0, wanted(SHOP, 2), now=100) == {"order": 100}


def test_what_is_known_of_a_sender_goes_with_its_key(tmp_path: Path) -> None:
    with opened(tmp_path) as connection:
        claim(connection, 0, wanted(STRANGER_OF, 1), now=100)
        release(connection, 0, [(1, "order")])
        assert connection.execute("SELECT count(*) FROM senders").fetchone() == (0,)
        claim(connection, 0, wanted(STRANGER_OF, 1), now=100)
        confirm(connection, 0, [(1, "order")])
        claim(connection, 0, [], now=111)
        assert connection.execute("SELECT count(*) FROM senders").fetchone() == (0,)


def test_a_key_from_an_earlier_version_suppresses_everybody(tmp_path: Path) -> None:
    with opened(tmp_path) as connection:
        connection.execute("INSERT INTO keys VALUES ('order', 0, 1, 100, 110, 0)")
        assert claim(connection, 0, wanted(SHOP, 2), now=101) == {"order": 100}
