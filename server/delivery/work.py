"""What a destination asks of whoever sends for it."""

from __future__ import annotations

from typing import Protocol, TypeVar

from server.delivery.source import Job, Source

Place = TypeVar("Place", contravariant=True)


class Work(Protocol[Place]):
    """What is done with the rows of a destination."""

    def begin(self, destination: Place, job: Job) -> None:
        """Attempts the rows of a job. It is ``finished`` when each of them is settled."""

    def give_up(self, destination: Place, job: Job) -> None:
        """Queues again what has not been answered. The job is finished then."""

    def unreadable(self, destination: Place, source: Source, rows: int) -> None:
        """So many could not be read when they were leased, and are dead letters now."""
