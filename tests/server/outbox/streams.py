"""A real nats-server for the tests, and a store in its streams."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import TypeVar

from config import OutboxSettings
from server.outbox.errors import OutboxError
from server.outbox.jetstream import JetStreamStore, connect, open_store
from server.outbox.jetstream.link import Link, Message
from server.outbox.jetstream.names import Names, place_of
from server.outbox.jetstream.replica import Clock
from server.outbox.jetstream.rows import Rows
from server.outbox.jetstream.stored import StoredRow
from server.outbox.jetstream.streams import make, wanted
from server.outbox.store import Store
from tests.ports import free_port

Answer = TypeVar("Answer")

SERVER = Path(sys.executable).with_name("nats-server")
_NUMBERS = itertools.count(1)
ROOM = 256 << 20
NONE = 1


@dataclass
class Server:
    """One that runs, with JetStream, and flushes every write."""

    url: str
    process: subprocess.Popen[bytes] | None


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A server whose streams lie in this folder."""
    port, process = started(folder)
    try:
        yield Server(f"nats://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder / "streams", ignore_errors=True)


def started(folder: Path, tries: int = 5) -> tuple[int, subprocess.Popen[bytes]]:
    """Its port and its process; another port where somebody else has taken the one that was free."""
    port, file = free_port(), folder / "nats.conf"
    file.write_text(f'port: {port}\njetstream {{ store_dir: "{folder}/streams", sync_interval: always }}\n')
    process = subprocess.Popen([SERVER, "-c", file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
    except AssertionError:
        if not tries:
            raise
        return started(folder, tries - 1)
    return port, process


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
    raise AssertionError("nats-server did not start")


def at_once(run: Callable[[], Awaitable[Answer]]) -> Answer:
    """Runs it in a loop of its own, whether or not another one runs here."""
    found: list[Answer] = []

    async def main() -> None:
        found.append(await run())

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    thread.join()
    return found[0]


class StreamPlace:
    """Streams of their own on a server."""

    keeps_time = False

    def __init__(self, server: Server) -> None:
        self._url = server.url
        self._names = Names(f"T{next(_NUMBERS)}")
        self._link: Link | None = None
        self._with(lambda link: make(link, wanted(self._names, replicas=1, max_bytes=ROOM)))

    def _with(self, run: Callable[[Link], Awaitable[Answer]]) -> Answer:
        async def connected() -> Answer:
            link = await connect(OutboxSettings(url=self._url))
            try:
                return await run(link)
            finally:
                await link.close()

        return at_once(connected)

    async def open(
        self,
        now: int | None = None,  # noqa: ARG002
        *,
        number: int = 0,
        patience: float = 0,
        clock: Clock = monotonic,
    ) -> JetStreamStore:
        link = await connect(OutboxSettings(url=self._url))
        try:
            return await open_store(link, self._names, number, patience=patience, clock=clock)
        except OutboxError:
            await link.close()
            raise

    async def adopt(self, number: int, now: int | None) -> Store:
        return await self.open(now, number=number)

    async def kill(self, store: Store) -> None:
        assert isinstance(store, JetStreamStore)
        await store.forsake()
        names = self._names

        async def gone(link: Link) -> None:
            await link.ask(f"STREAM.PURGE.{names.state}", {"filter": names.alive("*")})

        self._with(gone)

    def write(self, ids: Sequence[int], *, format: int | None = None, spoilt: bool = False) -> None:
        async def written(link: Link) -> None:
            rows = Rows(link, self._names)
            for id in ids:
                found = await rows.find(id)
                if found is None:
                    continue
                row = StoredRow.read(found.data)
                changed = replace(row, format=format or row.format, body=b"{" if spoilt else row.body)
                subject = self._names.row(place_of(*row.place), row.batch, id, changed.format)
                await link.write(Message(subject, changed.write()))
                if subject != found.subject:
                    await rows.delete(self._names.rows, found.number)

        self._with(written)

    def room(self, there: bool) -> None:
        (rows, *_) = wanted(self._names, replicas=1, max_bytes=ROOM if there else NONE)
        self._with(lambda link: link.ask(f"STREAM.UPDATE.{self._names.rows}", rows))

    def breaks(self) -> None:
        async def gone(link: Link) -> None:
            for name in (self._names.rows, self._names.dead):
                await link.ask(f"STREAM.DELETE.{name}")

        self._with(gone)

    def remains(self) -> bool:
        async def left(link: Link) -> int:
            info = await link.ask(f"STREAM.INFO.{self._names.rows}")
            return int(info["state"]["messages"])

        return self._with(left) > 0
