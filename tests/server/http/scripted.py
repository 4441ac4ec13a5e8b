"""A server that does to each connection what its script says, and remembers what it was sent."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

from core.types import OutboundRequest

READ = "read a request"
READ_HEAD = "read a request's head"
CLOSE = "close in order"
RESET = "close with a reset"
END = "write no more, keep reading"
STALL = "neither read nor write"

Step: TypeAlias = bytes | str
"""One of the words above, or bytes to write. After the last step the connection stays open and silent."""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class ScriptedServer:
    """The n-th connection follows the n-th script, any later one the last."""

    def __init__(self, scripts: Sequence[Sequence[Step]]) -> None:
        self.connections = 0
        self.closed = 0
        self.requests: list[bytes] = []
        self.port = 0
        self._scripts = scripts
        self._tasks: set[asyncio.Task[None]] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        script = self._scripts[min(self.connections, len(self._scripts) - 1)]
        self.connections += 1
        try:
            for step in script:
                await self._take(step, reader, writer)
            await reader.read()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.closed += 1
            writer.transport.abort()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks)

    async def _take(self, step: Step, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(step, bytes):
            writer.write(step)
            await writer.drain()
        elif step in (READ, READ_HEAD):
            self.requests.append(await _read_request(reader, head_only=step == READ_HEAD))
        elif step == CLOSE:
            writer.close()
        elif step == RESET:
            writer.transport.abort()
        elif step == STALL:
            await asyncio.Event().wait()
        else:
            writer.write_eof()


async def _read_request(reader: asyncio.StreamReader, *, head_only: bool) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return head if head_only or not lengths else head + await reader.readexactly(lengths[0])


@asynccontextmanager
async def serving(*scripts: Sequence[Step], tls: ssl.SSLContext | None = None) -> AsyncIterator[ScriptedServer]:
    scripted = ScriptedServer(scripts)
    server = await asyncio.start_server(scripted.accept, "127.0.0.1", 0, ssl=tls)
    scripted.port = server.sockets[0].getsockname()[1]
    try:
        yield scripted
    finally:
        server.close()
        await scripted.stop()


def post(url: str, body: bytes = b"hit", timeout: float | None = None, **headers: str) -> OutboundRequest:
    return OutboundRequest("POST", url, tuple(headers.items()), body, (0,), timeout)


def get(url: str, method: str = "GET") -> OutboundRequest:
    return OutboundRequest(method, url, (), b"", (0,))
