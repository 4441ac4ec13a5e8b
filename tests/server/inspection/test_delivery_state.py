"""Where the deliveries of a request stand."""

from __future__ import annotations

import pytest

from core.types import Delivered, Rejected, Response, Retry
from server.delivery import RowEnd, Settled, Suppressed
from server.inspection.delivery_state import attempts_of, delivery_state, most_urgent, record_state, rows_of
from server.observe.recorder import MOST_ATTEMPTS
from tests.server.inspection.conftest import Desk, payload_of


def test_what_nobody_claims_is_unclaimed(desk: Desk) -> None:
    assert record_state(desk.met(desk.request(path="/nowhere")), False) == (
        "unclaimed",
        "web: the path is not /g/collect; backend: the path is not /mp/collect",
    )


def test_where_no_tag_fires_there_is_nothing_to_deliver(desk: Desk) -> None:
    record = desk.met(desk.request("v=2&tid=G-ABC1234567&cid=1.2"))
    assert record.run.client == "web"
    assert record_state(record, False) == ("nothing", "")


def test_a_delivery_waits_until_its_destination_has_answered(desk: Desk) -> None:
    record = desk.hit()
    assert delivery_state(record, "ga4", 0, False) == ("waiting", "")
    desk.attempted(record, "ga4", Delivered(), Response(204))
    assert delivery_state(record, "ga4", 0, False) == ("delivered", "")
    assert delivery_state(record, "archive", 0, False) == ("waiting", "")
    assert record_state(record, False) == ("waiting", "")
    desk.attempted(record, "archive", Delivered())
    assert record_state(record, False) == ("delivered", "")


def test_a_failed_attempt_is_told_until_a_later_one_succeeds(desk: Desk) -> None:
    record = desk.hit()
    desk.attempted(record, "ga4", Retry("HTTP 500"), Response(500))
    desk.observer.settled("ga4", record.request.id, 0, Settled("0-17", RowEnd.WAITING, "HTTP 500", 9))
    assert delivery_state(record, "ga4", 0, False) == ("failed", "HTTP 500")
    desk.attempted(record, "ga4", Delivered(), Response(204))
    assert delivery_state(record, "ga4", 0, False) == ("delivered", "")


def test_what_was_given_up_is_dead_whether_it_was_sent_or_not(desk: Desk) -> None:
    sent, unsent = desk.hit(), desk.hit()
    desk.attempted(sent, "ga4", Rejected("HTTP 400"), Response(400))
    for record in (sent, unsent):
        desk.observer.settled("ga4", record.request.id, 0, Settled("0-17", RowEnd.DEAD, "HTTP 400"))
        assert delivery_state(record, "ga4", 0, False) == ("dead", "HTTP 400")
        assert record_state(record, False) == ("dead", "HTTP 400")


def test_what_waits_without_an_attempt_has_not_failed(desk: Desk) -> None:
    record = desk.hit()
    desk.observer.settled("ga4", record.request.id, 0, Settled("0-17", RowEnd.WAITING, "the process stopped", 9))
    assert delivery_state(record, "ga4", 0, False) == ("waiting", "the process stopped")


def test_what_could_not_be_kept_was_refused_whatever_else(desk: Desk) -> None:
    record = desk.hit()
    desk.observer.refused(record, "the outbox is full")
    assert record_state(record, True) == ("refused", "the outbox is full")


def test_a_duplicate_is_told_for_the_tag_that_left_it_out(desk: Desk) -> None:
    record = desk.hit()
    desk.observer.suppressed(record, [Suppressed("ga4", payload_of(record, "ga4"), 5)])
    assert delivery_state(record, "ga4", 0, False)[0] == "duplicate"
    assert delivery_state(record, "archive", 0, False)[0] == "waiting"


def test_in_a_dry_run_nothing_is_sent(desk: Desk) -> None:
    assert record_state(desk.hit(), True) == ("not sent", "this is a dry run")


def test_each_event_of_a_request_has_a_state_of_its_own(desk: Desk) -> None:
    record = desk.met(desk.request("v=2&tid=G-ABC1234567&cid=1.2", b"en=a\r\nen=b"))
    desk.attempted(record, "ga4", [Delivered(), Retry("later")], Response(200))
    desk.observer.settled("ga4", record.request.id, 1, Settled("0-18", RowEnd.WAITING, "later", 9))
    assert [delivery_state(record, "ga4", at, False)[0] for at in (0, 1)] == ["delivered", "failed"]
    assert [index for at in (0, 1) for _, index in attempts_of(record, "ga4", at)] == [0, 1]
    assert attempts_of(record, "archive", 0) == []


@pytest.mark.parametrize(
    ("states", "urgent"),
    [
        ([], "nothing"),
        (["delivered", "duplicate"], "delivered"),
        (["delivered", "waiting"], "waiting"),
        (["waiting", "failed", "delivered"], "failed"),
        (["failed", "dead"], "dead"),
        (["dead", "refused"], "refused"),
    ],
)
def test_the_request_is_told_by_what_needs_looking_after_most(states: list[str], urgent: str) -> None:
    assert most_urgent((state, "") for state in states)[0] == urgent


def test_what_was_delivered_stays_so_when_its_attempt_is_kept_no_more(desk: Desk) -> None:
    record = desk.hit()
    desk.attempted(record, "ga4", Delivered(), Response(204))
    for _ in range(MOST_ATTEMPTS):
        desk.attempted(record, "archive", Retry("HTTP 500"), Response(500))
    assert attempts_of(record, "ga4", 0) == []
    assert delivery_state(record, "ga4", 0, False) == ("delivered", "")
    assert delivery_state(record, "archive", 0, False)[0] == "waiting"


def test_of_several_rows_the_one_tells_that_needs_looking_after(desk: Desk) -> None:
    record = desk.hit()
    desk.attempted(record, "ga4", Delivered(), Response(204))
    record.standing_of("ga4", 0).again.append(99)
    assert [(row.id, row.state, row.again) for row in rows_of(record, "ga4", 0)] == [
        (17, "delivered", False),
        (99, "waiting", True),
    ]
    assert delivery_state(record, "ga4", 0, False) == ("waiting", "")
    desk.observer.settled("ga4", record.request.id, 0, Settled("0-99", RowEnd.DEAD, "HTTP 400"))
    assert delivery_state(record, "ga4", 0, False) == ("dead", "HTTP 400")


def test_a_first_row_that_nothing_is_known_of_waits(desk: Desk) -> None:
    record = desk.hit()
    record.standing_of("ga4", 0).again.append(99)
    desk.observer.settled("ga4", record.request.id, 0, Settled("0-99", RowEnd.WAITING, "HTTP 500", 9))
    assert [(row.name, row.state, row.again) for row in rows_of(record, "ga4", 0)] == [
        ("", "waiting", False),
        ("0-99", "waiting", True),
    ]


def test_rows_that_are_settled_while_somebody_looks_do_no_harm(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    record = desk.hit()

    def settle(number: int) -> None:
        desk.observer.settled("ga4", record.request.id, 0, Settled(f"0-{number}", RowEnd.WAITING, "HTTP 500", 9))

    def named(name: str) -> tuple[int, int]:
        settle(99)
        return 0, int(name[2:])

    settle(1)
    settle(2)
    monkeypatch.setattr("server.inspection.delivery_state.named_row", named)
    assert [row.id for row in rows_of(record, "ga4", 0)] == [1, 2]
