"""A command line in a folder of its own, and what it may find there: a configuration, an outbox."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from click.testing import CliRunner, Result

from core.types import Payload
from server.cli import main
from server.control.following import Answer
from server.control.sockets import Command, socket_path
from server.control.workers import listen
from server.outbox.files import database
from server.outbox.row import State, record
from server.outbox.schema import connect
from server.outbox.statements import insert
from server.system import terminal
from tests.server.cli.explained import CONTAINER

Run: TypeAlias = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty at first; no variable of the environment names a configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TAGYARD_CONFIG", raising=False)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:  # noqa: ARG001  runs in that folder
    """Runs ``tagyard`` with these arguments; its standard output and standard error are those of the result."""

    def run(*arguments: str, input: str | None = None, **environment: str) -> Result:
        result = CliRunner().invoke(main, arguments, input=input, env=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


CONFIG = "clients: {ga4: {measurement_ids: [G-ABC1234567]}}\ntags: {ga4: {}}\noutbox: {url: 'sqlite:kept'}\n"
AT = 1_700_000_000_000_000
"""2023-11-14 22:13:20 UTC."""


def payload(client_id: str, event: str, at: int = AT) -> Payload:
    return Payload({"q": event}, "https://www.google-analytics.com", received_at=at, client_id=client_id, event_name=event)


def fill(folder: Path, number: int, *rows: tuple[str, Payload, State]) -> None:
    connection = connect(database(folder, number))
    with connection:
        for id, (tag, content, state) in enumerate(rows, 1):
            insert(connection, record(id, tag, content, state, content.received_at))
    connection.close()


@pytest.fixture
def kept(folder: Path) -> Path:
    """A configuration beside the outbox that an unfinished run left: two files, four rows of two tags."""
    (folder / "container.yaml").write_text(CONFIG)
    kept = folder / "kept"
    kept.mkdir(mode=0o700)
    fill(
        kept,
        0,
        ("ga4", payload("1.1", "page_view", AT + 2), State.QUEUED),
        ("ga4", payload("1.2", "purchase", AT + 1), State.DEAD),
        ("hook", payload("1.1", "purchase", AT + 3), State.DEAD),
    )
    fill(kept, 3, ("ga4", payload("1.3", "\x1b[31m"), State.QUEUED))
    return kept


@pytest.fixture
def serving() -> Iterator[Callable[..., list[Command]]]:
    """Starts workers that answer every command the same; gives the list of what they were asked."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    servers: list[asyncio.Server] = []

    def serve(folder: Path, worker: int, *answers: Answer) -> list[Command]:
        """The last answer is given for good."""
        asked: list[Command] = []
        left = list(answers)

        async def handler(command: Command) -> Answer:
            asked.append(command)
            return left.pop(0) if len(left) > 1 else left[0]

        servers.append(asyncio.run_coroutine_threadsafe(listen(socket_path(folder, worker), handler), loop).result(60))
        return asked

    async def close() -> None:
        for server in servers:
            server.close()
        await asyncio.sleep(0)

    yield serve
    asyncio.run_coroutine_threadsafe(close(), loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input is a terminal at which somebody sits."""
    monkeypatch.setattr(terminal, "somebody_there", lambda: True)


@pytest.fixture
def container(folder: Path) -> Path:
    """A configuration with two clients, triggers, transformations and tags of three kinds."""
    path = folder / "container.yaml"
    path.write_text(CONTAINER)
    return path
