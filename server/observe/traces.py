"""OpenTelemetry: a span for a traced request, and below it one for each attempt to deliver what came of it.

Spans are made after the fact, from times that were recorded anyway, and leave in the exporter's own thread. Whether a request
is traced, and under which ids, follows from its own id alone: so deliveries find their request's trace after a restart too,
and in whichever worker.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib.metadata import version
from typing import Final, NamedTuple

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from config.settings import TracesSettings
from server.delivery import Attempt
from server.observe.labels import path_label
from server.observe.recorder import Record
from server.observe.traffic import DELIVERED, outcome_word
from server.outbox.row import Row

PATIENCE: Final = 5.0
"""Seconds that the collector has for one batch."""

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_FAILED = Status(StatusCode.ERROR)
_FINE = Status(StatusCode.UNSET)
_NS = 1_000
"""Nanoseconds of a microsecond."""


class Traces:
    """Of one worker. The collector may be away: then spans are dropped, and nothing else waits or fails."""

    def __init__(self, settings: TracesSettings, worker: int) -> None:
        self._limit = int(settings.sample * (1 << 64))
        self._resource = Resource.create(
            {"service.name": "tagyard", "service.version": version("tagyard"), "tagyard.worker": worker}
        )
        self._scope = InstrumentationScope("tagyard", version("tagyard"))
        self._processor = BatchSpanProcessor(OTLPSpanExporter(settings.endpoint, timeout=PATIENCE))

    def answered(self, record: Record) -> None:
        """The reply to this request is known."""
        request, run = record.request, record.run
        trace = self._traced(request.id)
        if trace is None:
            return
        attributes: dict[str, str | int] = {
            "http.request.method": request.method,
            "url.path": path_label(request.path),
            "http.response.status_code": record.status,
            "tagyard.request": request.id,
            "tagyard.client": run.client or "",
            "tagyard.events": len(run.events),
        }
        self._send(
            name=f"{request.method} {run.client}" if run.client else request.method,
            context=trace,
            parent=None,
            kind=SpanKind.SERVER,
            attributes=attributes,
            status=_FAILED if record.status >= 500 else _FINE,
            times=_Times(request.received_at, record.took),
        )

    def attempted(self, attempt: Attempt) -> None:
        """A destination has answered, or has not; each traced request that had a part in it gets a span."""
        for trace, indices in self._traced_groups(attempt.rows):
            words = sorted({outcome_word(attempt, index) for index in indices})
            attributes: dict[str, str | int] = {
                "tagyard.tag": attempt.tag,
                "tagyard.destination": attempt.address,
                "tagyard.outcome": ", ".join(words),
                "tagyard.events": len(indices),
            }
            if attempt.response is not None:
                attributes["http.response.status_code"] = attempt.response.status
            self._send(
                name=f"deliver {attempt.tag}",
                context=_below(trace, f"{attempt.tag} {attempt.rows[indices[0]].id} {attempt.now}"),
                parent=trace,
                kind=SpanKind.CLIENT,
                attributes=attributes,
                status=_FINE if words == [DELIVERED] else _FAILED,
                times=_Times(attempt.now, attempt.took),
            )

    async def close(self, grace: float) -> None:
        """Sends what has not left yet. After so many seconds, what is left is given up."""
        ending = threading.Thread(target=self._processor.shutdown, daemon=True)
        ending.start()
        await asyncio.get_running_loop().run_in_executor(None, ending.join, grace)

    def _traced_groups(self, rows: Sequence[Row]) -> Iterator[tuple[SpanContext, list[int]]]:
        indices: dict[str, list[int]] = {}
        for index, row in enumerate(rows):
            indices.setdefault(row.payload.group, []).append(index)
        for group, of_group in indices.items():
            if group and (trace := self._traced(group)) is not None:
                yield trace, of_group

    def _traced(self, id: str) -> SpanContext | None:
        """The context of the request's own span, where the request is traced."""
        digest = sha256(id.encode("utf-8", "replace")).digest()
        if int.from_bytes(digest[24:]) >= self._limit:
            return None
        return SpanContext(int.from_bytes(digest[:16]), int.from_bytes(digest[16:24]), is_remote=False, trace_flags=_SAMPLED)

    def _send(
        self,
        *,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        kind: SpanKind,
        attributes: dict[str, str | int],
        status: Status,
        times: _Times,
    ) -> None:
        span = ReadableSpan(
            name,
            context,
            parent,
            self._resource,
            attributes,
            kind=kind,
            status=status,
            start_time=times.began * _NS,
            end_time=(times.began + times.took) * _NS,
            instrumentation_scope=self._scope,
        )
        self._processor.on_end(span)


class _Times(NamedTuple):
    """Microseconds."""

    began: int
    took: int


def _below(trace: SpanContext, what: str) -> SpanContext:
    digest = sha256(f"{trace.trace_id:x} {what}".encode()).digest()
    return SpanContext(trace.trace_id, int.from_bytes(digest[:8]), is_remote=False, trace_flags=_SAMPLED)
