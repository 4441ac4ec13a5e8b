"""Twelve kinds of connections that take their time, as a process of its own: ``python -m tests.server.process.slow PORT COUNT``.

Each begins anew when the server has ended it. It runs until it is killed, and says ``ready`` when all have begun.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import sys
from collections.abc import Awaitable, Callable

Kind = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

HIT = b"GET /g/collect?v=2&tid=G-TEST00001&cid=1.2&en=slow HTTP/1.1\r\nHost: t.example\r\n\r\n"
ROBOTS = b"GET /robots.txt HTTP/1.1\r\nHost: t.example\r\n\r\n"
POST = b"POST /g/collect?v=2&tid=G-TEST00001&cid=1.2 HTTP/1.1\r\nHost: t.example\r\n"
LENGTH = b"Content-Length: 1048576\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40)
OVER = 2.0
"""Seconds over which they come."""
AGAIN = 0.3
"""Seconds until one begins anew."""


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG001
    """Says nothing."""
    await reader.read()


async def byte_by_byte(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG001
    """One byte of a head a second."""
    for byte in HIT:
        await say(writer, bytes([byte]), 1)


async def endless_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG001
    """One header after another."""
    await say(writer, HIT[:-2], 0)
    while True:
        await say(writer, b"X-Y: %s\r\n" % (b"y" * 500), 0.2)


async def announced(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One byte of a large body."""
    await say(writer, POST + LENGTH + b"e", 0)
    await reader.read()


async def body_trickles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG001
    """As slow a body as is borne."""
    await say(writer, POST + LENGTH, 0)
    while True:
        await say(writer, b"x" * 600, 0.5)


async def chunks_trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG001
    """The same in chunks of a few bytes."""
    await say(writer, POST + CHUNKED, 0)
    while True:
        await say(writer, b"2\r\nxx\r\n" * 300, 0.5)


async def never_reads(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG001
    """Asks and asks, and hears nothing of the answers."""
    writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's has it
    while True:
        await say(writer, ROBOTS * 4, 0.5)


async def pipelines(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ten requests, and half of one."""
    await say(writer, HIT * 10 + POST + LENGTH + b"x" * 50_000, 0)
    await reader.read()


async def half_closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Half a head, and no more to come."""
    await say(writer, HIT[:-4], 0)
    writer.write_eof()
    await reader.read()


async def stays_idle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One request, and then nothing."""
    await say(writer, HIT, 0)
    await reader.read()


async def tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The beginning of another protocol, byte by byte."""
    for byte in HELLO[:2]:
        await say(writer, bytes([byte]), 1)
    await say(writer, HELLO[2:], 0)
    await reader.read()


async def comes_and_goes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Opens and closes."""


KINDS: tuple[Kind, ...] = (
    silent,
    byte_by_byte,
    endless_head,
    announced,
    body_trickles,
    chunks_trickle,
    never_reads,
    pipelines,
    half_closes,
    stays_idle,
    tls,
    comes_and_goes,
)


async def say(writer: asyncio.StreamWriter, data: bytes, pause: float) -> None:
    writer.write(data)
    await writer.drain()
    await asyncio.sleep(pause)


async def keep(port: int, kind: Kind, after: float, begun: asyncio.Semaphore) -> None:
    """One connection after the other, the first one after so many seconds: those who come at the same time are a load."""
    first = True
    await asyncio.sleep(after)
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, family=socket.AF_INET)
            if first:
                first = False
                begun.release()
            try:
                await kind(reader, writer)
            finally:
                writer.transport.abort()
        await asyncio.sleep(AGAIN)


async def main(port: int, count: int) -> None:
    begun = asyncio.Semaphore(0)
    kinds = enumerate(itertools.islice(itertools.cycle(KINDS), count))
    keeping = [asyncio.create_task(keep(port, kind, OVER * number / count, begun)) for number, kind in kinds]
    for _ in range(count):
        await begun.acquire()
    print("ready", flush=True)
    await asyncio.gather(*keeping)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
