"""Look-ups: one at a time for a host, none waits for another's, and an old answer is better than none."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeAlias

import pytest

from server.http import resolver
from server.http.resolver import Resolver

Run: TypeAlias = Callable[[Coroutine[Any, Any, None]], None]


class Names:
    """A system whose look-ups hang for hosts named ``hanging`` until ``released``; ``broken`` ones fail."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.hanging: set[str] = set()
        self.broken: set[str] = set()
        self.released = Event()

    def __call__(self, host: str, port: int) -> Sequence[str]:  # noqa: ARG002  it says the same of every port
        self.asked.append(host)
        if host in self.hanging:
            self.released.wait(60)
        if host in self.broken:
            raise OSError("no such host")
        return [f"192.0.2.{len(self.asked)}"]


@pytest.fixture
def names() -> Names:
    return Names()


def test_a_look_up_that_hangs_keeps_nobody_else_waiting(run: Run, names: Names) -> None:
    names.hanging = {f"dead{number}.example" for number in range(resolver.MOST_LOOKUPS - 1)}

    async def scenario() -> None:
        resolve = Resolver(names)
        waiting = [asyncio.ensure_future(resolve(host, 443)) for host in sorted(names.hanging)]
        async with asyncio.timeout(60):
            assert await resolve("healthy.example", 443)
        assert not any(each.done() for each in waiting)
        names.released.set()
        await asyncio.gather(*waiting)

    run(scenario())


def test_the_end_of_the_loop_waits_for_no_look_up(run: Run, names: Names) -> None:
    names.hanging = {"dead.example"}

    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(Resolver(names)("dead.example", 443), 0.05)

    began = time.monotonic()
    run(scenario())
    assert time.monotonic() - began < 20
    names.released.set()


def test_all_who_ask_for_a_host_share_one_look_up(run: Run, names: Names) -> None:
    async def scenario() -> None:
        resolve = Resolver(names)
        answers = await asyncio.gather(*(resolve("shop.example", 443) for _ in range(50)))
        assert {tuple(each) for each in answers} == {("192.0.2.1",)}
        assert await resolve("shop.example", 443) == ["192.0.2.1"]
        assert names.asked == ["shop.example"]

    run(scenario())


def test_a_caller_who_goes_away_takes_nothing_from_the_others(run: Run, names: Names) -> None:
    names.hanging = {"slow.example"}

    async def scenario() -> None:
        resolve = Resolver(names)
        first, second = (asyncio.ensure_future(resolve("slow.example", 443)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        names.released.set()
        assert await second == ["192.0.2.1"]

    run(scenario())


def test_an_answer_is_asked_for_again_after_a_while(run: Run, names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "FRESH", 0.0)

    async def scenario() -> None:
        resolve = Resolver(names)
        assert await resolve("shop.example", 443) == ["192.0.2.1"]
        assert await resolve("shop.example", 443) == ["192.0.2.2"]

    run(scenario())


@pytest.mark.parametrize("fault", ["broken", "hanging"])
def test_an_old_answer_serves_where_a_new_one_does_not_come(
    run: Run, names: Names, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(resolver, "FRESH", 0.0)
    monkeypatch.setattr(resolver, "PATIENCE", 0.01)

    async def scenario() -> None:
        resolve = Resolver(names)
        await resolve("shop.example", 443)
        getattr(names, fault).add("shop.example")
        assert await resolve("shop.example", 443) == ["192.0.2.1"]
        monkeypatch.setattr(resolver, "STALE", 0.0)
        if fault == "broken":
            with pytest.raises(OSError, match="no such host"):
                await resolve("shop.example", 443)

    run(scenario())
    names.released.set()


@pytest.mark.parametrize("lacking", ["room", "threads"])
def test_an_old_answer_serves_where_nobody_can_be_asked(
    run: Run, names: Names, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    monkeypatch.setattr(resolver, "FRESH", 0.0)

    def no_thread(_: Any) -> None:
        raise RuntimeError("can't start new thread")

    async def scenario() -> None:
        resolve = Resolver(names)
        await resolve("shop.example", 443)
        with monkeypatch.context() as lacks:
            if lacking == "room":
                lacks.setattr(resolver, "MOST_LOOKUPS", 0)
            else:
                lacks.setattr(Thread, "start", no_thread)
            assert await resolve("shop.example", 443) == ["192.0.2.1"]
            with pytest.raises(OSError, match="look-up"):
                await resolve("new.example", 443)
        async with asyncio.timeout(60):
            assert await resolve("shop.example", 443) == ["192.0.2.2"]
            assert await resolve("new.example", 443) == ["192.0.2.3"]

    run(scenario())


STARVED = """
import encodings.idna, os, resource
from server.system.descriptors import is_shortage
from server.http.resolver import look_up
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
taken = []
try:
    while True:
        taken.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
try:
    look_up("localhost", 80)
except OSError as error:
    short = is_shortage(error)
while taken:
    os.close(taken.pop())
assert short
"""


def test_a_look_up_without_a_descriptor_does_not_call_the_host_unknown() -> None:
    subprocess.run([sys.executable, "-c", STARVED], cwd=Path(__file__).parents[3], timeout=60, check=True)


def test_threads_and_answers_are_bounded(run: Run, names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "MOST_HOSTS", 2)
    monkeypatch.setattr(resolver, "MOST_LOOKUPS", 1)
    names.hanging = {"dead.example"}

    async def scenario() -> None:
        resolve = Resolver(names)
        for host in ("a.example", "b.example", "c.example", "c.example", "a.example"):
            await resolve(host, 443)
        assert names.asked == ["a.example", "b.example", "c.example", "a.example"]
        dead = asyncio.ensure_future(resolve("dead.example", 443))
        await asyncio.sleep(0)
        with pytest.raises(OSError, match="too many look-ups"):
            await resolve("d.example", 443)
        names.released.set()
        await dead

    run(scenario())
