"""How a worker listens for commands, and how it asks the others while its event loop goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import structlog

from server.control.following import Answer, follow
from server.control.sockets import Command, ask_now, within

Handler: TypeAlias = Callable[[Command], Awaitable[Answer]]

log = structlog.get_logger("tagyard")

_LIMIT = 64 * 1024 * 1024

_ASKING: Final = ThreadPoolExecutor(32, "asking")
"""Threads that wait for answers. They are not those that work them out: a worker that has the admin port asks itself, and as many
questions as it has threads would keep it from answering any.
"""


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

    with within(path) as address:
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
