"""The stores that keep the contract, each with what a test may do to it from outside."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Protocol

from core.types import Payload
from server.outbox import FolderOutbox, files
from server.outbox.answering import answered
from server.outbox.row import State, named_row
from server.outbox.selection import ListedRow, RowFilter
from server.outbox.sqlite import OutboxFile
from server.outbox.store import Leased, Store, Suspect
from tests.server.outbox.memory import MemoryStore
from tests.server.outbox.memory_disk import Disk
from tests.server.outbox.played import BROKEN, FULL, Faulty, Put, fault, faulty

PLACE = "https://vendor.example"
END = (1 << 60) - 1
ALL = RowFilter()


class Place(Protocol):
    """Where one store is kept, from one process to the next."""

    keeps_time: bool
    """Whether whoever opens it may tell the time by which rows are due; else its own clock bounds how long they wait."""

    async def open(self, now: int | None = None, *, number: int = 0) -> Store:
        """Opens it as the process that comes next."""

    async def adopt(self, number: int, now: int | None) -> Store:
        """Opens it as a process that has a store of its own."""

    async def kill(self, store: Store) -> None:
        """The process that has the store open is gone, and with it what it had said and not flushed."""

    def write(self, ids: Sequence[int], *, format: int | None = None, spoilt: bool = False) -> None:
        """These rows, while nobody has the store open, are of another version, or no longer readable."""

    def room(self, there: bool) -> None:
        """Whether the disk has room, while the store is open."""

    def breaks(self) -> None:
        """The disk fails, while the store is open."""

    def remains(self) -> bool:
        """Whether there is anything left of the store."""


class MemoryPlace:
    """``straight`` as for the store."""

    keeps_time = True

    def __init__(self, straight: bool = True) -> None:
        self.straight = straight
        self.disk = Disk()

    async def open(self, now: int | None = None, *, number: int = 0) -> MemoryStore:
        return MemoryStore(self.disk, number, straight=self.straight, now=now)

    async def adopt(self, number: int, now: int | None) -> MemoryStore:
        return await self.open(now, number=number)

    async def kill(self, store: Store) -> None:  # noqa: ARG002
        self.disk = deepcopy(self.disk)

    def write(self, ids: Sequence[int], *, format: int | None = None, spoilt: bool = False) -> None:
        for row in (self.disk.rows[id] for id in ids):
            row.format = row.format if format is None else format
            row.body = "{" if spoilt else row.body

    def room(self, there: bool) -> None:
        self.disk.room = there

    def breaks(self) -> None:
        self.disk.broken = True

    def remains(self) -> bool:
        return bool(self.disk.rows)


class FilePlace:
    """A folder; a process that is killed leaves it as it is, and the next one finds a copy of that."""

    keeps_time = True

    def __init__(self, root: Path) -> None:
        self._root = root
        self.lives = 0
        self.number = 0
        self._disk: Faulty
        self.folder.mkdir()

    @property
    def folder(self) -> Path:
        return self._root / f"life-{self.lives}"

    @property
    def path(self) -> Path:
        return files.database(self.folder, self.number)

    async def open(self, now: int | None = None, *, number: int = 0) -> OutboxFile:
        self.number = number
        file = OutboxFile.open(self.folder, number, now)
        self._disk = faulty(file)
        return file

    async def adopt(self, number: int, now: int | None) -> Store:
        outbox = FolderOutbox.open(self.folder, 0, max_size=1 << 40, workers=1)
        (adopted,) = await outbox.adopt({0}, now)
        await outbox.own.close()
        assert adopted.number == number
        return adopted

    async def kill(self, store: Store) -> None:
        left = self.folder
        self.lives += 1
        shutil.copytree(left, self.folder)
        await store.close()
        shutil.rmtree(left)

    def write(self, ids: Sequence[int], *, format: int | None = None, spoilt: bool = False) -> None:
        changes = {"format": format, "body": b"{" if spoilt else None}
        connection = sqlite3.connect(self.path, isolation_level=None)
        for column, value in changes.items():
            if value is not None:
                connection.executemany(f"UPDATE rows SET {column} = ? WHERE id = ?", [(value, id) for id in ids])
        (latest,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute(f"PRAGMA user_version = {max(format or 0, latest)}")
        connection.close()

    def room(self, there: bool) -> None:
        self._disk.fault = lambda text: fault(*FULL) if not there and text == "COMMIT" else None

    def breaks(self) -> None:
        self._disk.fault = lambda text: fault(*BROKEN) if text == "COMMIT" else None

    def remains(self) -> bool:
        return self.path.exists()


def play(place: Place, *scenes: Callable[[Store], Awaitable[None]], now: int | None = None, killed: bool = False) -> None:
    """Each scene is the life of a process, which starts, and closes in good order, or is killed."""

    async def run() -> None:
        for scene in scenes:
            store = await place.open(now)
            store.start(asyncio.get_running_loop())
            try:
                await scene(store)
            finally:
                await (place.kill(store) if killed else store.close())

    asyncio.run(run())


def payload(number: int = 0, *, destination: str = PLACE, body: Any = None, **more: Any) -> Payload:
    more = {"received_at": 1000 + number, "client_id": "7.8", **more}
    return Payload(body if body is not None else {"n": number}, destination, **more)


async def put(store: Store, *payloads: Payload, due_at: int = 0, tag: str = "ga4", state: State = State.QUEUED) -> list[int]:
    """Accepts them as one request; their ids."""
    receipt = Put()
    ids = [store.insert(tag, each, state, due_at) for each in payloads]
    store.put(receipt)
    await receipt.future
    return ids


async def leased(store: Store, *payloads: Payload, tag: str = "ga4") -> list[int]:
    """Accepts them so that they are on the wire, by the way that this store has for that; their ids."""
    if store.straight:
        return await put(store, *payloads, tag=tag, state=State.LEASED)
    ids = await put(store, *payloads, tag=tag)
    for place in {each.destination for each in payloads}:
        assert {row.id for row in (await lease(store, tag=tag, destination=place, limit=1000)).rows} <= set(ids)
    return ids


async def claimed(store: Store, *keys: str, tag: str = "ga4") -> list[int]:
    """Accepts a payload for each key, and leaves them claimed; their ids."""
    receipt, ids = Put(), [store.take_id() for _ in keys]
    for id, key in zip(ids, keys, strict=True):
        store.insert_claimed(id, tag, payload(id), 0, key)
    store.put(receipt)
    await receipt.future
    return ids


async def lease(store: Store, now: int = 0, limit: int = 64, tag: str = "ga4", destination: str = PLACE) -> Leased:
    return await answered(lambda answer: store.lease(tag, destination, now, limit, answer))


async def lease_one(store: Store, suspect: Suspect) -> Leased:
    return await answered(lambda answer: store.lease_one(suspect, answer))


async def listed(store: Store, wanted: RowFilter = ALL) -> dict[int, ListedRow]:
    """All the rows that are wanted, by their ids, slice after slice."""
    found: dict[int, ListedRow] = {}
    after: int | None = 0
    while after is not None:
        part = await store.list_rows(wanted, after, END, 1000)
        found |= {named[1]: row for row in part.found if (named := named_row(row["id"]))}
        after = part.next
    return found


async def states(store: Store) -> dict[int, str]:
    return {id: row["state"] for id, row in (await listed(store)).items()}
