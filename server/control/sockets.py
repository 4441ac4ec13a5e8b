"""How one process asks another's worker: a JSON line to the Unix socket beside its outbox file, a JSON line back.

The socket lies in the data folder (0700), so whoever may read the outbox may ask, and nobody else.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import structlog

from server.control.following import Answer, Telling, follow

Command: TypeAlias = dict[str, Any]
Handler: TypeAlias = Callable[[Command], Awaitable[Answer]]

PATIENCE = 10.0
"""Seconds that an answer may take."""

log = structlog.get_logger("tagyard")

_LIMIT = 64 * 1024 * 1024

_ASKING: Final = ThreadPoolExecutor(32, "asking")
"""Threads that wait for answers. They are not those that work them out: a worker that has the admin port asks itself, and as many
questions as it has threads would keep it from answering any.
"""


class NobodyThere(Exception):
    """No process listens on the socket."""


class NoAnswer(NobodyThere):
    """Somebody listens, and does not answer in time."""


class Unfinished(Exception):
    """Somebody was asked, and the answer has no end. ``begun``: a part of what was asked for is done."""

    def __init__(self, why: str, *, begun: bool) -> None:
        super().__init__(why)
        self.begun = begun


def socket_path(folder: Path, worker: int) -> Path:
    """Where the worker of this number listens."""
    return folder / f"outbox-{worker}.sock"


def sockets_in(folder: Path) -> list[Path]:
    """Where workers of this folder listen, or have listened: one that ended without a stop leaves its socket behind."""
    return sorted(folder.glob("outbox-*.sock"))


async def listen(path: Path, handler: Handler) -> asyncio.Server:
    """Answers commands until the server is closed. Raises OSError."""
    path.unlink(missing_ok=True)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await _answer(await reader.readline(), handler)
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        except (OSError, ValueError):
            pass  # the asker went away, or its line had no end
        finally:
            writer.close()

    with _short(path) as address:
        server = await asyncio.start_unix_server(converse, address, limit=_LIMIT)
    path.chmod(0o600)
    return server


async def _answer(line: bytes, handler: Handler) -> Answer:
    try:
        command = json.loads(line)
    except (ValueError, RecursionError):
        return {"error": "this is no JSON"}
    if not isinstance(command, dict):
        return {"error": "a command is an object"}
    try:
        return await handler(command)
    except Exception as error:
        log.exception("a command failed")
        return {"error": f"it failed: {type(error).__name__}"}


async def ask(path: Path, command: Command) -> Answer:
    """The worker's answer, all the parts of it. Raises NobodyThere."""
    return await asyncio.get_running_loop().run_in_executor(_ASKING, follow, partial(ask_now, path), command)


def ask_now(path: Path, command: Command) -> Answer:
    """One part of it, for a process without an event loop. Raises NobodyThere."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, _short(path) as address:
            connection.settimeout(PATIENCE)
            connection.connect(address)
            connection.sendall(json.dumps(command).encode() + b"\n")
            with connection.makefile("rb") as lines:
                answer: Answer = json.loads(lines.readline())
                return answer
    except TimeoutError:
        raise NoAnswer(f"{path}: Tagyard runs, and has not answered within {PATIENCE:g} s") from None
    except (OSError, ValueError) as error:
        raise NobodyThere(f"{path}: {error}") from None


def ask_to_the_end(path: Path, command: Mapping[str, Any], told: Telling = lambda _: None) -> Answer | None:
    """All parts of the answer as one; None where nobody is behind the socket. Raises Unfinished."""
    begun = False

    def part(step: Command) -> Answer:
        nonlocal begun
        answer = ask_now(path, step)
        begun = True
        return answer

    try:
        return follow(part, command, told)
    except NoAnswer as error:
        raise Unfinished(str(error), begun=begun) from None
    except NobodyThere:
        if begun:
            raise Unfinished(f"{path}: Tagyard stopped meanwhile", begun=True) from None
        return None


class _short:  # noqa: N801  used like a function
    """The path within the 107 bytes that a socket's address may have: by way of the folder's descriptor if need be."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder: int | None = None

    def __enter__(self) -> str:
        if len(os.fsencode(self._path)) < 100:
            return str(self._path)
        self._folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._folder}/{self._path.name}"

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            os.close(self._folder)
