"""A request of which a payload has a key: claim, commit, confirm, answer, queue.

Its rows stand or fall together. None of them leaves before every key is confirmed; a process that dies on the way leaves
claims and rows from which the next one sees how far it came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.types import Once, Payload
from server.delivery.acceptance import Accepted, Suppressed
from server.delivery.board import Board
from server.delivery.destination import Destination
from server.delivery.source import Source
from server.outbox import KeyTaken, OutboxFull
from server.outbox.failpoints import failpoint
from server.outbox.keyfile import KeyClaim, digest

WAIT = 1.0
"""Seconds that another acceptance's claim of the same key is waited for."""

PATIENCE = 3.0
"""Seconds after which a sender is refused, whatever it is that takes so long."""

_SHORTEST_PAUSE = 0.005
_LONGEST_PAUSE = 0.08


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """A payload, the id that its row will have, and its key's digest."""

    id: int
    tag: str
    payload: Payload
    key: str | None


class Keyed:
    """One such request. ``future`` is done when its keys are confirmed, or it was refused.

    ``accept_free`` accepts what has no keys: the rest of a request whose keyed payloads are duplicates, all of them.
    """

    def __init__(
        self,
        board: Board,
        deliveries: Sequence[tuple[str, Payload]],
        accept_free: Callable[[Sequence[tuple[str, Payload]]], asyncio.Future[Accepted]],
    ) -> None:
        self.future: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        self._board = board
        self._accept_free = accept_free
        self._file = board.own.file
        self._keys = board.outbox.keys
        self._now = board.clock()
        self._due_at = board.steady()
        self._rows = [_Row(self._file.take_id(), tag, payload, _key(payload.once)) for tag, payload in deliveries]
        self._too_late = False

    async def run(self) -> None:
        """All of it; never raises but where it is cancelled."""
        timer = asyncio.get_running_loop().call_later(PATIENCE, self._give_up)
        try:
            await self._accept()
        except Exception as error:
            self._refuse(error)
        finally:
            timer.cancel()
            self._refuse(OutboxFull("stopping"))

    async def _accept(self) -> None:
        suppressed: list[Suppressed] = []
        written = False
        while not written:
            suppressed += self._leave_out(await self._claim())
            claimed = [(row.id, row.key) for row in self._rows if row.key is not None]
            if self._too_late:
                await self._keys.release(self._file.number, claimed)
                return
            if not claimed:
                await self._accept_free([(row.tag, row.payload) for row in self._rows])
                self._answer(suppressed)
                return
            written = await self._put_unless_taken(claimed)
        failpoint("before_confirm")
        await self._keys.confirm(self._file.number, claimed)
        self._answer(suppressed)
        await self._queue()

    async def _claim(self) -> Mapping[str, int]:
        """Claims the keys but for the duplicates; of those, when the first was seen. Raises OutboxError."""
        wanted = list(_wanted(self._rows).values())
        waited, pause = 0.0, _SHORTEST_PAUSE
        while (seen := await self._keys.claim(self._file.number, wanted, self._now)) is None:
            if waited >= WAIT:
                raise OutboxFull("another request with the same key is being accepted, and is not done")
            await asyncio.sleep(pause)
            waited, pause = waited + pause, min(2 * pause, _LONGEST_PAUSE)
        return seen

    def _leave_out(self, seen: Mapping[str, int]) -> list[Suppressed]:
        """Takes the duplicates out of the rows: of what was seen before, and of what this request has twice."""
        own = {key: wanted.row for key, wanted in _wanted(self._rows).items()}
        twice = [row for row in self._rows if row.key is not None and (row.key in seen or own[row.key] != row.id)]
        self._rows = [row for row in self._rows if row not in twice]
        return [Suppressed(row.tag, row.payload, seen.get(row.key or "", self._now)) for row in twice]

    async def _put_unless_taken(self, claimed: Sequence[tuple[int, str]]) -> bool:
        """Writes the rows; not where another process was first with one of the keys: that is known to the next claim."""
        try:
            await self._put(claimed)
        except KeyTaken:
            self._rows = [replace(row, id=self._file.take_id()) for row in self._rows]
            return False
        return True

    async def _put(self, claimed: Sequence[tuple[int, str]]) -> None:
        """Writes the rows. Raises OutboxFailed: who knows? After any other error none is there and the keys are given back."""
        put, inserted = _Put(), []
        try:
            for row in self._rows:
                self._file.insert_claimed(row.id, row.tag, row.payload, self._due_at, row.key)
                inserted.append(row)
        except Exception:  # what a plugin made cannot be stored: nothing of the request may stay behind
            self._file.remove([row.id for row in inserted])
            await self._keys.release(self._file.number, claimed)
            raise
        self._count(self._board.accepted)
        self._file.put(put)
        try:
            await put.done
        except OutboxFull:
            self._count(self._board.withdrawn)
            await self._keys.release(self._file.number, claimed)
            raise

    def _count(self, verb: Callable[[Source, Destination, int], None]) -> None:
        for row in self._rows:
            verb(self._board.own, self._board.destination(row.tag, row.payload.destination), 1)

    async def _queue(self) -> None:
        await self._file.unclaim([row.id for row in self._rows])
        for row in self._rows:
            self._board.destination(row.tag, row.payload.destination).queued(self._board.own, row.payload, self._due_at)

    def _answer(self, suppressed: Sequence[Suppressed]) -> None:
        self._board.left_out(each.tag for each in suppressed)
        if not self.future.done():
            self.future.set_result(suppressed)

    def _refuse(self, error: Exception) -> None:
        """Where the sender has no answer yet."""
        if not self.future.done():
            self.future.set_exception(error)

    def _give_up(self) -> None:
        """Before the rows are written the claims will be given back; after that they are accepted, and no one is told."""
        self._too_late = True
        self._refuse(OutboxFull("the keys of `deduplicate` did not answer in time"))


class _Put:
    """Hears what became of the rows."""

    def __init__(self) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def committed(self) -> None:
        self.done.set_result(None)

    def refused(self, error: Exception) -> None:
        self.done.set_exception(error)


def _key(once: Once | None) -> str | None:
    return None if once is None else digest(once.key)


def _wanted(rows: Sequence[_Row]) -> dict[str, KeyClaim]:
    """By key: the first row of each."""
    wanted: dict[str, KeyClaim] = {}
    for row in rows:
        if row.key is not None and row.payload.once is not None:
            wanted.setdefault(row.key, KeyClaim(row.key, row.id, row.payload.once.window, row.payload.once.sender))
    return wanted
