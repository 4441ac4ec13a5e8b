"""Traces, as a collector receives them over HTTP."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from importlib.metadata import version

import pytest

from config.settings import TracesSettings
from core.container import UNCLAIMED, EventRun, Run
from core.types import Delivered, Outcome, Payload, Rejected, Reply, Request, Response, Retry
from server.delivery import Attempt
from server.observe import Counts, Observer, Recorder, TracingMissing, check_tracing, traces, traces_of, tracing
from server.outbox.row import Row
from tests.server.in_force import EMPTY
from tests.server.observe.collector import Collector, attributes

NOW = 1_700_000_000_000_000
NO_CONTENT = Response(204)
VENDOR = "https://vendor.example"
REQUEST = Request(
    "0123456789abcdef",
    NOW,
    "GET",
    "/g/collect/jo@example.com",
    query_string="cid=visitor.1&en=secret_event",
    headers=(("cookie", "FPID=visitor.1"),),
    ip="203.0.113.9",
)
RUN = Run("web", Reply(204), (EventRun({"event_name": "secret_event", "client_id": "visitor.1"}, ()),))


@pytest.fixture(autouse=True)
def no_exporter_is_left() -> Iterator[None]:
    """One that goes on trying draws from ``random`` in the middle of whichever test comes next."""
    before = set(threading.enumerate())
    yield
    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(60)
    assert not [thread.name for thread in left if thread.is_alive()]


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server, server.serving():
        yield server


def watched(endpoint: str, sample: float = 1.0) -> Observer:
    observer = Observer(Counts(), Recorder(0, 0), EMPTY)
    observer.traces = traces_of(TracesSettings(endpoint=endpoint, sample=sample), 3)
    return observer


def answer(observer: Observer, request: Request = REQUEST, run: Run = RUN, status: int = 204) -> None:
    observer.answered(observer.handled(request, run), status, 1_500)


def attempt(
    outcomes: Outcome | Sequence[Outcome], *groups: str, response: Response | None = NO_CONTENT, now: int = NOW + 10
) -> Attempt:
    body = {"client_id": "visitor.1"}
    rows = [Row(number, "ga4", Payload(body, VENDOR, group=group), NOW) for number, group in enumerate(groups)]
    return Attempt("ga4", VENDOR, rows, now, 20_000, response, outcomes)


def close(observer: Observer, grace: float = 30.0) -> None:
    asyncio.run(observer.close(grace))


def test_a_request_is_a_span_with_its_own_times(collector: Collector) -> None:
    observer = watched(collector.url)
    answer(observer)
    close(observer)
    (span,) = collector.spans
    assert (span.name, span.kind, span.parent_span_id) == ("GET web", span.SPAN_KIND_SERVER, b"")
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (NOW * 1000, NOW * 1000 + 1_500_000)
    assert attributes(span) == {
        "http.request.method": "GET",
        "url.path": "/g/collect/(masked)",
        "http.response.status_code": 204,
        "tagyard.request": "0123456789abcdef",
        "tagyard.client": "web",
        "tagyard.events": 1,
    }


def test_nothing_of_the_visitor_leaves(collector: Collector) -> None:
    observer = watched(collector.url)
    answer(observer)
    observer.attempted(attempt(Rejected("visitor.1 is unknown"), REQUEST.id, response=Response(400, (), b"visitor.1")))
    close(observer)
    assert len(collector.spans) == 2
    sent = b"".join(collector.bodies)
    assert not [text for text in (b"visitor.1", b"secret_event", b"203.0.113.9", b"example.com") if text in sent]


def test_deliveries_are_below_their_request_after_a_restart_too(collector: Collector) -> None:
    before, after = watched(collector.url), watched(collector.url)
    answer(before)
    before.attempted(attempt(Retry("HTTP 503"), REQUEST.id, response=Response(503)))
    close(before)
    after.attempted(attempt(Delivered(), REQUEST.id, now=NOW + 60_000_000))
    close(after)
    request, failed, delivered = collector.spans
    assert request.trace_id == failed.trace_id == delivered.trace_id
    assert request.span_id == failed.parent_span_id == delivered.parent_span_id
    assert len({request.span_id, failed.span_id, delivered.span_id}) == 3
    assert (failed.status.code, delivered.status.code) == (failed.status.STATUS_CODE_ERROR, failed.status.STATUS_CODE_UNSET)
    assert (delivered.name, delivered.kind) == ("deliver ga4", delivered.SPAN_KIND_CLIENT)
    assert delivered.end_time_unix_nano - delivered.start_time_unix_nano == 20_000_000
    assert attributes(failed) == {
        "tagyard.tag": "ga4",
        "tagyard.destination": VENDOR,
        "tagyard.outcome": "retried",
        "tagyard.events": 1,
        "http.response.status_code": 503,
    }


def test_each_request_in_a_batch_has_its_own_span(collector: Collector) -> None:
    observer = watched(collector.url)
    observer.attempted(attempt([Delivered(), Rejected("no"), Delivered(), Delivered()], "a", "a", "b", ""))
    observer.attempted(attempt(Retry("no answer"), "a", response=None))
    close(observer)
    first, second, third = collector.spans
    assert first.trace_id == third.trace_id != second.trace_id
    assert (attributes(first)["tagyard.outcome"], attributes(first)["tagyard.events"]) == ("delivered, rejected", 2)
    assert (attributes(second)["tagyard.outcome"], attributes(second)["tagyard.events"]) == ("delivered", 1)
    assert "http.response.status_code" not in attributes(third)


def test_a_request_that_fails_or_is_not_claimed(collector: Collector) -> None:
    observer = watched(collector.url)
    answer(observer, run=Run(None, UNCLAIMED), status=400)
    answer(observer, status=503)
    close(observer)
    unclaimed, failed = collector.spans
    assert (unclaimed.name, attributes(unclaimed)["tagyard.client"], unclaimed.status.code) == ("GET", "", 0)
    assert failed.status.code == failed.status.STATUS_CODE_ERROR


def test_the_share_of_requests_that_are_traced_and_their_deliveries_with_them(collector: Collector) -> None:
    observer = watched(collector.url, 0.25)
    for number in range(400):
        answer(observer, Request(f"{number:016x}", NOW, "GET", "/g/collect"))
        observer.attempted(attempt(Delivered(), f"{number:016x}"))
    close(observer)
    requests = {span.trace_id for span in collector.spans if not span.parent_span_id}
    assert {span.trace_id for span in collector.spans if span.parent_span_id} == requests
    assert 70 < len(requests) < 130


def test_a_share_of_nothing_traces_nothing(collector: Collector) -> None:
    observer = watched(collector.url, 0)
    answer(observer)
    close(observer)
    assert collector.bodies == []


def test_the_worker_and_the_version_are_told(collector: Collector) -> None:
    observer = watched(collector.url)
    answer(observer)
    close(observer)
    told = attributes(collector.resources[0].resource)
    assert (told["service.name"], told["service.version"], told["tagyard.worker"]) == ("tagyard", version("tagyard"), 3)


def test_a_collector_that_never_answers_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "PATIENCE", 0.5)
    with Collector() as silent:  # its queue takes the connection, and nobody reads
        observer = watched(silent.url)
        answer(observer)
        close(observer, 0.05)
        assert silent.bodies == []


def test_without_traces_there_is_nothing_to_close() -> None:
    assert traces_of(None, 0) is None
    close(Observer(Counts(), Recorder(0, 0), EMPTY))


def test_traces_without_opentelemetry_are_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> None:
        if "." in name:
            raise ModuleNotFoundError(name)

    monkeypatch.setattr(tracing, "find_spec", gone)
    check_tracing(None)
    with pytest.raises(TracingMissing, match=r"pip install 'tagyard\[otel\]'"):
        traces_of(TracesSettings(), 0)


@pytest.mark.parametrize("endpoint", ["localhost:4318", "ftp://x/", "http://user:secret@x/", "http://", "http://a b/", ""])
def test_what_is_no_collector(endpoint: str) -> None:
    with pytest.raises(ValueError, match="endpoint"):
        TracesSettings(endpoint=endpoint)
