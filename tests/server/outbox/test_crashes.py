"""A process that is killed at a named place, and what the next one finds: obligations are arrivals or rows, never neither."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from pathlib import Path

import pytest

from server.outbox import failpoints
from server.outbox.failpoints import NAMES, failpoint
from server.outbox.sqlite import OutboxFile
from tests.server.process.forked import command


def live(folder: Path, events: int, fail_at: str = "", *more: str) -> tuple[int, dict[str, list[str]]]:
    """What the process says, by its first word, and how it ended: it stops when everything is delivered."""
    environment = {**os.environ, "TAGYARD_FAIL_AT": fail_at}
    done = command(str(folder), str(events), *more, env=environment, module="tests.server.outbox.living")
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    said: dict[str, list[str]] = {"sent": [], "owed": [], "arrived": [], "left-out": []}
    for line in done.stdout.splitlines():
        word, _, number = line.partition(" ")
        said[word].append(number)
    return done.returncode, said


@pytest.mark.process
@pytest.mark.parametrize(
    "place", ["after_insert", "after_commit", "after_lease", "after_send", "before_settle", "mid_checkpoint"]
)
def test_what_was_confirmed_arrives_after_a_kill(tmp_path: Path, place: str) -> None:
    """1. An acceptance is confirmed only after a flushed commit holds every row of it."""
    code, before = live(tmp_path, 20, place)
    assert code == -signal.SIGKILL
    code, after = live(tmp_path, 1)
    assert code == 0
    arrived = before["arrived"] + after["arrived"]
    assert set(before["owed"]) <= set(arrived)
    assert set(arrived) <= set(before["sent"]) | {"0"}
    assert not set(before["arrived"]) & set(after["arrived"]) - {"0"} or place in ("after_send", "before_settle")


@pytest.mark.process
@pytest.mark.parametrize("place", ["after_claim", "after_insert", "before_confirm", "after_confirm", "after_lease"])
@pytest.mark.parametrize("adopted", [False, True])
def test_what_is_sent_again_after_a_kill_arrives_once_and_never_not(tmp_path: Path, place: str, adopted: bool) -> None:
    """14. Opening a file settles its claims: confirmed where the row is there, given back where it is not."""
    assert live(tmp_path, 1, place, "once")[0] == -signal.SIGKILL
    if adopted:
        for path in tmp_path.glob("outbox-0.*"):
            path.rename(path.with_name(path.name.replace("-0.", "-9.")))
        connection = sqlite3.connect(tmp_path / "keys.db")
        connection.execute("UPDATE keys SET file = 9")
        connection.commit()
        connection.close()
    code, after = live(tmp_path, 1, "", "once")
    assert code == 0
    assert after["arrived"] == ["0"]
    assert bool(after["left-out"]) is (place not in ("after_claim", "after_insert"))
    assert live(tmp_path, 1, "", "once")[1]["left-out"] == ["0"]


@pytest.mark.process
@pytest.mark.parametrize("place", ["mid_adopt", "mid_unlink"])
def test_a_kill_while_adopting_costs_nothing(tmp_path: Path, place: str) -> None:
    """10. A file is removed only when it is adopted, empty and under its lock."""
    OutboxFile.open(tmp_path, 7).shut()
    assert live(tmp_path, 0, place)[0] == -signal.SIGKILL
    assert (tmp_path / "outbox-7.db").exists()
    assert live(tmp_path, 0)[0] == 0
    assert not (tmp_path / "outbox-7.db").exists()


def test_the_named_place_is_where_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(failpoints, "_FAIL_AT", "after_send")
    monkeypatch.setattr(os, "kill", lambda *how: killed.append(how))
    failpoint("after_lease")
    assert killed == []
    failpoint("after_send")
    assert killed == [(os.getpid(), signal.SIGKILL)]


def test_places_that_were_not_named_do_nothing() -> None:
    for name in NAMES:
        failpoint(name)


def test_a_log_without_its_process_is_replayed(tmp_path: Path) -> None:
    live(tmp_path, 5, "after_commit")
    assert (tmp_path / "outbox-0.db-wal").stat().st_size > 0
    file = OutboxFile.open(tmp_path, 0)
    assert file.unclean
    file.shut()
    connection = sqlite3.connect(tmp_path / "outbox-0.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_asyncio_is_not_needed_to_open(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
    OutboxFile.open(tmp_path, 0).shut()
