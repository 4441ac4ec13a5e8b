"""One attempt: pack, send, judge, settle. How it can end for a row:

* removed          Delivered
* queued again     Retry; a rejected batch, whose rows go singly from then on
* dead letter      Rejected, too old, nothing to send it with, or an error in the tag's own code
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from core.component import Tag
from core.types import Delivered, Outbound, Outcome, Rejected, Response, Retry
from server.delivery import backoff
from server.delivery.answers import Answers
from server.delivery.batching import together
from server.delivery.destination import Destination
from server.delivery.events import Attempt, DeliveryEvents, RowEnd, Settled
from server.delivery.source import Job, Source
from server.http import NoDescriptor, TransportError
from server.outbox.failpoints import failpoint
from server.outbox.row import Row, row_name

log = structlog.get_logger("tagyard")

Send = Callable[[Outbound], Awaitable[Response]]

_CREDENTIAL = frozenset({401, 403, 407})
_OUTCOMES = (Delivered, Retry, Rejected)


class Attempts:
    """Makes attempts. ``tags`` may be replaced while it runs; each attempt sees one of them."""

    def __init__(
        self,
        tags: Mapping[str, Tag],
        send: Send,
        clock: Callable[[], int],
        steady: Callable[[], int],
        random: Callable[[], float],
        max_age: float,
        finished: Callable[[Destination, Job], None],
        answers: Answers,
        watch: DeliveryEvents | None = None,
    ) -> None:
        self.tags = tags
        self._send = send
        self._clock = clock
        self._steady = steady
        self._random = random
        self._max_age = int(max_age * 1_000_000)
        self._too_old = f"older than {_duration(max_age)}"
        self._finished = finished
        self._answers = answers
        self._watch = watch
        self.notes: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def together(self, tag: str, rows: Sequence[Row], source: Source) -> list[list[Row]]:
        """Which of these rows of one destination share a job."""
        return together(rows, self.tags.get(tag), self._clock(), source.alone)

    async def make(self, destination: Destination, job: Job) -> None:
        """Attempts the rows of a job; each of them is settled when it returns, also where it is cancelled."""
        try:
            tag = self.tags.get(destination.tag)
            if tag is None:
                self._park_all(destination, job, job.rows, "tag gone: the configuration has no tag of this name")
                return
            outbounds = self._packed(tag, destination, job)
            for index, outbound in enumerate(outbounds):
                try:
                    await self._exchange(tag, destination, job, outbound)
                except asyncio.CancelledError:
                    for rest in outbounds[index:]:
                        self._again(destination, job, _carried(job, rest), "the process stopped while this was on the wire")
                    raise
                except Exception as error:
                    log.exception("an attempt failed by a fault of ours", tag=destination.tag)
                    self._again(destination, job, _carried(job, outbound), f"a fault of ours: {_said(error)}", wait=True)
        finally:
            self._finished(destination, job)

    @property
    def expiry(self) -> tuple[int, str]:
        """Rows whose age began before this time are too old, and how that is put."""
        return self._clock() - self._max_age, self._too_old

    def _packed(self, tag: Tag, destination: Destination, job: Job) -> Sequence[Outbound]:
        rows = job.rows
        try:
            outbounds = tag.pack([row.payload for row in rows], self._clock())
            if len(rows) > 1 or len(outbounds) != 1 or tuple(outbounds[0].payloads) != (0,):
                _check_coverage(outbounds, len(rows))
        except Exception as error:
            self._not_packed(destination, job, error)
            return ()
        return outbounds

    def _not_packed(self, destination: Destination, job: Job, error: Exception) -> None:
        """A secret that is gone is no fault of the row's; nor is it known which row of several broke ``pack``."""
        missing = error.args[0] if isinstance(error, KeyError) and error.args else None
        if any(place.name == missing for row in job.rows for place in row.payload.secrets):
            self._park_all(destination, job, job.rows, f"tag gone: the environment has no {missing}")
        else:
            self._refuse(destination, job, job.rows, f"the tag could not pack it: {_said(error)}")

    async def _exchange(self, tag: Tag, destination: Destination, job: Job, outbound: Outbound) -> None:
        rows = job.rows if len(outbound.payloads) == len(job.rows) == 1 else _carried(job, outbound)
        began = self._clock(), self._steady()
        job.response = None
        try:
            job.response = response = await self._send(outbound)
        except TransportError as error:
            self._tell(destination, rows, began, None, error.outcome)
            self._no_answer(destination, job, rows, error)
            return
        except Exception as error:
            self._refuse(destination, job, rows, f"the request could not be sent: {_said(error)}")
            return
        failpoint("after_send")
        self._note(destination, response)
        try:
            outcomes = _outcomes(tag.judge(outbound, response), len(rows))
        except Exception as error:
            self._refuse(destination, job, rows, f"the tag could not judge the answer: {_said(error)}")
            return
        self._tell(destination, rows, began, response, outcomes)
        if isinstance(outcomes, Delivered):
            self._take_notes(tag, destination, rows)
        self._settle(destination, job, rows, outcomes, response)

    def _tell(
        self,
        destination: Destination,
        rows: list[Row],
        began: tuple[int, int],
        response: Response | None,
        outcomes: Outcome | Sequence[Outcome],
    ) -> None:
        if self._watch is not None:
            at, since = began
            took = self._steady() - since
            self._watch.attempted(Attempt(destination.tag, destination.address, rows, at, took, response, outcomes))

    def _tell_of(self, job: Job, tag: str, row: Row, fate: RowEnd, why: str, due_at: int = 0) -> None:
        if self._watch is not None:
            settled = Settled(row_name(job.source.file.number, row.id), fate, why, due_at)
            self._watch.settled(tag, row.payload.group, row.payload.position, settled)

    def _take_notes(self, tag: Tag, destination: Destination, rows: list[Row]) -> None:
        note = getattr(tag, "note", None)
        if note is None:
            return
        for row in rows:
            said = note(row.payload, self._clock())
            if said:
                self.notes[destination.tag][said] += 1

    def _no_answer(self, destination: Destination, job: Job, rows: list[Row], error: TransportError) -> None:
        outcome = error.outcome
        if isinstance(outcome, Rejected):
            self._refuse(destination, job, rows, outcome.why)
        else:
            if not isinstance(error, NoDescriptor):
                destination.breaker.failed(self._steady())
            self._retry(destination, job, rows, Retry(str(error)), 0.0)

    def _note(self, destination: Destination, response: Response) -> None:
        now = self._steady()
        if response.status >= 500:
            destination.breaker.failed(now)
        else:
            destination.breaker.succeeded(now)
        refused = response.status in _CREDENTIAL
        destination.refuses_credential = f"refuses our credential: HTTP {response.status}" if refused else ""

    def _settle(
        self, destination: Destination, job: Job, rows: list[Row], outcomes: Outcome | Sequence[Outcome], response: Response
    ) -> None:
        if isinstance(outcomes, Delivered):
            self._delivered(destination, job, rows)
        elif isinstance(outcomes, Retry):
            self._retry(destination, job, rows, outcomes, _asked(response, self._clock()))
        elif isinstance(outcomes, Rejected):
            self._refuse(destination, job, rows, outcomes.why)
        else:
            for row, outcome in zip(rows, outcomes, strict=True):
                self._settle(destination, job, [row], outcome, response)

    def _delivered(self, destination: Destination, job: Job, rows: list[Row]) -> None:
        if destination.condition.troubles:
            destination.condition.recovered(self._steady())
        destination.pending -= len(rows)
        job.source.tags[destination.tag] -= len(rows)
        job.source.file.remove([row.id for row in rows])
        self._forget(job, rows)

    def _retry(self, destination: Destination, job: Job, rows: list[Row], outcome: Retry, asked: float) -> None:
        now = self._steady()
        destination.last_error = outcome.why
        destination.condition.failed(outcome.why, now)
        pause = backoff.asked(max(outcome.after, asked))
        if pause:
            destination.pause(now + int(pause * 1_000_000))
        for row in rows:
            if self._clock() - row.since >= self._max_age:
                self._park(destination, job, row, f"{self._too_old}; last: {outcome.why}")
            else:
                wait = max(pause, backoff.delay(row.attempts, self._random()))
                self._queue(destination, job, row, now + int(wait * 1_000_000), outcome.why)

    def _refuse(self, destination: Destination, job: Job, rows: list[Row], why: str) -> None:
        """One row is a dead letter; of several it is not known which is to blame, so each goes alone the next time."""
        destination.last_error = why
        if len(rows) == 1:
            destination.condition.rejected(why, self._steady())
            self._park(destination, job, rows[0], why)
        else:
            job.source.alone.update(row.id for row in rows)
            self._again(destination, job, rows, why)

    def _again(self, destination: Destination, job: Job, rows: list[Row], why: str, *, wait: bool = False) -> None:
        for row in rows:
            delay = backoff.delay(row.attempts, self._random()) if wait else 0.0
            self._queue(destination, job, row, self._steady() + int(delay * 1_000_000), why)

    @staticmethod
    def _forget(job: Job, rows: list[Row]) -> None:
        if job.source.alone:
            job.source.alone.difference_update(row.id for row in rows)

    def _queue(self, destination: Destination, job: Job, row: Row, due_at: int, why: str) -> None:
        self._tell_of(job, destination.tag, row, RowEnd.WAITING, why, due_at)
        job.source.file.queue(row.id, due_at, why, self._answers.of(job.response, row.payload))
        if job.lone:
            job.source.wait_alone(job.lone, due_at)
        else:
            destination.backlog(job.source).due_by(due_at)

    def _park_all(self, destination: Destination, job: Job, rows: list[Row], why: str) -> None:
        for row in rows:
            self._park(destination, job, row, why)

    def _park(self, destination: Destination, job: Job, row: Row, why: str) -> None:
        self._tell_of(job, destination.tag, row, RowEnd.DEAD, why)
        destination.lost(job.source, [row.id])
        self._forget(job, [row])
        job.source.file.park(row.id, self._clock(), why, self._answers.of(job.response, row.payload))


def _carried(job: Job, outbound: Outbound) -> list[Row]:
    return [job.rows[index] for index in outbound.payloads]


def _check_coverage(outbounds: Sequence[Outbound], rows: int) -> None:
    carried = sorted(index for outbound in outbounds for index in outbound.payloads)
    if carried != list(range(rows)):
        raise ValueError(f"its requests carry payloads {carried} of {rows}")


def _outcomes(outcomes: Outcome | Sequence[Outcome], rows: int) -> Outcome | Sequence[Outcome]:
    if isinstance(outcomes, _OUTCOMES):
        return outcomes
    if len(outcomes) != rows or not all(isinstance(outcome, _OUTCOMES) for outcome in outcomes):
        raise ValueError(f"{len(outcomes)} outcomes for {rows} payloads")
    return outcomes


def _asked(response: Response, now: int) -> float:
    return backoff.retry_after(response.header("retry-after"), now)


def _said(error: Exception) -> str:
    """What an error says, without values that it may quote: a message can hold a secret or personal data."""
    return type(error).__name__


def _duration(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:g} h" if hours >= 1 else f"{seconds:g} s"
