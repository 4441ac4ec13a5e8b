"""A real listener on a loopback port, and what one raw socket gets from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, cast

from server.connections.listener import Listener, bind
from server.connections.protocol import GuardedProtocol

Message: TypeAlias = MutableMapping[str, Any]
App: TypeAlias = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


@asynccontextmanager
async def serving(app: Any, **settings: Any) -> AsyncIterator[tuple[Listener, int]]:
    """The listener and its port. Where nobody has told it to stop, which takes a fifth of a second, it is cut off at the end."""
    listening = bind("127.0.0.1", 0)
    listener = Listener(app, **settings)
    running = asyncio.create_task(listener.run_on(listening))
    while not listener.started:
        await asyncio.sleep(0.001)
    try:
        yield listener, listening.getsockname()[1]
    finally:
        if listener.should_exit:
            listener.force_exit = True
        else:
            running.cancel()
        await asyncio.wait([running], timeout=60)
        if not listener.should_exit:
            await cut_off(listener)
        listening.close()


async def cut_off(listener: Listener) -> None:
    """Nothing is accepted, and nobody is spoken to any more."""
    for acceptor in listener.servers:
        acceptor.close()
    for connection in list(listener.server_state.connections):
        cast("GuardedProtocol", connection).transport.abort()
    await asyncio.sleep(0)


class Raw:
    """One connection, byte for byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer: status, headers, body."""
        head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 60)).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await asyncio.wait_for(self.reader.readexactly(int(headers.get("content-length", "0"))), 60)
        return int(head[0].split()[1]), headers, body

    async def closed(self) -> bool:
        """Whether the other side has ended the connection, and said nothing more before."""
        try:
            return await asyncio.wait_for(self.reader.read(), 60) == b""
        except ConnectionError:
            return True

    @property
    def port(self) -> int:
        """Where it leads."""
        port: int = self.writer.get_extra_info("peername")[1]
        return port

    def leave(self) -> None:
        self.writer.transport.abort()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Raw]:
    raw = Raw(*await asyncio.open_connection("127.0.0.1", port))
    try:
        yield raw
    finally:
        raw.leave()
        await asyncio.sleep(0)


async def exchange(port: int, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """One request over a connection of its own."""
    async with connected(port) as raw:
        await raw.send(data)
        return await raw.reply()
