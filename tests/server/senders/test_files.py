"""Files of events: what is in them, when it counts, and what finishes one."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.server.senders.staged_files import DAY, FIRST, HOUR, NOON, Stage, play, rows, settled


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
