"""Asking a worker through its socket."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.control import sockets as control
from server.control.following import Answer
from server.control.sockets import Command, NoAnswer, NobodyThere, Unfinished, ask_now, ask_to_the_end, socket_path
from server.control.workers import ask, listen


async def echo(command: Command) -> Answer:
    if command.get("do") == "raise":
        raise RuntimeError("a fault of ours")
    await asyncio.sleep(0)
    return {"got": command}


def scenario(path: Path, talk: Callable[[Path], Awaitable[None]]) -> None:
    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        server = await listen(path, echo)
        try:
            await asyncio.wait_for(talk(path), 60)
        finally:
            server.close()

    asyncio.run(run())


def long_folder(tmp_path: Path) -> Path:
    folder = tmp_path / ("d" * 100) / ("e" * 100)
    folder.mkdir(parents=True)
    return folder


def test_each_worker_has_a_socket_beside_its_outbox() -> None:
    assert [str(socket_path(Path("/data"), worker)) for worker in (0, 12)] == ["/data/outbox-0.sock", "/data/outbox-12.sock"]


@pytest.mark.parametrize("long", [False, True])
def test_a_question_is_answered_however_deep_the_folder(tmp_path: Path, long: bool) -> None:
    path = socket_path(long_folder(tmp_path) if long else tmp_path, 0)
    assert (len(str(path)) > 107) is long or not long

    async def talk(path: Path) -> None:
        assert await ask(path, {"do": "health", "text": "grün\n"}) == {"got": {"do": "health", "text": "grün\n"}}

    before = len(os.listdir("/proc/self/fd"))
    scenario(path, talk)
    assert len(os.listdir("/proc/self/fd")) <= before


def test_the_socket_is_the_owners_alone(tmp_path: Path) -> None:
    async def talk(path: Path) -> None:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    scenario(tmp_path / "s.sock", talk)


def test_many_may_ask_at_once(tmp_path: Path) -> None:
    async def talk(path: Path) -> None:
        answers = await asyncio.gather(*(ask(path, {"n": n, "pad": "x" * 100_000}) for n in range(20)))
        assert [answer["got"]["n"] for answer in answers] == list(range(20))

    scenario(tmp_path / "s.sock", talk)


def test_whoever_asks_itself_keeps_the_threads_that_answer(tmp_path: Path) -> None:
    async def think(command: Command) -> Answer:
        return await asyncio.to_thread(lambda: {"got": command})

    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        server = await listen(tmp_path / "s.sock", think)
        try:
            answers = await asyncio.wait_for(asyncio.gather(*(ask(tmp_path / "s.sock", {"n": n}) for n in range(8))), 60)
        finally:
            server.close()
        assert [answer["got"]["n"] for answer in answers] == list(range(8))

    asyncio.run(run())


def test_what_a_dead_process_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with pytest.raises(NobodyThere):
        ask_now(path, {})

    async def talk(path: Path) -> None:
        assert await ask(path, {}) == {"got": {}}

    scenario(path, talk)


@pytest.mark.parametrize("long", [False, True])
def test_where_nobody_listens_that_is_said(tmp_path: Path, long: bool) -> None:
    path = socket_path(long_folder(tmp_path) if long else tmp_path, 0)
    with pytest.raises(NobodyThere, match="No such file"):
        ask_now(path, {"do": "health"})
    with pytest.raises(NobodyThere, match="No such file"):
        asyncio.run(ask(path.parent / "gone" / path.name, {"do": "health"}))


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\n",
        b"{\n",
        b"\xff\xfe\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"[1]\n",
        b"5\n",
        b"{}",
        b'{"do": "raise"}\n',
        b"[" * 9999 + b"\n",
    ],
)
def test_garbage_is_answered_with_what_is_wrong_and_harms_nobody_else(tmp_path: Path, garbage: bytes) -> None:
    async def talk(path: Path) -> None:
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(garbage)
        writer.write_eof()
        answer = await reader.read()
        said = json.loads(answer)
        assert said == {"got": {}} or set(said) == {"error"}
        writer.close()
        assert await ask(path, {"n": 1}) == {"got": {"n": 1}}

    scenario(tmp_path / "s.sock", talk)


def test_a_fault_in_answering_is_told_by_its_type_alone(tmp_path: Path) -> None:
    async def talk(path: Path) -> None:
        assert await ask(path, {"do": "raise"}) == {"error": "it failed: RuntimeError"}

    scenario(tmp_path / "s.sock", talk)


def test_an_asker_that_goes_away_harms_nobody(tmp_path: Path) -> None:
    async def talk(path: Path) -> None:
        _, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b"{}\n")
        writer.transport.abort()
        assert await ask(path, {"n": 1}) == {"got": {"n": 1}}

    scenario(tmp_path / "s.sock", talk)


def test_an_answer_that_never_comes_is_waited_for_only_so_long(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "s.sock"))
        deaf.listen()
        with pytest.raises(NoAnswer, match=r"Tagyard runs, and has not answered within 0\.05 s"):
            ask_now(tmp_path / "s.sock", {}, 0.05)


def test_where_the_socket_cannot_be_made_the_reason_comes_out(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        asyncio.run(_listen(tmp_path / "missing" / "s.sock"))


async def _listen(path: Path) -> None:
    (await listen(path, echo)).close()


STOPPED = "s.sock: Tagyard stopped meanwhile"


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([NobodyThere("gone")], None),
        ([{"rows": 1, "next": 2}, {"rows": 3}], {"rows": 4}),
        ([{"rows": 1, "next": 2}, {"error": "no"}], {"error": "no"}),
        ([{"rows": 1, "next": 2}, NobodyThere("gone")], (STOPPED, True)),
        ([{"rows": 1, "next": 2}, NoAnswer("too late")], ("too late", True)),
        ([NoAnswer("too late")], ("too late", False)),
    ],
)
def test_an_answer_in_parts_is_whole_or_it_is_known_how_far_it_came(
    monkeypatch: pytest.MonkeyPatch, parts: list[Answer | Exception], whole: object
) -> None:
    def ask_one(_: Path, __: Command) -> Answer:
        part = parts.pop(0)
        if isinstance(part, Exception):
            raise part
        return part

    parts = list(parts)
    monkeypatch.setattr(control, "ask_now", ask_one)
    try:
        found: object = ask_to_the_end(Path("s.sock"), {"do": "retry"})
    except Unfinished as error:
        found = str(error), error.begun
    assert found == whole
