"""What is counted of deliveries."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.types import Delivered, Outcome, Payload, Rejected, Response, Retry
from server.delivery import Attempt
from server.observe import Counts
from server.observe.counts import MOST_DESTINATIONS
from server.observe.metric import Row
from server.outbox.row import Row as OutboxRow

NOW = 1_700_000_000_000_000
VENDOR = "https://vendor.example"


def attempt(
    outcomes: Outcome | Sequence[Outcome], rows: int = 1, status: int = 204, address: str = VENDOR, age: int = 0
) -> Attempt:
    received = NOW - age
    sent = [OutboxRow(number, "ga4", Payload({}, address, received_at=received), received) for number in range(rows)]
    return Attempt("ga4", address, sent, NOW, 20_000, Response(status) if status else None, outcomes)


def counted(*attempts: Attempt) -> dict[str, list[Row]]:
    counts = Counts()
    for each in attempts:
        counts.attempted(each)
    return counts.snapshot()


@pytest.mark.parametrize(
    ("outcomes", "rows", "words"),
    [
        (Delivered(), 1, {"delivered": 1}),
        (Delivered(), 3, {"delivered": 3}),
        (Retry("HTTP 503"), 2, {"retried": 2}),
        (Rejected("HTTP 400"), 1, {"rejected": 1}),
        (Rejected("HTTP 400"), 2, {"retried": 2}),
        ([Delivered(), Rejected("no"), Retry("later"), Delivered()], 4, {"delivered": 2, "rejected": 1, "retried": 1}),
    ],
)
def test_outcomes_are_counted_by_event(outcomes: Outcome | Sequence[Outcome], rows: int, words: dict[str, int]) -> None:
    deliveries = counted(attempt(outcomes, rows))["tagyard_deliveries_total"]
    assert {word: count for *_, word, count in deliveries} == words
    assert all(row[:2] == ["ga4", VENDOR] for row in deliveries)


def test_exchanges_are_counted_by_the_answers_status() -> None:
    found = counted(attempt(Delivered(), 5), attempt(Retry("HTTP 503"), status=503), attempt(Retry("no answer"), status=0))
    assert found["tagyard_delivery_attempts_total"] == [
        ["ga4", VENDOR, "204", 1],
        ["ga4", VENDOR, "503", 1],
        ["ga4", VENDOR, "none", 1],
    ]


def test_age_is_from_the_request_to_the_answer_and_of_delivered_events_alone() -> None:
    found = counted(attempt([Delivered(), Retry("later")], 2, age=3_000_000), attempt(Retry("later"), age=9_000_000))
    ((*at, age),) = found["tagyard_delivery_age_seconds"]
    assert at == ["ga4", VENDOR]
    assert age == {"buckets": [0, 0, 0, 1, *[0] * 9], "sum": 3_020_000}


def test_a_clock_that_went_back_gives_no_negative_age() -> None:
    found = counted(attempt(Delivered(), age=-1_000_000))
    assert found["tagyard_delivery_age_seconds"][0][-1] == {"buckets": [1, *[0] * 12], "sum": 0}


def test_how_long_exchanges_took() -> None:
    found = counted(attempt(Delivered()), attempt(Retry("later")))
    assert found["tagyard_delivery_attempt_seconds"] == [["ga4", VENDOR, {"buckets": [0, 2, *[0] * 10], "sum": 40_000}]]


def test_of_very_many_destinations_the_later_ones_are_counted_together() -> None:
    found = counted(*(attempt(Delivered(), address=f"https://{number}.example") for number in range(MOST_DESTINATIONS + 5)))
    assert len(found["tagyard_deliveries_total"]) == MOST_DESTINATIONS + 1
    assert found["tagyard_deliveries_total"][-1] == ["ga4", "(other)", "delivered", 5]
