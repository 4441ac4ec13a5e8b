"""Names of files of events: none is given twice, and each writer has its own."""

from __future__ import annotations

import asyncio
import os

import pytest

from server.senders.files import Unwritable, writer
from tests.server.senders.staged_files import DAY, FIRST, NOON, Stage, play, rows, settled


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


def test_the_numbers_of_writers_that_are_gone_are_forgotten(stage: Stage) -> None:
    for name, said in [("old", "2026-11-28 0000000009"), ("new", "2026-11-29 0000000009"), ("odd", "")]:
        (stage.folder / f".events-{name}-0.last").write_text(said)

    async def scenario() -> None:
        stage.files.use(["events"])
        await settled(stage.files)

    play(scenario)
    assert sorted(path.name for path in stage.folder.iterdir()) == [".events-new-0.last", ".events-odd-0.last"]


@pytest.mark.parametrize(("node", "name"), [("web-1.example", "web-1-example-3"), ("…", "host-3"), ("a_b/../c", "a-b-c-3")])
def test_a_host_s_name_is_one_that_a_file_may_have(monkeypatch: pytest.MonkeyPatch, node: str, name: str) -> None:
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", node, "6", "1", "x86_64")))
    assert writer(3) == name
