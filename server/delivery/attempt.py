"""One attempt: pack, send, judge. What becomes of the rows is settled in ``settling``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from core.component import Tag, takes_notes
from core.types import Delivered, Outbound, Outcome, Rejected, Response, Retry
from server.delivery.board import Board
from server.delivery.destination import Destination
from server.delivery.events import OUTCOMES, Attempt, DeliveryEvents
from server.delivery.settling import Settling
from server.delivery.source import Job, Source
from server.delivery.suspects import Suspects
from server.http import NoDescriptor, TransportError
from server.outbox.failpoints import failpoint
from server.outbox.row import Row

log = structlog.get_logger("tagyard")

Send = Callable[[Outbound], Awaitable[Response]]

_CREDENTIAL = frozenset({401, 403, 407})


class Attempts:
    """Makes attempts. ``tags`` may be replaced while it runs; each attempt sees one of them."""

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

    def unreadable(self, destination: Destination, source: Source, rows: int) -> None:
        """So many could not be read when they were leased, and are dead letters now."""
        self._board.parked(source, destination, rows)

    async def make(self, destination: Destination, job: Job) -> None:
        """Attempts the rows of a job; each of them is settled when it returns, also where it is cancelled."""
        try:
            tag = self.tags.get(destination.tag)
            if tag is None:
                self._settling.park(destination, job, job.rows, "tag gone: the configuration has no tag of this name")
                return
            now = self._board.clock()
            outbounds = self._packed(tag, destination, job, now)
            for index, outbound in enumerate(outbounds):
                try:
                    await self._exchange(tag, destination, job, outbound, self._board.clock() if index else now)
                except asyncio.CancelledError:
                    for rest in outbounds[index:]:
                        self._settling.again(
                            destination, job, _carried(job, rest), "the process stopped while this was on the wire"
                        )
                    raise
                except Exception as error:
                    log.exception("an attempt failed by a fault of ours", tag=destination.tag)
                    self._settling.again(destination, job, _carried(job, outbound), f"a fault of ours: {_said(error)}", wait=True)
        finally:
            self._finished(destination, job)

    def _finished(self, destination: Destination, job: Job) -> None:
        """A job gives everything back: who is next?"""
        destination.release(job.source, waited=job.waited)
        if job.suspect is not None:
            self._suspects.over(job.source)
        else:
            destination.pump_if_waiting()

    def _packed(self, tag: Tag, destination: Destination, job: Job, now: int) -> Sequence[Outbound]:
        rows = job.rows
        try:
            payloads = [rows[0].payload] if len(rows) == 1 else [row.payload for row in rows]
            outbounds = tag.pack(payloads, now)
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
            self._settling.park(destination, job, job.rows, f"tag gone: the environment has no {missing}")
        else:
            self._settling.refuse(destination, job, job.rows, f"the tag could not pack it: {_said(error)}")

    async def _exchange(self, tag: Tag, destination: Destination, job: Job, outbound: Outbound, now: int) -> None:
        rows = job.rows if len(outbound.payloads) == len(job.rows) == 1 else _carried(job, outbound)
        steady, watch = self._board.steady, self._watch
        began = steady()
        job.response = None
        try:
            job.response = response = await self._send(outbound)
        except TransportError as error:
            self._no_answer(destination, job, rows, error, now, steady() - began)
            return
        except Exception as error:
            self._settling.refuse(destination, job, rows, f"the request could not be sent: {_said(error)}")
            return
        failpoint("after_send")
        answered = steady()
        _note(destination, response.status, answered)
        try:
            outcomes = tag.judge(outbound, response)
            if not isinstance(outcomes, OUTCOMES):
                _check_outcomes(outcomes, len(rows))
        except Exception as error:
            self._settling.refuse(destination, job, rows, f"the tag could not judge the answer: {_said(error)}")
            return
        if watch is not None:
            watch.attempted(Attempt(destination.tag, destination.address, rows, now, answered - began, response, outcomes))
        if isinstance(outcomes, Delivered):
            if takes_notes(tag):
                self._take_notes(tag, destination, rows)
            self._settling.delivered(destination, job, rows)
        else:
            self._settling.settle(destination, job, rows, outcomes, response)

    def _take_notes(self, tag: Tag, destination: Destination, rows: list[Row]) -> None:
        for row in rows:
            said = tag.note(row.payload, self._board.clock())
            if said:
                self._board.noted(destination.tag, said)

    def _no_answer(self, destination: Destination, job: Job, rows: list[Row], error: TransportError, now: int, took: int) -> None:
        outcome = error.outcome
        if self._watch is not None:
            self._watch.attempted(Attempt(destination.tag, destination.address, rows, now, took, None, outcome))
        if isinstance(outcome, Rejected):
            self._settling.refuse(destination, job, rows, outcome.why)
        else:
            if not isinstance(error, NoDescriptor):
                destination.breaker.failed(self._board.steady())
            self._settling.retry(destination, job, rows, Retry(str(error)))


def _note(destination: Destination, status: int, now: int) -> None:
    """What a status says of the destination, whatever becomes of the rows."""
    if status >= 500:
        destination.breaker.failed(now)
    else:
        destination.breaker.succeeded(now)
    destination.refuses_credential = f"refuses our credential: HTTP {status}" if status in _CREDENTIAL else ""


def _carried(job: Job, outbound: Outbound) -> list[Row]:
    return [job.rows[index] for index in outbound.payloads]


def _check_coverage(outbounds: Sequence[Outbound], rows: int) -> None:
    carried = sorted(index for outbound in outbounds for index in outbound.payloads)
    if carried != list(range(rows)):
        raise ValueError(f"its requests carry payloads {carried} of {rows}")


def _check_outcomes(outcomes: Sequence[Outcome], rows: int) -> None:
    if len(outcomes) != rows or not all(isinstance(outcome, OUTCOMES) for outcome in outcomes):
        raise ValueError(f"{len(outcomes)} outcomes for {rows} payloads")


def _said(error: Exception) -> str:
    """What an error says, without values that it may quote: a message can hold a secret or personal data."""
    return type(error).__name__
