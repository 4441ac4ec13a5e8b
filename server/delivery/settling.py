"""What becomes of rows after an attempt. How it can end for one:

* removed          Delivered
* queued again     Retry; a rejected batch, in halves; what was refused for another row of its batch
* dead letter      Rejected, too old, nothing to send it with, or an error in the tag's own code
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.types import Delivered, Outcome, Rejected, Response, Retry
from server.delivery import backoff
from server.delivery.age import MaxAge
from server.delivery.answers import Answers
from server.delivery.board import Board
from server.delivery.dead_letters import DeadLetters
from server.delivery.destination import Destination
from server.delivery.events import DeliveryEvents, RowEnd, Settled
from server.delivery.source import Job
from server.outbox.row import Row, row_name


class Settling:
    """Settles rows of jobs: in the file, on the board, and for whoever looks on."""

    def __init__(
        self,
        board: Board,
        random: Callable[[], float],
        max_age: MaxAge,
        answers: Answers,
        watch: DeliveryEvents | None,
        dead_letters: DeadLetters,
    ) -> None:
        self._board = board
        self._random = random
        self._max_age = max_age
        self._answers = answers
        self._watch = watch
        self.dead_letters = dead_letters

    def settle(
        self, destination: Destination, job: Job, rows: list[Row], outcomes: Outcome | Sequence[Outcome], response: Response
    ) -> None:
        """As the tag judges the response."""
        if isinstance(outcomes, Delivered):
            self.delivered(destination, job, rows)
        elif isinstance(outcomes, Retry):
            asked = backoff.retry_after(response.header("retry-after"), self._board.clock())
            self.retry(destination, job, rows, outcomes, asked)
        elif isinstance(outcomes, Rejected):
            self.refuse(destination, job, rows, outcomes.why, of_all=outcomes.of_all)
        else:
            self._settle_each(destination, job, rows, outcomes, response)

    def _settle_each(
        self, destination: Destination, job: Job, rows: list[Row], outcomes: Sequence[Outcome], response: Response
    ) -> None:
        """What another row was to blame for goes at once: each round gives up a row at least, so there is an end to it."""
        blamed = any(isinstance(outcome, Rejected) for outcome in outcomes)
        alike: dict[Outcome, list[Row]] = {}
        others: dict[str, list[Row]] = {}
        for row, outcome in zip(rows, outcomes, strict=True):
            if blamed and isinstance(outcome, Retry) and outcome.blameless:
                others.setdefault(outcome.why, []).append(row)
            else:
                alike.setdefault(outcome, []).append(row)
        for outcome, found in alike.items():
            for together in [[row] for row in found] if isinstance(outcome, Rejected) else [found]:
                self.settle(destination, job, together, outcome, response)
        job.source.set_apart([row.id for found in others.values() for row in found])
        for why, found in others.items():
            self.again(destination, job, found, why)

    def delivered(self, destination: Destination, job: Job, rows: list[Row]) -> None:
        """They are with whom they were for."""
        source = job.source
        if destination.condition.troubles:
            destination.condition.recovered(self._board.steady(), destination)
        self._board.delivered(source, destination, len(rows))
        source.file.remove([rows[0].id] if len(rows) == 1 else [row.id for row in rows])
        if source.parts:
            _forget(job, rows)

    def retry(self, destination: Destination, job: Job, rows: list[Row], outcome: Retry, asked: float = 0.0) -> None:
        """Not now. ``asked``: the seconds of a Retry-After.

        What left together is due together, so that it need not leave row by row. That some of it was refused before, beside
        others, makes nobody wait longer.
        """
        now = self._board.steady()
        destination.failed(outcome.why, job.response)
        pause = backoff.asked(max(outcome.after, asked))
        if pause:
            destination.pause(now + int(pause * 1_000_000))
        destination.condition.failed(outcome.why, now, destination)
        draw = self._random()
        for row in rows:
            if self._max_age.is_over(row.since, self._board.clock()):
                self._park(destination, job, row, f"{self._max_age.why}; last: {outcome.why}")
            else:
                wait = max(pause, backoff.delay(row.attempts - job.source.refusals(row.id), draw))
                self._queue(destination, job, row, now + int(wait * 1_000_000), outcome.why)

    def refuse(self, destination: Destination, job: Job, rows: list[Row], why: str, *, of_all: bool = False) -> None:
        """One row is a dead letter; of several it is not known which is to blame, so they go in two halves the next time."""
        destination.failed(why, job.response)
        if len(rows) == 1 or of_all:
            for row in rows:
                destination.condition.rejected(why, self._board.steady(), destination)
                self._park(destination, job, row, why)
        else:
            job.source.divide([row.id for row in rows])
            self.again(destination, job, rows, why)

    def again(self, destination: Destination, job: Job, rows: list[Row], why: str, *, wait: bool = False) -> None:
        """By no fault of the destination's."""
        for row in rows:
            delay = backoff.delay(row.attempts, self._random()) if wait else 0.0
            self._queue(destination, job, row, self._board.steady() + int(delay * 1_000_000), why)

    def cannot_send(self, destination: Destination, job: Job, rows: list[Row], lacks: str) -> None:
        """Given up, by no fault of theirs; of rows that others share, only those that are too old by now."""
        why = f"tag gone: {lacks}"
        for row in rows:
            if not job.source.shared:
                self._park(destination, job, row, why)
            elif self._max_age.is_over(row.since, self._board.clock()):
                self._park(destination, job, row, f"{self._max_age.why}; last: {why}")
            else:
                self.again(destination, job, [row], why, wait=True)

    def give_up(self, destination: Destination, job: Job, row: Row, why: str) -> None:
        """For a reason of its own: nobody was asked."""
        self._park(destination, job, row, why)

    def _queue(self, destination: Destination, job: Job, row: Row, due_at: int, why: str) -> None:
        self._tell(job, destination.tag, row, RowEnd.WAITING, why, due_at)
        job.source.file.queue(row.id, due_at, why, self._answer(job, row))
        if job.suspect:
            job.source.suspect(job.suspect, due_at)
        else:
            destination.backlog(job.source).due_by(due_at)

    def _park(self, destination: Destination, job: Job, row: Row, why: str) -> None:
        self._tell(job, destination.tag, row, RowEnd.DEAD, why)
        self._board.parked(job.source, destination, 1)
        _forget(job, [row])
        job.source.file.park(row.id, self._board.clock(), why, self._answer(job, row))
        status = None if job.exchange is None or job.response is None else job.response.status
        self.dead_letters.one(row_name(job.source.file.number, row.id), row, why, status)

    def _answer(self, job: Job, row: Row) -> str | None:
        """What the vendor said; None where it was not asked: what it said before is kept then."""
        return None if job.exchange is None else self._answers.of(job.response, row.payload)

    def _tell(self, job: Job, tag: str, row: Row, end: RowEnd, why: str, due_at: int = 0) -> None:
        if self._watch is not None:
            settled = Settled(row_name(job.source.file.number, row.id), end, why, due_at)
            self._watch.settled(tag, row.payload.group, row.payload.position, settled)


def _forget(job: Job, rows: list[Row]) -> None:
    if job.source.parts:
        for row in rows:
            job.source.parts.pop(row.id, None)
