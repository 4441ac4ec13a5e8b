"""What the hooks of the port and the delivery come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structlog.testing import capture_logs

from core.container import UNCLAIMED, Run
from core.types import Delivered, Outcome, Payload, Rejected, Reply, Request, Response, Retry
from server.connections.refusals import COOKIES, PROXY, TLS
from server.delivery import Attempt, RowEnd, Settled, Suppressed
from server.observe import Counts, Observer, Record, Recorder
from server.observe.observer import LONGEST_ANSWER
from server.outbox.row import Row
from tests.server.in_force import EMPTY

VENDOR = "https://vendor.example"


def observer() -> Observer:
    return Observer(Counts(), Recorder(10, 0), EMPTY)


def handled(observing: Observer, id: str, run: Run | None = None) -> Record:
    return observing.handled(Request(id, 0, "POST", "/x"), run or Run("web", Reply(204)))


def row(group: str, position: int = 0) -> Row:
    return Row(1, "ga4", Payload({}, VENDOR, group=group, position=position), 0)


def attempt(
    *rows: Row, response: Response | None = None, outcomes: Outcome | Sequence[Outcome] | None = None, now: int = 0
) -> Attempt:
    return Attempt("ga4", VENDOR, rows, now, 5, response, Delivered() if outcomes is None else outcomes)


def test_a_request_is_remembered_with_the_configuration_that_it_met() -> None:
    observing = observer()
    record = handled(observing, "a")
    observing.serving = replace(EMPTY, since=5)
    assert (record.serving.since, record.status, record.took) == (0, 0, 0)
    observing.answered(record, 204, 1500)
    assert (record.status, record.took) == (204, 1500)
    assert observing.recorder.find("a") is record


def test_a_request_that_could_not_be_kept_says_so() -> None:
    observing = observer()
    record = handled(observing, "a")
    observing.refused(record, "the disk is full")
    assert record.refused == "the disk is full"
    assert observing.counts.refused == 1


def test_duplicates_are_noted_with_the_request_and_counted_by_tag() -> None:
    observing = observer()
    record = handled(observing, "a")
    left_out = [Suppressed("ga4", Payload({}, VENDOR), 5), Suppressed("ads", Payload({}, VENDOR), 5)]
    observing.suppressed(record, left_out)
    assert record.suppressed == left_out
    assert observing.counts.suppressed == {"ga4": 1, "ads": 1}


def test_an_attempt_is_told_once_to_each_request_that_it_carried() -> None:
    observing = observer()
    first, second = handled(observing, "a"), handled(observing, "b")
    told = attempt(row("a", 0), row("a", 1), row("b"))
    observing.attempted(told)
    assert first.attempts == [told]
    assert second.attempts == [told]


def test_rows_from_before_a_restart_belong_to_no_request_and_count_all_the_same() -> None:
    observing = observer()
    record = handled(observing, "a")
    observing.attempted(attempt(row(""), row("long gone")))
    observing.settled("ga4", "long gone", 0, Settled("0-1", RowEnd.DEAD, "HTTP 400"))
    assert record.attempts == []
    assert record.standing == {}
    assert observing.minute.of("ga4", VENDOR, 10) == (2, 0)


def test_of_a_long_answer_the_beginning_is_kept() -> None:
    observing = observer()
    record = handled(observing, "a")
    whole = Response(500, (("x-a", "b"),), b"x" * LONGEST_ANSWER)
    observing.attempted(attempt(row("a"), response=whole, outcomes=Retry("HTTP 500")))
    observing.attempted(attempt(row("a"), response=Response(500, (), b"y" * (LONGEST_ANSWER + 1)), outcomes=Retry("HTTP 500")))
    kept = [each.response for each in record.attempts]
    assert kept == [whole, Response(500, (), b"y" * LONGEST_ANSWER)]


def test_where_a_row_stands_is_known_by_tag_and_place() -> None:
    observing = observer()
    record = handled(observing, "a")
    waiting, dead = Settled("0-1", RowEnd.WAITING, "HTTP 500", 7), Settled("0-1", RowEnd.DEAD, "HTTP 400")
    observing.settled("ga4", "a", 1, waiting)
    assert record.standing["ga4", 1].settled == {waiting.row: waiting}
    observing.settled("ga4", "a", 1, dead)
    assert record.standing["ga4", 1].settled == {dead.row: dead}


def test_the_snapshot_says_how_much_is_remembered() -> None:
    observing = observer()
    record = handled(observing, "a", Run(None, UNCLAIMED))
    observing.attempted(attempt(row("a"), outcomes=Rejected("HTTP 400")))
    assert observing.snapshot()["recorded"] == {"requests": 1, "bytes": record.weight, "passed_over": 0}


def test_every_connection_that_is_ended_is_counted_and_what_somebody_has_to_set_right_is_logged_once() -> None:
    observer = Observer(Counts(), Recorder(10, 0), EMPTY)
    with capture_logs() as logged:
        for refusal in (PROXY, COOKIES, PROXY, TLS, COOKIES, PROXY):
            observer.connection_closed(refusal, None, None)
    assert observer.counts.connections_closed == {"proxy_protocol": 3, "large_cookies": 2, "tls": 1}
    assert [(each["log_level"], each["why"]) for each in logged] == [("warning", PROXY.text), ("warning", TLS.text)]
    assert "turn it off at the balancer" in PROXY.text
