"""Taking connections: what a listening socket may say, and what is done when the system has nothing to give."""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import Any

import pytest

from server.connections import acceptor, refusals
from server.connections.acceptor import Acceptor
from server.connections.gate import Gate
from server.connections.listener import bind
from server.connections.refusals import Refusal
from server.connections.terms import Terms
from tests.server.raw import connected
from tests.waiting import until_soon


class Faulty:
    """A listening socket that fails so often before it obeys."""

    def __init__(self, listening: socket.socket, number: int, times: int) -> None:
        self._listening = listening
        self._number = number
        self.left = times
        self.asked = 0

    def accept(self) -> Any:
        self.asked += 1
        if self.left:
            self.left -= 1
            raise OSError(self._number, "fault")
        return self._listening.accept()

    def fileno(self) -> int:
        return self._listening.fileno()

    def setblocking(self, flag: bool) -> None:
        self._listening.setblocking(flag)


class Quiet(asyncio.Protocol):
    transport: Any = None
    left: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def shutdown(self) -> None:
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.left()


class Scene:
    def __init__(self, number: int, times: int, most: int | None = None) -> None:
        self.told: list[Refusal] = []
        self.made: list[Quiet] = []
        self.closes = False
        self.listening = bind("127.0.0.1", 0)
        self.port = self.listening.getsockname()[1]
        self.faulty = Faulty(self.listening, number, times)
        self.gate = Gate(Terms(max_connections=most), [], asyncio.get_running_loop().time)
        self.acceptor = Acceptor(self.faulty, self.gate, self.make, lambda refusal, *_: self.told.append(refusal))  # type: ignore[arg-type]  # enough of one

    def make(self) -> Quiet:
        self.made.append(Quiet())
        if self.closes:
            self.acceptor.close()
        return self.made[-1]

    async def __aenter__(self) -> Scene:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.acceptor.close()
        await self.acceptor.wait_closed()
        self.listening.close()


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_a_shortage_makes_it_wait_and_try_again_and_never_spin(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(acceptor, "PAUSE", 0.02)

    async def scenario() -> None:
        async with Scene(number, times=3) as scene, connected(scene.port):
            await until_soon(lambda: scene.gate.open == 1)
            assert sum(scene.gate.pauses.values()) == 3
            assert scene.faulty.asked <= 5
            assert ("no_descriptor" in scene.gate.pauses) is (number in (errno.EMFILE, errno.ENFILE))

    asyncio.run(scenario())


def test_a_connection_that_its_peer_gave_up_is_passed_over() -> None:
    async def scenario() -> None:
        async with Scene(errno.ECONNABORTED, times=1) as scene, connected(scene.port):
            await until_soon(lambda: scene.gate.open == 1)
            assert not scene.gate.pauses

    asyncio.run(scenario())


def test_whoever_finds_no_place_is_told_so_before_he_has_said_anything() -> None:
    async def scenario() -> None:
        async with Scene(0, times=0, most=1) as scene, connected(scene.port) as first:
            await until_soon(lambda: scene.gate.open == 1)
            async with connected(scene.port) as second:
                status, headers, _ = await second.reply()
                assert (status, headers["connection"]) == (503, "close")
                assert await second.closed()
            assert scene.told == [refusals.FULL]
            first.leave()
            await until_soon(lambda: scene.gate.open == 0)
            async with connected(scene.port):
                await until_soon(lambda: scene.gate.open == 1)

    asyncio.run(scenario())


def test_a_connection_that_could_not_be_set_up_takes_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with Scene(0, times=0) as scene:

            async def fails(*_: object) -> None:
                raise OSError(errno.EINVAL, "no")

            monkeypatch.setattr(scene.acceptor._loop, "connect_accepted_socket", fails)
            async with connected(scene.port) as raw:
                assert await raw.closed()
            assert (len(scene.made), scene.gate.open) == (1, 0)

    asyncio.run(scenario())


def test_nobody_is_taken_after_it_was_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acceptor, "PAUSE", 0.01)

    async def scenario() -> None:
        async with Scene(errno.EMFILE, times=1) as scene, connected(scene.port):
            await until_soon(lambda: bool(scene.gate.pauses))
            scene.acceptor.close()
            await asyncio.sleep(0.05)
            assert scene.gate.open == 0

    asyncio.run(scenario())


def test_whoever_was_on_his_way_in_when_it_was_closed_leaves_with_the_others() -> None:
    async def scenario() -> None:
        async with Scene(0, times=0) as scene:
            scene.closes = True
            async with connected(scene.port) as raw:
                assert await raw.closed()
            await until_soon(lambda: scene.gate.open == 0)

    asyncio.run(scenario())
