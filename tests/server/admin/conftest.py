"""The admin port over real sockets, in front of workers that are played; a page is its template's name and what it is given."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from config import ServerSettings
from server.admin import OPEN, Access, Door, admin_app, rendering
from server.control.following import Answer
from server.control.sockets import Command, socket_path
from server.control.workers import listen
from tests.server.inspection.conftest import Desk
from tests.server.raw import exchange, serving

Reply = tuple[int, dict[str, str], bytes]
TOKEN = "a token of thirty-two characters"
NOW = 1_764_340_311_502_000
GREEN: Answer = {"accepting": True, "colour": "green", "reasons": [], "destinations": [], "dead_letters": {}}
SECRET_REASON = "the outbox is half full"
AMBER: Answer = {**GREEN, "colour": "amber", "reasons": [SECRET_REASON]}


class Worker:
    """Answers by what it is asked to do, and remembers it. An answer may be worked out from the command."""

    def __init__(self, **answers: Answer | Callable[[Command], Answer]) -> None:
        self.answers = {"health": GREEN, "metrics": GREEN, "configuration": {"clients": ["web"], "tag_names": ["ga4"]}, **answers}
        self.asked: list[Command] = []

    async def __call__(self, command: Command) -> Answer:
        self.asked.append(command)
        answer: Any = self.answers.get(command["do"], {"error": "not played"})
        found: Answer = answer(command) if callable(answer) else answer
        return found

    def asked_to(self, do: str) -> list[Command]:
        return [{name: value for name, value in each.items() if name != "do"} for each in self.asked if each["do"] == do]


class Time:
    """Goes by when somebody says so: ``slept`` are the seconds that answers have waited, which take none."""

    def __init__(self) -> None:
        self.now = NOW
        self.slept: list[float] = []

    def __call__(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Port:
    """The admin port. A worker that is None does not answer. Who is signed in stays so from one request to the next."""

    LOCKED = Access(TOKEN)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.access: Access = OPEN
        self.workers: Sequence[Worker | None] = [Worker()]
        self.leaving = False
        self.beside: dict[str, Any] = {}
        self.settings = ServerSettings()
        self.time = Time()
        self._door: Door | None = None

    @property
    def door(self) -> Door:
        if self._door is None:
            self._door = Door(self.access, self.settings, self.time, self.time.sleep)
        return self._door

    def restart(self) -> None:
        self._door = None

    def app(self) -> Any:
        sockets = [socket_path(self.folder, number) for number in range(len(self.workers))]
        return admin_app(sockets, self.door, leaving=lambda: self.leaving, clock=lambda: NOW, beside=lambda: self.beside)

    async def open(self, stack: AsyncExitStack) -> int:
        """The port's number; the workers and it are closed with the stack."""
        for number, worker in enumerate(self.workers):
            if worker is not None:
                stack.callback((await listen(socket_path(self.folder, number), worker)).close)
        _, port = await stack.enter_async_context(serving(self.app()))
        return port

    def sends(self, raw: bytes) -> Reply:
        """The reply to these bytes."""

        async def scenario() -> Reply:
            async with AsyncExitStack() as stack:
                return await exchange(await self.open(stack), raw)

        return asyncio.run(scenario())

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        named = {"host": "localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if method == "POST":
            named["content-length"] = str(len(body))
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        return self.sends(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body)

    def get(self, path: str, **headers: str) -> Reply:
        return self.ask("GET", path, b"", **headers)

    def post(self, path: str, fields: Sequence[tuple[str, str]] | dict[str, str] = (), **headers: str) -> Reply:
        """As our own page sends a form."""
        return self.ask("POST", path, urlencode(fields).encode(), **{"origin": "http://localhost", **headers})

    def page(self, path: str, **headers: str) -> Any:
        status, _, body = self.get(path, **headers)
        return {"status": status, **json.loads(body)}


class _Template:
    def __init__(self, name: str) -> None:
        self.name = name

    def render(self, **given: Any) -> str:
        return json.dumps({"template": self.name, **given})


class _Templates:
    @staticmethod
    def get_template(name: str) -> _Template:
        return _Template(name)


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Port:
    monkeypatch.setattr(rendering, "_TEMPLATES", _Templates())
    monkeypatch.setattr(rendering, "_files", lambda: {"page.css": (b"a{}", "text/css; charset=utf-8")})
    return Port(tmp_path)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def closed(port: Port) -> Port:
    """A port that wants the token."""
    port.access = Port.LOCKED
    return port
