"""One attempt: pack, send, judge. What becomes of the rows is settled in ``settling``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog

from core.component import Tag, expires, takes_notes
from core.types import Delivered, Outbound, Rejected, Response, Retry
from server.delivery.board import Board
from server.delivery.destination import STOPPED, Destination
from server.delivery.events import OUTCOMES, Attempt, DeliveryEvents
from server.delivery.lacking import NO_TAG
from server.delivery.settling import Settling
from server.delivery.source import Job, Source
from server.delivery.suspects import Suspects
from server.http import Answered, TransportError, UnderWay
from server.outbox.failpoints import ARMED, failpoint
from server.outbox.limits import UNREADABLE
from server.outbox.row import Row

log = structlog.get_logger("tagyard")

Send = Callable[[Outbound, Answered], UnderWay]
"""Begins an exchange, whose end is told later; at once only by an exception. What it gives can end it."""


class Attempts:
    """Makes attempts. ``tags`` may be replaced while it runs; each attempt sees one of them.

    There is no task of an attempt: what begins a job goes on until a request is on the wire, and what comes of that goes on
    from there.
    """

    def __init__(
        self,
        board: Board,
        settling: Settling,
        suspects: Suspects,
        tags: Mapping[str, Tag],
        send: Send,
        watch: DeliveryEvents | None = None,
    ) -> None:
        self.tags = tags
        self._board = board
        self._settling = settling
        self._suspects = suspects
        self._send = send
        self._watch = watch
        self._leaving: list[tuple[Destination, Job]] = []

    def unreadable(self, destination: Destination, source: Source, rows: int) -> None:
        """So many could not be read when they were leased, and are dead letters now."""
        if rows:
            self._board.parked(source, destination, rows)
            self._settling.dead_letters.several(destination.tag, rows, UNREADABLE)

    def begin(self, destination: Destination, job: Job) -> None:
        """Attempts the rows of a job, after whoever was told in this turn of the loop that they are safe could say so."""
        if not self._leaving:
            call_soon = asyncio.get_running_loop().call_soon
            call_soon(call_soon, self._leave)
        self._leaving.append((destination, job))

    def give_up(self, destination: Destination, job: Job) -> None:
        """What has not been answered is queued again."""
        job.over = True
        if job.exchange is None:
            self._settling.again(destination, job, job.rows, STOPPED)
        else:
            job.exchange.cancel()
            job.response = None
            for outbound in (job.outbound, *job.left):
                why = "the process stopped while this was on the wire"
                self._settling.again(destination, job, _carried(job, outbound), why)
        self._finished(destination, job)

    def _leave(self) -> None:
        leaving, self._leaving = self._leaving, []
        now = self._board.clock()
        for destination, job in leaving:
            if not job.over:
                self._make(destination, job, now)

    def _make(self, destination: Destination, job: Job, now: int) -> None:
        try:
            job.left = iter(self._packed(destination, job, now))
        except Exception as error:
            self._at_fault(destination, job, job.rows, error)
            job.left = iter(())
        self._go_on(destination, job, now)

    def _go_on(self, destination: Destination, job: Job, now: int) -> None:
        """Sends the next of its requests; where none is left, gives everything back: who is next?"""
        for outbound in job.left:
            job.outbound = outbound
            job.packed_at = now or self._board.clock()
            job.began = self._board.steady()
            try:
                job.exchange = self._send(outbound, partial(self._heard, destination, job))
            except Exception as error:
                job.exchange = asyncio.get_running_loop().call_soon(self._heard, destination, job, error)
            return
        self._finished(destination, job)

    def _finished(self, destination: Destination, job: Job) -> None:
        destination.finished(job)
        if job.suspect is not None:
            self._suspects.over(job.source)
        elif destination.backlogs:
            destination.pump_if_waiting()

    def _heard(self, destination: Destination, job: Job, outcome: Response | Exception) -> None:
        """Settles the rows of one request, and goes on."""
        if job.over:
            return
        rows = job.rows
        if not len(rows) == len(job.outbound.payloads) == 1:
            rows = _carried(job, job.outbound)
        try:
            if isinstance(outcome, Response):
                self._answered(destination, job, rows, outcome)
            else:
                self._no_answer(destination, job, rows, outcome)
        except Exception as error:
            self._at_fault(destination, job, rows, error)
        self._go_on(destination, job, 0)

    def _at_fault(self, destination: Destination, job: Job, rows: list[Row], error: Exception) -> None:
        """Nothing is raised: the slot is to be given back, and whoever calls has others to tell."""
        log.exception("an attempt failed by a fault of ours", tag=destination.tag)
        try:
            self._settling.again(destination, job, rows, f"a fault of ours: {_said(error)}", wait=True)
        except Exception:
            log.exception("rows could not be queued again, and are when their file is opened anew", tag=destination.tag)

    def _packed(self, destination: Destination, job: Job, now: int) -> Sequence[Outbound]:
        rows, tag = job.rows, self.tags.get(destination.tag)
        if tag is None:
            self._settling.cannot_send(destination, job, rows, NO_TAG)
            return ()
        job.tag = tag
        try:
            if expires(tag):
                rows = job.rows = self._not_expired(destination, job, tag, now)
                if not rows:
                    return ()
            payloads = [rows[0].payload] if len(rows) == 1 else [row.payload for row in rows]
            outbounds = tag.pack(payloads, now)
            if len(rows) > 1 or len(outbounds) != 1 or tuple(outbounds[0].payloads) != (0,):
                _check_coverage(outbounds, len(rows))
        except Exception as error:
            self._not_packed(destination, job, error)
            return ()
        return outbounds

    def _not_expired(self, destination: Destination, job: Job, tag: Tag, now: int) -> list[Row]:
        """Gives up what its vendor takes no more: one such row may fail all that are sent with it."""
        left: list[Row] = []
        for row in job.rows:
            why = tag.expired(row.payload, now)
            if why is None:
                left.append(row)
            else:
                self._settling.give_up(destination, job, row, why)
        return left

    def _not_packed(self, destination: Destination, job: Job, error: Exception) -> None:
        """A secret that is gone is no fault of the row's; nor is it known which row of several broke ``pack``."""
        missing = error.args[0] if isinstance(error, KeyError) and error.args else None
        needing = [row for row in job.rows if any(place.name == missing for place in row.payload.secrets)]
        if not needing:
            self._settling.refuse(destination, job, job.rows, f"the tag could not pack it: {_said(error)}")
            return
        lacks = f"the environment has no {missing}"
        destination.lacking.secret(lacks, self._board.steady())
        self._settling.cannot_send(destination, job, needing, lacks)
        innocent = [row for row in job.rows if all(row is not each for each in needing)]
        self._settling.again(destination, job, innocent, f"{lacks}, which another row of the batch needs")

    def _answered(self, destination: Destination, job: Job, rows: list[Row], response: Response) -> None:
        if ARMED:
            failpoint("after_send")
        tag, watch = job.tag, self._watch
        job.response = response
        answered = self._board.steady()
        destination.answered(response.status, answered)
        try:
            outcomes = tag.judge(job.outbound, response)
            if not isinstance(outcomes, OUTCOMES):
                _check_outcomes(outcomes, len(rows))
        except Exception as error:
            self._settling.refuse(destination, job, rows, f"the tag could not judge the answer: {_said(error)}")
            return
        if watch is not None:
            took = answered - job.began
            watch.attempted(Attempt(destination.tag, destination.address, rows, job.packed_at, took, response, outcomes))
        if isinstance(outcomes, Delivered):
            if takes_notes(tag):
                for row in rows:
                    if said := tag.note(row.payload, job.packed_at):
                        self._board.noted(destination.tag, said)
            self._settling.delivered(destination, job, rows)
        else:
            destination.credential.judged(outcomes)
            self._settling.settle(destination, job, rows, outcomes, response)

    def _no_answer(self, destination: Destination, job: Job, rows: list[Row], error: Exception) -> None:
        job.response = None
        if not isinstance(error, TransportError):
            self._settling.refuse(destination, job, rows, f"the request could not be sent: {_said(error)}")
            return
        outcome = error.outcome
        if self._watch is not None:
            took = self._board.steady() - job.began
            self._watch.attempted(Attempt(destination.tag, destination.address, rows, job.packed_at, took, None, outcome))
        if isinstance(outcome, Rejected):
            self._settling.refuse(destination, job, rows, outcome.why)
        else:
            if error.strains:
                destination.breaker.failed(self._board.steady())
            destination.credential.judged(outcome)
            self._settling.retry(destination, job, rows, outcome if isinstance(outcome, Retry) else Retry(str(error)))


def _carried(job: Job, outbound: Outbound) -> list[Row]:
    return [job.rows[index] for index in outbound.payloads]


def _check_coverage(outbounds: Sequence[Outbound], rows: int) -> None:
    carried = sorted(index for outbound in outbounds for index in outbound.payloads)
    if carried != list(range(rows)):
        raise ValueError(f"its requests carry payloads {carried} of {rows}")


def _check_outcomes(outcomes: Sequence[object], rows: int) -> None:
    if len(outcomes) != rows or not all(isinstance(outcome, OUTCOMES) for outcome in outcomes):
        raise ValueError(f"{len(outcomes)} outcomes for {rows} payloads")


def _said(error: Exception) -> str:
    """What an error says, without values that it may quote: a message can hold a secret or personal data."""
    return type(error).__name__
