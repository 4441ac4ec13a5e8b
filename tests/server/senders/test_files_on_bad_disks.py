"""Files of events on a disk that is full, broken or slow, or where somebody takes them away: no row is lost or there in half."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import stat
from pathlib import Path
from typing import cast

import pytest
from structlog.testing import capture_logs

from core.types import Retry
from server.http import TransportError
from server.senders.files import Files, Unwritable
from tests.server.senders.staged_files import FIRST, Stage, play, rows


def failing(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> list[int]:
    """Lets calls of a function of the system's fail, for files of events; 0 in the list ends that."""
    real, armed = getattr(os, name), [1]

    def call(file: int, *arguments: object) -> object:
        if armed[0] and os.readlink(f"/proc/self/fd/{file}").endswith(".part"):
            if name == "write" and number == errno.ENOSPC:
                real(file, cast(memoryview, arguments[0])[:3])
            raise OSError(number, os.strerror(number))
        return real(file, *arguments)

    monkeypatch.setattr(os, name, call)
    return armed


def test_what_a_full_disk_has_taken_can_be_taken_away(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        await stage.files.write(rows("first"))
        failing(monkeypatch, "write", errno.ENOSPC)
        for _ in range(3):
            with pytest.raises(Unwritable):
                await stage.files.write(rows("second"))

    play(scenario)
    assert stage.names == [FIRST, f"{FIRST.replace('0001', '0002')}.part"]
    assert [stage.text(name) for name in stage.names] == ["first\n", ""]


def test_a_file_that_may_not_grow_is_followed_by_the_next(stage: Stage) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    async def scenario() -> None:
        await stage.files.write(rows("a" * 3000))
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
        try:
            with pytest.raises(Unwritable, match="File too large"):
                await stage.files.write(rows("b" * 3000))
            await stage.files.write(rows("b" * 3000))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    play(scenario)
    assert [stage.text(name)[0] for name in stage.names] == ["a", "b"]


@pytest.mark.parametrize(("name", "number"), [("write", errno.ENOSPC), ("fsync", errno.EIO), ("write", errno.EDQUOT)])
def test_what_a_disk_does_not_take_is_told_and_leaves_nothing_behind(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str, number: int
) -> None:
    async def scenario() -> None:
        await stage.files.write(rows("first"))
        armed = failing(monkeypatch, name, number)
        for _ in range(3):
            with pytest.raises(Unwritable) as raised:
                await stage.files.write(rows("second"))
            assert raised.value.why == f"events: {os.strerror(number)}"
            assert raised.value.outcome == Retry(raised.value.why, after=5.0, lasting=True)
        armed[0] = 0
        await stage.files.write(rows("second"))
        await stage.files.close()

    play(scenario)
    assert [stage.text(each).split() for each in stage.names if not each.endswith(".part")] in (
        [["first", "second"]],
        [["first"], ["second"]],
    )


def test_a_folder_that_cannot_be_flushed_keeps_no_file_and_no_descriptor(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def fsync(file: int) -> None:
        if stat.S_ISDIR(os.fstat(file).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(file)

    async def scenario() -> None:
        for _ in range(3):
            with pytest.raises(Unwritable, match="events: Input/output error"):
                await stage.files.write(rows("a"))

    monkeypatch.setattr(os, "fsync", fsync)
    play(scenario)
    kept = {os.readlink(link) for link in Path("/proc/self/fd").iterdir() if os.path.lexists(link)}
    assert stage.names == []
    assert not {path for path in kept if path.startswith(str(stage.folder)) and ".part" in path}


def test_a_file_that_cannot_even_be_cut_back_is_written_no_more_and_mended(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        await stage.files.write(rows("first"))
        armed = [failing(monkeypatch, "write", errno.ENOSPC), failing(monkeypatch, "ftruncate", errno.EIO)]
        with pytest.raises(Unwritable):
            await stage.files.write(rows("second"))
        assert stage.text(f"{FIRST}.part") == "first\nsec"
        for each in armed:
            each[0] = 0
        await stage.files.write(rows("second"))
        await stage.files.close()

    play(scenario)
    assert {name: stage.text(name) for name in stage.names} == {FIRST: "first\n", FIRST.replace("0001", "0002"): "second\n"}


def test_a_file_that_was_removed_while_it_was_written_takes_no_rows_along(stage: Stage) -> None:
    async def scenario() -> None:
        await stage.files.write(rows("first"))
        (stage.folder / f"{FIRST}.part").unlink()
        with pytest.raises(Unwritable, match=r"0001\.jsonl\.part was removed while it was written"):
            await stage.files.write(rows("second"))
        await stage.files.write(rows("second"))
        await stage.files.close()

    play(scenario)
    assert [stage.text(name) for name in stage.names] == ["second\n"]


def test_one_that_was_renamed_is_told_of_and_loses_nothing(stage: Stage) -> None:
    async def scenario() -> None:
        await stage.files.write(rows("first"))
        (stage.folder / f"{FIRST}.part").rename(stage.folder / "taken")
        await stage.files.close()

    with capture_logs() as logs:
        play(scenario)
    assert stage.text("taken") == "first\n"
    assert [(told["log_level"], told["why"]) for told in logs] == [("warning", "No such file or directory")]


def test_a_folder_that_is_gone_is_not_made_anew(stage: Stage) -> None:
    stage.folder.rmdir()
    with pytest.raises(Unwritable, match="events: No such file or directory"):
        play(lambda: stage.files.write(rows("a")))
    assert not stage.folder.exists()


def test_a_disk_that_hangs_is_waited_for_only_for_so_long(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        files = Files(stage.home, "web1-0", stage.clock, patience=0.05)
        loop, hangs = asyncio.get_running_loop(), asyncio.Event()
        real = os.fsync
        released = []

        def fsync(file: int) -> None:
            loop.call_soon_threadsafe(hangs.set)
            released.append(asyncio.run_coroutine_threadsafe(gate.wait(), loop).result())
            real(file)

        gate = asyncio.Event()
        monkeypatch.setattr(os, "fsync", fsync)
        with pytest.raises(TransportError, match=r"events: the disk did not take the rows within 0\.05 s"):
            await files.write(rows("late"))
        await hangs.wait()
        gate.set()
        files._turns._patience = 20
        await files.write(rows("next"))
        await files.close()
        assert released

    play(scenario)
    assert stage.text(FIRST) == "late\nnext\n"
