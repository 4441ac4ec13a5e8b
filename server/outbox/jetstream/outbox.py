"""The outbox of one worker in streams that all replicas share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

import structlog

from server.outbox.capacity import Capacity
from server.outbox.durability import Durability
from server.outbox.jetstream.errors import Unreachable
from server.outbox.jetstream.keys import StreamKeys
from server.outbox.jetstream.store import JetStreamStore
from server.outbox.store import Store

log = structlog.get_logger("tagyard")

_NONE: Final[Mapping[int, str]] = {}


class StreamOutbox:
    """An Outbox of streams. There is nothing to adopt: what a dead replica has had, the others take over."""

    asides: Sequence[Path] = ()
    unopened: Mapping[int, str] = _NONE

    def __init__(self, own: JetStreamStore, max_size: int, durability: Durability, *, speaks: bool) -> None:
        self.own: Store = own
        self._own = own
        self.capacity = Capacity(max_size)
        self.failure: Exception | None = None
        self.durability: Durability | None = durability
        self.speaks = speaks
        self._keys = own.keys
        self._keys_told = False
        own.full = self._no_room

    @classmethod
    async def of(cls, own: JetStreamStore, durability: Durability, *, speaks: bool) -> StreamOutbox:
        """With the room that the stream has now. Raises OutboxError."""
        measured = await own.measure()
        outbox = cls(own, measured.total, durability, speaks=speaks)
        outbox.capacity.update(measured, {})
        return outbox

    @property
    def reports(self) -> bool:
        """The eldest does: where it ends, the next one takes over."""
        return self._own.eldest

    @property
    def keys(self) -> StreamKeys:
        """The keys of its rows, which are written with them."""
        return self._keys

    @property
    def full(self) -> bool:
        """No new rows are taken for now, or ever again in this process."""
        return self.capacity.full or self.failure is not None

    async def measure(self, rows: Mapping[str, int]) -> None:
        """Looks how much room the streams have; ``rows`` is what each tag has. Raises OutboxError."""
        try:
            self.capacity.update(await self.own.measure(), rows)
        except Unreachable as error:
            self.capacity.lost(str(error))
            raise
        await self._count_keys()

    async def _count_keys(self) -> None:
        """Once while it is full: it may be keys that fill it, and they go when their windows end, whatever is delivered."""
        before, self._keys_told = self._keys_told, self.capacity.full
        if self.capacity.full and not before:
            keys = await self._own.keys_kept()
            log.warning("keys of `deduplicate` take room in the full outbox until their windows end", keys=keys)

    async def adopt(self, known: Collection[int], now: int | None = None) -> list[Store]:  # noqa: ARG002
        """None."""
        return []

    def _no_room(self) -> None:
        if not self.capacity.full:
            self.capacity.closed("the stream is full")
