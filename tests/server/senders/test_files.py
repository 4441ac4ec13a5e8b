"""Files of events that follow each other: names, limits, days, and what a disk does."""

from __future__ import annotations

import asyncio
import errno
import gzip
import os
import resource
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar, cast

import pytest
from structlog.testing import capture_logs

from core.lines import FileSet
from core.types import Response, Retry, Rows
from server.http import TransportError
from server.senders.files import Files, Unwritable, writer

NOON = 1_796_126_400_000_000
"""Of 2026-12-01."""
HOUR = 3_600_000_000
DAY = 24 * HOUR
FIRST = "events-2026-12-01-web1-0-0001.jsonl"

Given = TypeVar("Given")


class Clock:
    """The time of day, which the test says."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now


class Stage:
    """The files of a worker of host web1 in a folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = Clock()
        self.folder = home / "events"
        self.folder.mkdir()
        self.files = self.another()

    def another(self, name: str = "web1-0") -> Files:
        """Those of another process, which is called so."""
        return Files(self.home, name, self.clock)

    @property
    def names(self) -> list[str]:
        """Of what there is, but for the numbers that are kept."""
        return sorted(name for name in os.listdir(self.folder) if not name.startswith("."))

    def text(self, name: str) -> str:
        """What a file holds."""
        content = (self.folder / name).read_bytes()
        return (gzip.decompress(content) if ".gz" in name else content).decode()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def rows(*lines: str, gzip: bool = False, size: int = 1 << 20, daily: bool = True, folder: str = "events") -> Rows:
    return Rows(FileSet(folder, "events", gzip, size, daily), tuple(map(str.encode, lines)), tuple(range(len(lines))))


def play(scenario: Callable[[], Awaitable[Given]]) -> Given:
    async def whole() -> Given:
        return await scenario()

    return asyncio.run(asyncio.wait_for(whole(), 30))


async def settled(files: Files) -> None:
    """Waits for what the thread has been told before."""
    await files._turns.take(lambda: Response(200), "it was not done")


@pytest.mark.parametrize(("compressed", "suffix"), [(False, ""), (True, ".gz")])
def test_rows_are_in_a_file_that_is_marked_until_it_is_finished(stage: Stage, compressed: bool, suffix: str) -> None:
    async def scenario() -> None:
        assert (await stage.files.write(rows("a", "b", gzip=compressed))).status == 200
        assert stage.names == [f"{FIRST}{suffix}.part"]
        await stage.files.write(rows("ü", gzip=compressed))
        assert stage.text(f"{FIRST}{suffix}.part") == "a\nb\nü\n"
        await stage.files.close()

    play(scenario)
    assert stage.names == [f"{FIRST}{suffix}"]
    assert stage.text(f"{FIRST}{suffix}") == "a\nb\nü\n"


def test_others_may_not_read_them(stage: Stage) -> None:
    before = os.umask(0)
    try:
        play(lambda: stage.files.write(rows("a")))
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in stage.folder.iterdir()} == {0o640}


