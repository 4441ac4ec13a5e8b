"""The configuration is read anew while hits are served."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from server.process.reloading import Reloading
from server.system.files import FileError
from tests.waiting import until_soon


class File:
    """What is written; whoever reads it waits until he may."""

    def __init__(self) -> None:
        self.text = "first"
        self.reads = 0
        self.was_read = threading.Event()
        self.may_be_read = threading.Event()
        self.broken: Exception | None = None

    def __call__(self) -> str:
        self.reads += 1
        text = self.text
        assert self.may_be_read.wait(60)
        self.was_read.set()
        if self.broken:
            raise self.broken
        return text


class Desk:
    def __init__(self) -> None:
        self.file = File()
        self.taken: list[str] = []
        self.refused: list[list[str]] = []
        self.reloading = Reloading(self.file, self.take, self.refuse)

    def take(self, text: str) -> str:
        self.taken.append(text)
        return f"taken: {text}"

    def refuse(self, error: FileError) -> str:
        self.refused.append(str(error).splitlines())
        return f"refused: {error}"


def run(scenario: Callable[[Desk], Awaitable[None]]) -> Desk:
    async def playing() -> Desk:
        desk = Desk()
        try:
            await asyncio.wait_for(scenario(desk), 60)
        finally:
            desk.file.may_be_read.set()
        return desk

    return asyncio.run(playing())


def test_the_loop_goes_on_while_it_is_read() -> None:
    async def scenario(desk: Desk) -> None:
        desk.reloading.begin()
        await until_soon(lambda: desk.file.reads == 1)
        assert desk.taken == []
        desk.file.may_be_read.set()
        await until_soon(lambda: desk.taken == ["first"])

    run(scenario)


def test_what_changes_while_it_is_read_is_read_after_that_however_often_that_is_said() -> None:
    async def scenario(desk: Desk) -> None:
        desk.reloading.begin()
        await until_soon(lambda: desk.file.reads == 1)
        desk.file.text = "second"
        for _ in range(3):
            desk.reloading.begin()
        desk.file.may_be_read.set()
        await until_soon(lambda: desk.taken == ["first", "second"])
        desk.file.text = "third"
        desk.reloading.begin()
        await until_soon(lambda: desk.taken == ["first", "second", "third"])
        assert desk.file.reads == 3

    run(scenario)


@pytest.mark.parametrize(
    ("broken", "problems"),
    [(FileError("a.yaml:1:1: x\nb.yaml: y"), ["a.yaml:1:1: x", "b.yaml: y"]), (KeyError("k"), ["reading it failed: KeyError"])],
)
def test_what_cannot_be_read_is_told_of_and_the_next_one_is_taken(broken: Exception, problems: list[str]) -> None:
    async def scenario(desk: Desk) -> None:
        desk.file.may_be_read.set()
        desk.file.broken = broken
        desk.reloading.begin()
        await until_soon(lambda: desk.refused == [problems])
        desk.file.broken = None
        desk.reloading.begin()
        await until_soon(lambda: desk.taken == ["first"])

    with capture_logs() as lines:
        run(scenario)
    assert [line["event"] for line in lines] == ([] if isinstance(broken, FileError) else ["reading the configuration failed"])


def test_whoever_asked_hears_of_the_reading_that_began_after_that_and_not_of_the_one_under_way() -> None:
    async def scenario(desk: Desk) -> None:
        first = desk.reloading.begin()
        await until_soon(lambda: desk.file.reads == 1)
        desk.file.text = "second"
        second = desk.reloading.begin()
        told = [asyncio.create_task(desk.reloading.outcome(number, 5)) for number in (first, second)]
        desk.file.may_be_read.set()
        assert await asyncio.gather(*told) == ["taken: first", "taken: second"]
        assert await desk.reloading.outcome(second, 0) == "taken: second"

    run(scenario)


def test_of_what_is_not_over_nothing_is_told_and_it_can_be_asked_for_again() -> None:
    async def scenario(desk: Desk) -> None:
        number = desk.reloading.begin()
        assert await desk.reloading.outcome(number, 0.01) is None
        desk.file.broken = FileError("a.yaml: x")
        desk.file.may_be_read.set()
        assert await desk.reloading.outcome(number, 5) == "refused: a.yaml: x"

    run(scenario)


def test_a_number_that_was_not_given_is_not_known() -> None:
    async def scenario(desk: Desk) -> None:
        desk.file.may_be_read.set()
        number = desk.reloading.begin()
        known = {each: desk.reloading.knows(each) for each in (number, 0, -1, number + 1, "1", None)}
        assert [each for each, is_known in known.items() if is_known] == [number]

    run(scenario)


def test_nothing_is_taken_once_it_stops() -> None:
    async def scenario(desk: Desk) -> None:
        desk.reloading.begin()
        await until_soon(lambda: desk.file.reads == 1)
        outcome = asyncio.create_task(desk.reloading.outcome(1, 0.1))
        desk.reloading.stop()
        desk.file.may_be_read.set()
        await until_soon(desk.file.was_read.is_set)
        assert await outcome is None

    assert run(scenario).taken == []
