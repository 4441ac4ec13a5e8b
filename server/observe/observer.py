"""What the public port and the delivery tell of as it happens: one object that counts and one that remembers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import structlog

from core.container import Run
from core.types import Request
from server.connections.head import line_of, pairs, written
from server.connections.refusals import Refusal
from server.delivery import Attempt, Settled, Suppressed
from server.loading.serving import Serving
from server.observe.access import Answered
from server.observe.counts import Counts
from server.observe.minute import Minute
from server.observe.recorder import Record, Recorder
from server.observe.refused_requests import NOT_KEPT, RefusedRequests
from server.observe.watching import Watched, Watching
from server.visitors.marks import Mark

if TYPE_CHECKING:
    from server.observe.traces import Traces

log = structlog.get_logger("tagyard")

LONGEST_ANSWER = 4096
"""Bytes of a vendor's answer that are kept for the debug page."""


class Observer:
    """Of one worker. ``serving`` is the configuration in force: what a record is run through again to explain it.

    It, ``access`` and ``traces`` may be replaced while it runs; None writes no access lines, and sends no traces.
    """

    def __init__(self, counts: Counts, recorder: Recorder, serving: Serving, turned_away: RefusedRequests = NOT_KEPT) -> None:
        self.counts = counts
        self.recorder = recorder
        self.serving = serving
        self.watched = Watched()
        self.turned_away = turned_away
        self.minute = Minute()
        self.access: Answered | None = None
        self.traces: Traces | None = None

    def watch(self, mark: Mark, now: int) -> None:
        """Until the mark is over, what this browser sends is remembered however much others do; ``now`` is in seconds."""
        self.watched.add(mark, now)
        if self.watched.until and not isinstance(self.recorder, Watching):
            self.recorder = Watching(self.recorder, self.watched, self._watch_nobody)

    def _watch_nobody(self) -> None:
        usual = Recorder(self.recorder.limit, 0)
        usual.take_over(self.recorder)
        self.recorder = usual

    def handled(self, request: Request, run: Run, size: int | None = None, deliveries: int = 0) -> Record:
        """The container has run; nothing is stored or answered yet.

        ``size`` is the request's in bytes, where it is known; ``deliveries`` says how many come of it.
        """
        self.counts.run(run)
        return self.recorder.add(request, run, self.serving, size, deliveries)

    def answered(self, record: Record, status: int, took: int) -> None:
        """The reply is known; ``took`` microseconds since the request was read."""
        record.status, record.took = status, took
        self.counts.answered(record.run.client, status, took)
        if self.access is not None:
            self.access.answered(record)
        if self.traces is not None:
            self.traces.answered(record)

    def refused(self, record: Record, why: str) -> None:
        """Nothing of it was kept, and its sender is told so."""
        record.refused = why
        self.counts.refused += 1
        request = record.request
        self.turned_away.add("not_kept", 503, lambda: _head_of(request), ip=request.ip, id=request.id)

    def connection_closed(self, refusal: Refusal, peer: str | None, head: bytes | None) -> None:
        """A connection was ended by us, and a request refused that began so; None: no request was.

        What somebody has to set right is told in the log, once.
        """
        if head is not None:
            self.turned_away.add(refusal.reason, refusal.status, lambda: head, peer=peer)
        first = refusal.reason not in self.counts.connections_closed
        self.counts.connections_closed[refusal.reason] += 1
        if refusal.warn and first:
            log.warning("a connection was refused", why=refusal.text)

    def suppressed(self, record: Record, duplicates: Sequence[Suppressed]) -> None:
        """These payloads were left out as duplicates."""
        record.suppressed = duplicates
        for each in duplicates:
            self.counts.suppressed[each.tag] += 1

    def attempted(self, attempt: Attempt) -> None:
        """A destination has answered, or has not."""
        self.counts.attempted(attempt)
        self.minute.note(attempt)
        if self.traces is not None:
            self.traces.attempted(attempt)
        last = ""
        for row in attempt.rows:
            group = row.payload.group
            if group != last and (record := self.recorder.find(group)) is not None:
                record.attempted(_shortened(attempt))
            last = group

    def settled(self, tag: str, group: str, position: int, settled: Settled) -> None:
        """A row waits again, or was given up. One that was delivered is told by its attempt alone."""
        if (record := self.recorder.find(group)) is not None:
            record.standing_of(tag, position).settled[settled.row] = settled

    async def close(self, grace: float) -> None:
        """Sends the traces that have not left yet, within so many seconds."""
        if self.traces is not None:
            await self.traces.close(grace)

    def snapshot(self) -> dict[str, Any]:
        """What the metrics are made of, as JSON: ``counts``, and how much is ``recorded``."""
        recorder = self.recorder
        recorded = {"requests": len(recorder), "bytes": recorder.bytes, "passed_over": recorder.passed_over}
        return {"counts": self.counts.snapshot(), "recorded": recorded}


def _head_of(request: Request) -> bytes:
    return written(line_of(request.method, request.path.encode("utf-8", "replace"), request.query_string), pairs(request.headers))


def _shortened(attempt: Attempt) -> Attempt:
    response = attempt.response
    if response is None or len(response.body) <= LONGEST_ANSWER:
        return attempt
    return replace(attempt, response=replace(response, body=response.body[:LONGEST_ANSWER]))
