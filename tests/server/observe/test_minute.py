"""How destinations did in the last minute."""

from __future__ import annotations

from collections.abc import Sequence

from core.types import Delivered, Outcome, Payload, Rejected, Retry
from server.delivery import Attempt
from server.observe.minute import SECONDS, Minute
from server.outbox.row import Row

VENDOR = "https://vendor.example"
SECOND = 1_000_000
START = 1_700_000_000 * SECOND


def attempt(outcomes: Outcome | Sequence[Outcome], rows: int = 1, now: int = START, tag: str = "ga4") -> Attempt:
    row = Row(1, tag, Payload({}, VENDOR), 0)
    return Attempt(tag, VENDOR, [row] * rows, now, 0, None, outcomes)


def test_delivered_rows_and_failed_attempts_of_rows_are_told_apart() -> None:
    minute = Minute()
    minute.note(attempt(Delivered(), rows=3))
    minute.note(attempt(Retry("HTTP 500"), rows=2))
    minute.note(attempt(Rejected("HTTP 400")))
    minute.note(attempt([Delivered(), Retry("HTTP 500"), Delivered()], rows=3))
    assert minute.of("ga4", VENDOR, START) == (5, 4)


def test_each_destination_of_each_tag_counts_for_itself() -> None:
    minute = Minute()
    minute.note(attempt(Delivered()))
    minute.note(attempt(Retry("HTTP 500"), tag="ads"))
    assert minute.of("ga4", VENDOR, START) == (1, 0)
    assert minute.of("ads", VENDOR, START) == (0, 1)
    assert minute.of("ga4", "https://another.example", START) == (0, 0)


def test_what_is_older_than_a_minute_is_over() -> None:
    minute = Minute()
    minute.note(attempt(Delivered()))
    minute.note(attempt(Delivered(), now=START + 30 * SECOND))
    assert minute.of("ga4", VENDOR, START + (SECONDS - 1) * SECOND) == (2, 0)
    assert minute.of("ga4", VENDOR, START + SECONDS * SECOND) == (1, 0)
    assert minute.of("ga4", VENDOR, START + 2 * SECONDS * SECOND) == (0, 0)


def test_a_long_life_takes_no_more_than_a_minute_of_room() -> None:
    minute = Minute()
    for second in range(10 * SECONDS):
        for _ in range(2):
            minute.note(attempt(Delivered(), now=START + second * SECOND))
    assert minute.of("ga4", VENDOR, START + (10 * SECONDS - 1) * SECOND) == (2 * SECONDS, 0)
    assert len(minute._seconds["ga4", VENDOR]) == SECONDS


def test_an_attempt_counts_when_it_ends() -> None:
    minute = Minute()
    slow = Attempt("ga4", VENDOR, attempt(Delivered()).rows, START, 20 * SECOND, None, Delivered())
    minute.note(slow)
    assert minute.of("ga4", VENDOR, START + 70 * SECOND) == (1, 0)
