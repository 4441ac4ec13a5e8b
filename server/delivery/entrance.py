"""What is let in, and by which way: straight to the wire, into the table, or first past the keys that were seen before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from core.types import Payload
from server.delivery.acceptance import Acceptance, Accepted
from server.delivery.board import Board
from server.delivery.keyed import PATIENCE, Keyed
from server.delivery.source import Job
from server.outbox.row import Row, State

Deliveries: TypeAlias = Sequence[tuple[str, Payload]]

_LEASED: Final = State.LEASED
_QUEUED: Final = State.QUEUED


class Entrance:
    """Takes the payloads of one request at a time."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._keyed: set[asyncio.Task[None]] = set()

    def accept(self, deliveries: Deliveries) -> asyncio.Future[Accepted]:
        """The payloads of one request, all or none of them but for duplicates and crowded tags."""
        if self._board.outbox.capacity.crowded:
            deliveries = self._choosable(deliveries)
        for _, payload in deliveries:
            if payload.once is not None:
                return self._accept_keyed(deliveries)
        return self.accept_free(deliveries)

    def accept_free(self, deliveries: Deliveries) -> asyncio.Future[Accepted]:
        """Payloads without keys, or whose keys do not matter any more."""
        board = self._board
        acceptance = Acceptance(asyncio.get_running_loop().create_future(), board)
        now = board.steady()
        try:
            for tag, payload in deliveries:
                self._add(acceptance, tag, payload, now)
        except Exception as error:  # what a plugin made cannot be stored: nothing of the request may stay behind
            board.own.file.remove(acceptance.ids)
            acceptance.refused(error)
        else:
            board.own.file.put(acceptance)
        return acceptance.future

    def accept_again(self, tag: str, payload: Payload) -> tuple[int, asyncio.Future[Accepted]]:
        """A payload that was accepted before, whatever its key: the id of its new row, and when that is flushed."""
        acceptance = Acceptance(asyncio.get_running_loop().create_future(), self._board)
        self._add(acceptance, tag, replace(payload, once=None), self._board.steady())
        self._board.own.file.put(acceptance)
        return acceptance.ids[0], acceptance.future

    async def close(self, grace: float) -> None:
        """Waits so long for acceptances that have keys; what is not done in time is settled when the file is opened anew."""
        if self._keyed:
            _, late = await asyncio.wait(self._keyed, timeout=min(PATIENCE, grace))
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _choosable(self, deliveries: Deliveries) -> Deliveries:
        """Without the tags that hold too much, as long as another is left."""
        crowded = self._board.outbox.capacity.crowded
        chosen = [delivery for delivery in deliveries if delivery[0] not in crowded]
        if not chosen:
            return deliveries
        self._board.passed_over(tag for tag, _ in deliveries if tag in crowded)
        return chosen

    def _accept_keyed(self, deliveries: Deliveries) -> asyncio.Future[Accepted]:
        keyed = Keyed(self._board, deliveries, self.accept_free)
        task = asyncio.get_running_loop().create_task(keyed.run())
        self._keyed.add(task)
        task.add_done_callback(self._keyed.discard)
        return keyed.future

    def _add(self, acceptance: Acceptance, tag: str, payload: Payload, now: int) -> None:
        board = self._board
        own = board.own
        destination = board.destinations.get((tag, payload.destination)) or board.destination(tag, payload.destination)
        job = acceptance.job(destination, payload.group) if acceptance.jobs else None
        if job is None and destination.takes_straight(own, payload, now):
            job = Job(own, [])
            acceptance.jobs.append((destination, job))
        number = own.file.insert(tag, payload, _QUEUED if job is None else _LEASED, now)
        board.accepted(own, destination, 1)
        if job is not None:
            job.rows.append(Row(number, tag, payload, payload.received_at))
        else:
            acceptance.queued.append((destination, number))
            destination.queued(own, payload, now)
