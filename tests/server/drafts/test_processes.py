"""Processes that look at drafts: what they may take, what becomes of those that take more, and of a draft that is outrun."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Semaphore
from typing import TypeVar
from urllib.parse import urlencode

import pytest

from server.drafts import __main__ as limits
from server.drafts.answers import Answer, Asked
from server.drafts.processes import Drafts, Process, environment, start
from server.drafts.stream import written
from tests.server.drafts.conftest import Editor
from tests.server.inspection.conftest import FILE, Desk

pytestmark = pytest.mark.process

Came = TypeVar("Came")
ASKED: Asked = {
    "do": "check",
    "base": {"path": "container.yaml", "texts": {"container.yaml": ""}, "plain": {}, "secrets": [], "tables": [], "geo": None},
}


def draft(text: str) -> bytes:
    return urlencode({"name": "container.yaml", "text": text}).encode()


def running(code: str) -> Process:
    """A process that reads its job, and does something else instead."""
    return subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.stdin.buffer.read(); {code}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    )


def with_drafts(
    scenario: Callable[[Drafts], Awaitable[Came]], started: Callable[[], Process] = start, patience: float = 60
) -> Came:
    async def whole() -> Came:
        drafts = Drafts(started, patience)
        try:
            return await scenario(drafts)
        finally:
            drafts.close()

    return asyncio.run(whole())


def test_a_real_one_finds_what_is_wrong_whatever_it_is_given(tmp_path: Path) -> None:
    """One after the other: a good draft, a YAML bomb, no form at all."""
    asked = Editor(Desk(tmp_path)).asked("check")
    bomb = "a: &a [x]\n" + "".join(f"b{number}: &b{number} [{'*a, ' * 9}*a]\n" for number in range(9))

    async def scenario(drafts: Drafts) -> list[Answer]:
        return [await drafts.answer(asked, form) for form in (draft(FILE), draft(bomb), b"\xff" * 1000)]

    good, exploding, nothing = with_drafts(scenario)
    assert good["contents"] == "2 clients, 3 tags, 1 transformation, 1 trigger"
    assert "anchors" in exploding["problems"][0]["message"]
    assert nothing["contents"] == good["contents"]


def test_a_process_has_little_time_and_memory_and_none_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    assert set(environment()) == {"PYTHONPATH", "PYTHONSAFEPATH", "LC_ALL"}
    greedy = (
        "import os, resource; from server.drafts import __main__ as it; it.MEMORY = {memory}; it.CPU = {cpu}; it.limit(); {code}"
    )
    cases = {
        greedy.format(memory=1 << 28, cpu=60, code="bytearray(1 << 30)"): "too much time or memory",
        greedy.format(memory=1 << 28, cpu=1, code="[None for _ in iter(int, 1)]"): "too much time or memory",
    }
    assert (limits.CPU, limits.MEMORY) == (10, 1 << 29)

    async def scenario(drafts: Drafts) -> Answer:
        return await drafts.answer(ASKED, b"")

    for code, words in cases.items():
        answer = with_drafts(scenario, lambda code=code: running(code))  # type: ignore[misc]  # mypy infers no lambda's default
        assert words in answer["error"]


def test_one_that_takes_too_long_is_ended() -> None:
    made: list[Process] = []

    def started() -> Process:
        made.append(running("import time; time.sleep(600)"))
        return made[-1]

    async def scenario(drafts: Drafts) -> Answer:
        return await drafts.answer(ASKED, b"")

    assert "took too long" in with_drafts(scenario, started, patience=0.2)["error"]
    assert [process.poll() is not None for process in made] == [True] * len(made)


def test_the_newest_draft_wins_over_the_oldest_of_too_many() -> None:
    made: list[Process] = []

    def started() -> Process:
        wait = "import time; time.sleep(600)" if len(made) == 0 else "print('{}')"
        made.append(running(wait))
        return made[-1]

    async def scenario(drafts: Drafts) -> list[Answer]:
        first = asyncio.create_task(drafts.answer(ASKED, b""))
        while len(made) < 2:  # the next one is started once the first has its draft
            await asyncio.sleep(0)
        rest = [asyncio.create_task(drafts.answer(ASKED, b"")) for _ in range(2)]
        return await asyncio.gather(first, *rest)

    first, *_, last = with_drafts(scenario, started)
    assert first["superseded"]
    assert not last  # what the process has printed


def test_a_process_that_cannot_be_started_is_told() -> None:
    def started() -> Process:
        raise OSError(11, os.strerror(11))

    async def scenario(drafts: Drafts) -> Answer:
        await drafts.prepare()
        return await drafts.answer(ASKED, b"")

    assert "no process could be started" in with_drafts(scenario, started)["error"]


def test_a_process_that_waits_is_there_once_somebody_is_about_to_write_and_ends_when_nobody_does() -> None:
    made: list[Process] = []

    def started() -> Process:
        made.append(running("print('{}')"))
        return made[-1]

    async def scenario(drafts: Drafts) -> None:
        await drafts.prepare()
        await drafts.prepare()
        assert len(made) == 1
        await drafts.answer(ASKED, b"")
        assert (len(made), made[0].returncode, made[1].poll()) == (2, 0, None)

    with_drafts(scenario, started)
    assert made[1].poll() is not None


def test_a_spare_process_that_has_died_is_not_asked() -> None:
    made: list[Process] = []

    def started() -> Process:
        made.append(running("print('{}')"))
        return made[-1]

    async def scenario(drafts: Drafts) -> Answer:
        await drafts.prepare()
        made[0].kill()
        made[0].wait()
        return await drafts.answer(ASKED, b"")

    assert not with_drafts(scenario, started)
    assert made[1].returncode == 0


def test_what_a_plugin_prints_is_no_part_of_the_answer() -> None:
    code = "import server.drafts.__main__ as it; it._warm = lambda: print('noise'); it.main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
    )
    told, _ = process.communicate(written(ASKED, draft("clients: {ga4: {}}\ntags: {ga4: {}}")), 60)
    assert json.loads(told)["contents"] == "1 client, 1 tag"


def test_however_many_begin_at_once_one_is_started_at_a_time_and_none_is_left_behind() -> None:
    made: list[Process] = []
    starting = Semaphore(1)

    def started() -> Process:
        assert starting.acquire(blocking=False), "another is being started"
        made.append(running("print('{}')"))
        starting.release()
        return made[-1]

    async def scenario(drafts: Drafts) -> None:
        await asyncio.gather(*(drafts.prepare() for _ in range(5)))
        assert len(made) == 1, "one waits, however many pages are opened"
        await asyncio.gather(*(drafts.answer(ASKED, b"") for _ in range(6)))

    with_drafts(scenario, started)
    assert [process.poll() is not None for process in made] == [True] * len(made)


def test_many_drafts_at_once_start_no_more_processes_than_are_looked_at_and_leave_one() -> None:
    made: list[Process] = []

    def started() -> Process:
        made.append(running("print('{}')"))
        return made[-1]

    async def scenario(drafts: Drafts) -> list[Answer]:
        answers = await asyncio.gather(*(drafts.answer(ASKED, b"") for _ in range(20)), *(drafts.prepare() for _ in range(20)))
        assert [process.poll() is None for process in made].count(True) <= 1
        return [answer for answer in answers if answer is not None]

    answers = with_drafts(scenario, started)
    assert [bool(answer) for answer in answers].count(False) >= 1  # the newest has an answer, which here is empty
    assert [answer.get("superseded") for answer in answers].count(True) == 18
    assert len(made) <= 4
    assert None not in [process.poll() for process in made]


def test_a_draft_of_somebody_who_has_gone_is_given_up() -> None:
    made: list[Process] = []

    def started() -> Process:
        made.append(running("import time; time.sleep(600)"))
        return made[-1]

    async def scenario(drafts: Drafts) -> None:
        asking = asyncio.create_task(drafts.answer(ASKED, b""))
        while len(made) < 2:
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.to_thread(made[0].wait, 20)
        await drafts.prepare()

    with_drafts(scenario, started)
    assert made[0].returncode == -9
