"""What a start and another configuration do with files of events: what was left is mended, and what is open is finished."""

from __future__ import annotations

import errno
import os

import pytest
from structlog.testing import capture_logs

from tests.server.senders.staged_files import FIRST, Stage, play, rows, settled


def test_another_configuration_finishes_what_is_open_and_mends_what_was_left(stage: Stage) -> None:
    left = stage.folder / "events-2026-11-30-web9-0-0007.jsonl.part"
    left.write_bytes(b"whole\ntorn")

    async def scenario() -> None:
        await stage.files.write(rows("a"))
        await settled(stage.files)
        assert stage.names == [left.name.removesuffix(".part"), f"{FIRST}.part"]
        stage.files.use(["events"])
        await settled(stage.files)
        assert stage.names == [left.name.removesuffix(".part"), FIRST]
        await stage.files.write(rows("b"))

    play(scenario)
    assert stage.text(left.name.removesuffix(".part")) == "whole\n"
    assert stage.names[-1] == f"{FIRST.replace('0001', '0002')}.part"


def test_a_start_mends_what_was_left_though_nothing_comes(stage: Stage) -> None:
    (stage.folder / f"{FIRST}.part").write_bytes(b"whole\n")

    async def scenario() -> None:
        stage.files.use(["events"])
        await stage.files.close()

    play(scenario)
    assert stage.names == [FIRST]


def test_without_folders_no_thread_is_begun(stage: Stage) -> None:
    stage.files.use([])
    assert not stage.files._turns.begun
    play(stage.files.close)


def test_a_folder_that_is_not_there_yet_harms_no_start(stage: Stage) -> None:
    async def scenario() -> None:
        stage.files.use(["gone", "events"])
        await settled(stage.files)

    with capture_logs() as logs:
        play(scenario)
    assert [(told["log_level"], told["folder"], told["why"]) for told in logs] == [("error", "gone", "No such file or directory")]


def test_what_fails_while_nobody_waits_is_told_and_ends_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.close

    def close(file: int) -> None:
        """As a network file system may, and closes nevertheless."""
        name = os.readlink(f"/proc/self/fd/{file}")
        real(file)
        if name.endswith(".last"):
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    async def scenario() -> None:
        await stage.files.write(rows("a"))
        monkeypatch.setattr(os, "close", close)
        stage.files.use(["events"])
        await settled(stage.files)
        monkeypatch.undo()
        await stage.files.write(rows("b"))
        await stage.files.close()

    with capture_logs() as logs:
        play(scenario)
    assert [told["event"] for told in logs if told["log_level"] == "error"] == ["a job failed"]
    assert [stage.text(name) for name in stage.names] == ["a\n", "b\n"]
