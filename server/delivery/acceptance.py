"""The rows of one request on their way into the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from core.types import Payload
from server.delivery.board import Board
from server.delivery.destination import Destination
from server.delivery.source import Job
from server.outbox.keyfile import digest


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A payload that was left out: its key was first seen then (microseconds), and its window is not over."""

    tag: str
    payload: Payload
    first_seen: int

    @property
    def key(self) -> str:
        """The key as it is stored: its digest."""
        return "" if self.payload.once is None else digest(self.payload.once.key)


Accepted: TypeAlias = Sequence[Suppressed]
"""What an acceptance gives: the duplicates among its payloads, mostly none."""


class Acceptance:
    """The rows of one request, until they are flushed."""

    __slots__ = ("board", "future", "jobs", "queued")

    def __init__(self, future: asyncio.Future[Accepted], board: Board) -> None:
        self.future = future
        self.board = board
        self.jobs: list[tuple[Destination, Job]] = []
        self.queued: list[tuple[Destination, int]] = []
        """The rows that wait, by their ids."""

    @property
    def ids(self) -> list[int]:
        """Of all of them."""
        return [row.id for _, job in self.jobs for row in job.rows] + [number for _, number in self.queued]

    def committed(self) -> None:
        """They are flushed: the sender is answered, and what holds a slot leaves."""
        if not self.future.done():
            self.future.set_result(())
        for destination, job in self.jobs:
            destination.run(job)

    def refused(self, error: Exception) -> None:
        """None of them is there."""
        board = self.board
        for destination, job in self.jobs:
            destination.release(job.source)
            board.withdrawn(board.own, destination, len(job.rows))
        for destination, _ in self.queued:
            board.withdrawn(board.own, destination, 1)
        if not self.future.done():
            self.future.set_exception(error)

    def job(self, destination: Destination, group: str) -> Job | None:
        """The job that a row of this group may join."""
        for other, job in self.jobs:
            if other is destination and job.rows[0].payload.group == group:
                return job
        return None