def test_rows_are_flushed_before_they_count_and_so_is_the_name_of_their_file(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[tuple[str, str]] = []
    folder = str(stage.folder)

    def flush(file: int) -> None:
        path = os.readlink(f"/proc/self/fd/{file}")
        flushed.append((path.removeprefix(f"{folder}/"), "" if path == folder else Path(path).read_text()))

    monkeypatch.setattr(os, "fsync", flush)
    play(lambda: stage.files.write(rows("a")))
    assert flushed == [
        (".events-web1-0.last", "2026-12-01 0000000001"),
        (folder, ""),
        (f"{FIRST}.part", "a\n"),
    ]


def test_a_file_that_is_large_enough_is_finished_and_the_next_one_begun(stage: Stage) -> None:
    async def scenario() -> None:
        for number in range(5):
            await stage.files.write(rows(f"{number}" * 9, size=20))
        assert stage.names == [FIRST, FIRST.replace("0001", "0002"), FIRST.replace("0001", "0003") + ".part"]
        await stage.files.close()

    play(scenario)
    assert [stage.text(name).split() for name in stage.names] == [["0" * 9, "1" * 9], ["2" * 9, "3" * 9], ["4" * 9]]


def test_a_day_that_is_over_finishes_a_file(stage: Stage) -> None:
    async def scenario() -> None:
        await stage.files.write(rows("a"))
        stage.clock.now = NOON + 12 * HOUR - 1
        await stage.files.write(rows("b"))
        stage.clock.now += 1
        await stage.files.write(rows("c"))
        await stage.files.close()

    play(scenario)
    assert stage.names == [FIRST, "events-2026-12-02-web1-0-0001.jsonl"]
    assert [stage.text(name) for name in stage.names] == ["a\nb\n", "c\n"]


def test_it_does_so_too_where_nothing_comes_any_more(stage: Stage) -> None:
    async def scenario() -> None:
        await stage.files.write(rows("a"))
        stage.clock.now += DAY
        stage.files._turns.tell(stage.files._tidy)
        await settled(stage.files)

    play(scenario)
    assert stage.names == [FIRST]


def test_it_does_so_too_where_all_that_comes_is_for_other_files(stage: Stage) -> None:
    async def scenario() -> None:
        await stage.files.write(rows("a"))
        stage.clock.now += DAY
        await stage.files.write(rows("b", gzip=True))

    play(scenario)
    assert stage.names == [FIRST, f"{FIRST.replace('12-01', '12-02')}.gz.part"]


def test_without_days_a_file_goes_on(stage: Stage) -> None:
    async def scenario() -> None:
        await stage.files.write(rows("a", daily=False))
        stage.clock.now += 9 * DAY
        await stage.files.write(rows("b", daily=False))
        await stage.files.close()

    play(scenario)
    assert stage.names == [FIRST]


def test_no_name_is_given_twice_though_a_reader_has_taken_the_files_away(stage: Stage) -> None:
    async def scenario() -> list[str]:
        names = []
        for _ in range(3):
            files = stage.another()
            await files.write(rows("a"))
            await files.close()
            [name] = stage.names
            names.append(name)
            (stage.folder / name).unlink()
        return names

    assert play(scenario) == [FIRST, FIRST.replace("0001", "0002"), FIRST.replace("0001", "0003")]


def test_nor_is_it_where_the_clock_was_set_back_or_the_number_is_gone(stage: Stage) -> None:
    async def scenario() -> None:
        for back in (0, 2 * DAY, 0):
            files = stage.another()
            stage.clock.now = NOON - back
            await files.write(rows("a"))
            await files.close()
        (stage.folder / ".events-web1-0.last").unlink()
        await stage.another().write(rows("b"))

    play(scenario)
    finished = [f"events-2026-12-01-web1-0-000{number}.jsonl" for number in (1, 2, 3)]
    assert stage.names == [*finished, "events-2026-12-01-web1-0-0004.jsonl.part"]


def test_each_writer_has_files_of_its_own(stage: Stage) -> None:
    async def scenario() -> None:
        writers = [stage.another(name) for name in ("web1-0", "web1-1", "web2-0")]
        await asyncio.gather(*(each.write(rows(f"{number}")) for number, each in enumerate(writers)))
        for each in writers:
            await each.close()

    play(scenario)
    assert {name: stage.text(name) for name in stage.names} == {
        FIRST: "0\n",
        FIRST.replace("web1-0", "web1-1"): "1\n",
        FIRST.replace("web1-0", "web2-0"): "2\n",
    }


def test_two_of_the_same_name_are_told_apart_and_the_later_one_waits(stage: Stage) -> None:
    async def scenario() -> None:
        other = stage.another()
        await stage.files.write(rows("a"))
        with pytest.raises(Unwritable, match="events: another process writes files of this name as web1-0"):
            await other.write(rows("b"))
        await stage.files.close()
        await other.write(rows("b"))
        await other.close()

    play(scenario)
    assert [stage.text(name) for name in stage.names] == ["a\n", "b\n"]


def test_tags_that_mean_the_same_files_write_into_the_same(stage: Stage) -> None:
    async def scenario() -> None:
        await stage.files.write(rows("a", size=100))
        await stage.files.write(rows("b", size=200, folder=f"../{stage.home.name}/events/"))
        await stage.files.write(rows("c", folder=str(stage.folder)))

    play(scenario)
    assert stage.text(f"{FIRST}.part") == "a\nb\nc\n"


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


def test_the_numbers_of_writers_that_are_gone_are_forgotten(stage: Stage) -> None:
    for name, said in [("old", "2026-11-28 0000000009"), ("new", "2026-11-29 0000000009"), ("odd", "")]:
        (stage.folder / f".events-{name}-0.last").write_text(said)

    async def scenario() -> None:
        stage.files.use(["events"])
        await settled(stage.files)

    play(scenario)
    assert sorted(path.name for path in stage.folder.iterdir()) == [".events-new-0.last", ".events-odd-0.last"]


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


@pytest.mark.parametrize(("node", "name"), [("web-1.example", "web-1-example-3"), ("…", "host-3"), ("a_b/../c", "a-b-c-3")])
def test_a_host_s_name_is_one_that_a_file_may_have(monkeypatch: pytest.MonkeyPatch, node: str, name: str) -> None:
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", node, "6", "1", "x86_64")))
    assert writer(3) == name


def test_no_descriptor_stays_open(stage: Stage) -> None:
    async def scenario() -> int:
        for _ in range(3):
            files = stage.another()
            await files.write(rows("a", size=1))
            await files.write(rows("a", gzip=True))
            files.use(["events"])
            await files.close()
        return len(os.listdir("/proc/self/fd"))

    assert play(scenario) == play(scenario)


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
