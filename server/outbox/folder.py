"""The outbox of one worker in a folder: its own file, the room on the disk, and the files that nobody holds."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import structlog

from server.outbox import files
from server.outbox.capacity import Capacity
from server.outbox.data_folder import prepare
from server.outbox.durability import Durability
from server.outbox.errors import OutboxError, OutboxFailed, OutboxTaken
from server.outbox.failpoints import failpoint
from server.outbox.keys import Keys
from server.outbox.presence import Presence
from server.outbox.sqlite import OutboxFile
from server.outbox.store import Store

log = structlog.get_logger("tagyard")


class FolderOutbox:
    """An Outbox of files."""

    durability: Durability | None = None
    speaks = reports = True

    def __init__(self, folder: Path, own: Store, capacity: Capacity, workers: int) -> None:
        self.own = own
        self.capacity = capacity
        self.failure: Exception | None = None
        self.keys = Keys(folder)
        self._folder = folder
        self._workers = workers
        self.asides: Sequence[Path] = files.asides(folder)
        """Damaged files that were set aside and wait for somebody to look into them."""
        self.unopened: Mapping[int, str] = {}
        """Files that nobody holds and that cannot be opened, by number, with the reason: what they hold is not delivered."""
        self._presence = Presence()
        own.full = self._no_room

    @classmethod
    def open(cls, folder: Path, worker: int, *, max_size: int, workers: int, now: int | None = None) -> FolderOutbox:
        """Opens the file of this worker (0, 1, …) among so many; ``now`` as for a file. Blocks. Raises OutboxError."""
        own = OutboxFile.open(prepare(folder), worker, now)
        capacity = Capacity(max_size)
        capacity.update(own.measure_now(), {})
        return cls(own.folder, own, capacity, workers)

    @property
    def full(self) -> bool:
        """No new rows are taken for now, or ever again in this process."""
        return self.capacity.full or self.failure is not None

    async def measure(self, rows: Mapping[str, int]) -> None:
        """Looks whether the files are still there, and how much room there is; ``rows`` is what each tag has.

        Raises OutboxFailed.
        """
        gone = self._presence.missing(files.essential(self._folder, self.own.number))
        if gone is not None:
            raise OutboxFailed(f"{gone}: was removed or replaced while it was in use; what is accepted now would be lost")
        self.asides = files.asides(self._folder)
        self.capacity.update(await self.own.measure(), rows)

    async def adopt(self, known: Collection[int], now: int | None = None) -> list[Store]:
        """Opens the files that belong to no worker of this configuration and that nobody holds; ``known`` we hold already.

        A file of a worker that is merely being started again is left to it. One that cannot be opened is told of, and tried again
        the next time.
        """
        adopted: list[Store] = []
        unopened: dict[int, str] = {}
        for number in files.numbers(self._folder):
            if number >= self._workers and number not in known:
                try:
                    adopted.append(await asyncio.to_thread(OutboxFile.open, self._folder, number, now))
                    failpoint("mid_adopt")
                except OutboxTaken:
                    continue
                except OutboxError as error:
                    unopened[number] = str(error)
        for number in unopened.keys() - self.unopened.keys():
            log.error("a file of the outbox cannot be opened; what it holds is not delivered", why=unopened[number])
        self.unopened = unopened
        return adopted

    def _no_room(self) -> None:
        if not self.capacity.full:
            self.capacity.closed("the disk is full")
