"""The last hour of a destination, in figures and charts."""

from __future__ import annotations

from server.admin.lately import lately
from server.admin.pages.hour import HOUR, Figure, Hour, hour
from server.observe.durations import AGE, EXCHANGE
from server.observe.history import MINUTES
from server.observe.ring import Key
from tests.server.admin.recent import VENDOR, columns

AT = ("ga4", VENDOR)


def told(rows: dict[Key, list[int]], known: int = HOUR) -> Hour:
    return hour(lately([columns(rows)], MINUTES), *AT, known)


def figures(of: Hour) -> dict[str, Figure]:
    return {each["name"]: each for each in of["figures"]}


def kinds(figure: Figure) -> list[str]:
    return [area["kind"] for area in figure["chart"]["areas"]]


def test_where_nothing_was_sent_there_is_nothing_to_tell_of_it() -> None:
    of = told({})
    assert (of["failed"], of["answers"]) == (0, "")
    assert [(each["name"], each["value"], each["more"]) for each in of["figures"]] == [
        ("Rate", "0/min", "0 sent"),
        ("Success", "–", ""),
        ("Latency", "–", ""),
        ("Age", "–", ""),
    ]
    assert [each["chart"]["areas"] for each in of["figures"]] == [[]] * 4


def test_rate_and_success_are_of_the_whole_hour() -> None:
    of = told({("delivered", *AT): [60, 120], ("retried", *AT): [0, 15], ("rejected", *AT): [0, 5]})
    found = figures(of)
    assert of["failed"] == 20
    assert (found["Rate"]["value"], found["Rate"]["more"]) == ("3/min", "180 sent")
    assert (found["Success"]["value"], found["Success"]["more"]) == ("90.0 %", "20 failed")
    assert kinds(found["Rate"]) == kinds(found["Success"]) == ["bad", "good"]


def test_what_is_known_for_less_than_an_hour_has_a_rate_all_the_same() -> None:
    assert figures(told({("delivered", *AT): [30]}, known=HOUR // 30))["Rate"]["value"] == "15/min"
    assert figures(told({("delivered", *AT): [30]}, known=0))["Rate"]["value"] == "30/min"
    assert figures(told({("delivered", *AT): [30]}, known=99 * HOUR))["Rate"]["value"] == "0.5/min"


def test_times_come_out_of_the_histograms() -> None:
    at, late = str(EXCHANGE.index(50_000)), str(AGE.index(900_000_000))
    of = told({("took", *AT, at): [10], ("age", *AT, late): [8], ("age", *AT, "0"): [92]})
    found = figures(of)
    assert (found["Latency"]["value"], found["Latency"]["more"]) == ("38 ms", "p95 49 ms")
    assert (found["Age"]["value"], found["Age"]["more"]) == ("54 ms", "p95 8 min")
    assert kinds(found["Latency"]) == ["most", "usual"]


def test_a_chart_says_in_words_what_it_shows() -> None:
    of = told({("delivered", *AT): [60, 120], ("rejected", *AT): [1], ("took", *AT, "0"): [10]})
    assert [each["chart"]["words"] for each in of["figures"]] == [
        "ga4: deliveries by the minute over the last hour: 180 delivered, 1 failed attempt, 121 at most in a minute",
        "ga4: share of attempts that succeed, by the minute over the last hour: 99.4 %",
        "ga4: how long an exchange takes, over the last hour: median 5 ms, 95 of 100 below 10 ms",
        "ga4: the time from a request to its delivery, over the last hour: nothing to tell",
    ]


def test_an_answer_is_told_by_its_status_and_none_is_none() -> None:
    rows: dict[Key, list[int]] = {
        ("status", *AT, "500"): [3, 4],
        ("status", *AT, "none"): [9],
        ("status", *AT, "429"): [1],
        ("status", *AT, "200"): [2],
        ("status", "ads", VENDOR, "404"): [99],
    }
    assert told(rows)["answers"] == "no answer × 9, HTTP 500 × 7, HTTP 200 × 2"
