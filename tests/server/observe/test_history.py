"""An hour and a day of a worker's counters, by a time that comes from outside."""

from __future__ import annotations

import asyncio
import json

import pytest

from core.types import Delivered, Outcome, Payload, Rejected, Response, Retry
from server.connections.refusals import COOKIES, IDLE
from server.delivery import Attempt
from server.observe import Counts
from server.observe.durations import AGE, EXCHANGE
from server.observe.history import MINUTE, NOT_KEPT, TENS_OF_MINUTES, History, every_minute
from server.observe.ring import Columns
from server.outbox.row import Row

VENDOR = "https://vendor.example"
NOW = 29_405_670 * MINUTE
"""The first microsecond of a minute, and of ten."""


def attempt(outcome: Outcome, rows: int = 1, took: int = 20_000, status: int | None = 200, tag: str = "ga4") -> Attempt:
    row = Row(1, tag, Payload({}, VENDOR, received_at=NOW), 0)
    response = None if status is None else Response(status, (), b"")
    return Attempt(tag, VENDOR, [row] * rows, NOW, took, response, outcome)


def rows(columns: Columns) -> dict[tuple[str, ...], list[int]]:
    return {tuple(key): numbers for key, numbers in columns["rows"]}


def test_a_worker_that_has_seen_nothing_tells_nothing() -> None:
    history = History(Counts(), NOW)
    assert rows(history.destinations(NOW)) == {}
    overview = history.overview(NOW)
    assert (rows(overview["hour"]), rows(overview["day"]), overview["sums"], history.began) == ({}, {}, [], NOW)


def test_what_grew_in_a_minute_stands_in_its_column() -> None:
    counts = Counts()
    history = History(counts, NOW)
    counts.answered("web", 204, 100)
    counts.answered(None, 400, 100)
    counts.unclaimed += 1
    history.look(NOW + MINUTE)
    counts.answered("web", 204, 100)
    hour = rows(history.overview(NOW + MINUTE + 30_000_000)["hour"])
    assert hour["requests",][-3:] == [0, 2, 1]
    assert hour["unclaimed",][-3:] == [0, 1, 0]


def test_what_is_told_while_nobody_waits_for_the_minutes_end_is_counted_once() -> None:
    counts = Counts()
    history = History(counts, NOW)
    for second in range(10, 130, 10):
        counts.answered("web", 204, 100)
        history.overview(NOW + second * 1_000_000)
    overview = history.overview(NOW + 125 * 1_000_000)
    assert sum(rows(overview["hour"])["requests",]) == sum(rows(overview["day"])["requests",]) == 12


def test_a_day_is_kept_by_tens_of_minutes() -> None:
    counts = Counts()
    history = History(counts, NOW)
    for minute in range(1, 25 * 60 + 1):
        counts.answered("web", 204, 100)
        history.look(NOW + minute * MINUTE)
    overview = history.overview(NOW + 25 * 60 * MINUTE)
    assert rows(overview["day"])["requests",] == [10] * (TENS_OF_MINUTES - 1) + [0]
    assert rows(overview["hour"])["requests",] == [1] * 59 + [0]


def test_names_are_summed_over_the_day() -> None:
    counts = Counts()
    history = History(counts, NOW)
    counts.events["purchase"] += 2
    counts.findings["VALUE_REQUIRED"] += 1
    counts.consents.note({"x-ga-gcs": "G10-"})
    history.look(NOW + MINUTE)
    counts.events["purchase"] += 1
    sums = dict(history.overview(NOW + 5 * MINUTE)["sums"])
    assert sums["event", "purchase"] == 3
    assert sums["finding", "VALUE_REQUIRED"] == 1
    assert (sums["ad_storage", "denied"], sums["ad_user_data", "unset"]) == (1, 1)


def test_refusals_are_those_of_requests_whatever_refused_them() -> None:
    counts = Counts()
    history = History(counts, NOW)
    counts.turned_away.update({"too_large": 3, "gone": 5})
    counts.connections_closed.update({COOKIES.reason: 2, IDLE.reason: 7})
    counts.refused += 1
    overview = history.overview(NOW + MINUTE)
    assert sum(rows(overview["hour"])["refused",]) == 6
    assert dict(overview["sums"]) == {("refused", "too_large"): 3, ("refused", COOKIES.reason): 2, ("refused", NOT_KEPT): 1}


def test_each_destination_of_each_tag_tells_of_itself() -> None:
    counts = Counts()
    history = History(counts, NOW)
    counts.attempted(attempt(Delivered(), rows=3))
    counts.attempted(attempt(Retry("HTTP 500"), status=500))
    counts.attempted(attempt(Rejected("HTTP 400"), status=400, tag="ads"))
    counts.attempted(attempt(Retry("no answer"), status=None, tag="ads"))
    found = {key: sum(numbers) for key, numbers in rows(history.destinations(NOW + MINUTE)).items()}
    bucket = str(next(index for index, bound in enumerate(EXCHANGE) if bound >= 20_000))
    young = str(next(index for index, bound in enumerate(AGE) if bound >= 20_000))
    assert found == {
        ("delivered", "ga4", VENDOR): 3,
        ("retried", "ga4", VENDOR): 1,
        ("status", "ga4", VENDOR, "200"): 1,
        ("status", "ga4", VENDOR, "500"): 1,
        ("took", "ga4", VENDOR, bucket): 2,
        ("age", "ga4", VENDOR, young): 3,
        ("rejected", "ads", VENDOR): 1,
        ("retried", "ads", VENDOR): 1,
        ("status", "ads", VENDOR, "400"): 1,
        ("status", "ads", VENDOR, "none"): 1,
        ("took", "ads", VENDOR, bucket): 2,
    }
    assert history.delivered(NOW + MINUTE) == [("ga4", VENDOR, 3)]
    whole = rows(history.overview(NOW + MINUTE)["hour"])
    assert (sum(whole["delivered",]), sum(whole["failed",])) == (3, 3)


def test_a_destination_that_was_quiet_for_an_hour_is_forgotten() -> None:
    counts = Counts()
    history = History(counts, NOW)
    counts.attempted(attempt(Delivered()))
    history.look(NOW + MINUTE)
    later = NOW + 62 * MINUTE
    assert history.destinations(later)["rows"] == []
    assert history.delivered(later) == []
    assert sum(rows(history.overview(later)["day"])["delivered",]) == 1


def test_it_is_json_whatever_visitors_call_their_events() -> None:
    counts = Counts()
    history = History(counts, NOW)
    counts.events['<b>"\u202e'] += 1
    told = json.loads(json.dumps(history.overview(NOW + MINUTE)))
    assert told["sums"] == [[["event", '<b>"\u202e'], 1]]


def test_somebody_looks_at_the_end_of_each_minute() -> None:
    counts = Counts()
    history, slept, now = History(counts, NOW), list[float](), NOW + 20_500_000

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        if len(slept) > 3:
            raise InterruptedError
        now += round(seconds * 1_000_000) + 1000  # a little late
        counts.answered("web", 204, 100)

    with pytest.raises(InterruptedError):
        asyncio.run(every_minute(history, lambda: now, sleep))
    assert slept == pytest.approx([39.5, 59.999, 59.999, 59.999], abs=0.01)
    assert rows(history.overview(now)["hour"])["requests",][-4:] == [1, 1, 1, 0]
