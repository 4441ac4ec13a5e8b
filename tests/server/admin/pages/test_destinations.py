"""Destinations and rows, put together from all workers."""

from __future__ import annotations

from typing import Any

import pytest

from server.admin.health import SILENT, WorkerHealth
from server.admin.pages.destinations import (
    DestinationLine,
    began,
    destinations,
    idle_tags,
    known_for,
    row,
    standings,
)
from server.delivery.condition import ALWAYS
from server.observe.ring import Key
from server.outbox.selection import ListedRow
from tests.server.admin.recent import IDLE, MINUTE, NOW, SECOND, VENDOR, destination, telling

WORKS: dict[Key, list[int]] = {("delivered", "ga4", VENDOR): [3]}


def one(*parts: dict[str, Any]) -> DestinationLine:
    """The only destination of workers that each tell these of it."""
    (found,) = destinations([telling(destination(**part)) for part in parts], NOW)
    return found


def test_a_destination_that_has_nothing_to_do_is_idle() -> None:
    line = one({})
    assert {name: value for name, value in line.items() if name != "hour"} == {
        "tag": "ga4",
        "address": VENDOR,
        "colour": "green",
        "state": "idle",
        "details": [],
        "pending": 0,
        "oldest": None,
        "last_error": "",
    }
    assert line["hour"]["failed"] == 0


def test_what_workers_tell_of_one_destination_is_added_up() -> None:
    (line,) = destinations(
        [
            telling(destination(pending=2, oldest=NOW - 40 * SECOND), rows={("delivered", "ga4", VENDOR): [90]}),
            telling(destination(pending=3, oldest=NOW - 150 * SECOND), rows={("delivered", "ga4", VENDOR): [30, 0]}),
            telling(destination(oldest=0), rows={("retried", "ga4", VENDOR): [6]}),
        ],
        NOW,
    )
    assert (line["pending"], line["oldest"], line["state"]) == (5, "2 min", "works")
    assert [each["value"] for each in line["hour"]["figures"][:2]] == ["2/min", "95.2 %"]


def test_each_tag_and_address_is_told_by_itself_in_order() -> None:
    workers = [
        telling(destination(tag="b"), destination(tag="a", destination="https://z.example")),
        telling(destination(tag="a"), destination(tag="b")),
        SILENT,
    ]
    assert [(each["tag"], each["address"]) for each in destinations(workers, NOW)] == [
        ("a", "https://v.example"),
        ("a", "https://z.example"),
        ("b", "https://v.example"),
    ]


@pytest.mark.parametrize(
    ("part", "colour", "state", "words"),
    [
        (
            {"paused_until": NOW + 90 * SECOND, "colour": "amber"},
            "amber",
            "slowed down",
            "paused until 2025-11-28 14:33:21.502 UTC: the",
        ),
        ({"breaker": "open", "colour": "amber"}, "amber", "slowed down", "nothing is sent until the breaker’s cooldown is over"),
        ({"breaker": "testing", "colour": "amber"}, "amber", "slowed down", "the breaker’s cooldown is over: one request"),
        ({"breaker": "ramping", "colour": "amber"}, "amber", "slowed down", "works again"),
        (
            {"refuses": "refuses our credential: HTTP 401", "colour": "red"},
            "red",
            "does not work",
            "refuses our credential: HTTP",
        ),
        ({"lacks": "there is no KEY", "colour": "amber"}, "amber", "slowed down", "left to other replicas: there is no KEY"),
    ],
)
def test_why_nothing_is_sent_is_told_though_one_worker_alone_knows(
    part: dict[str, Any], colour: str, state: str, words: str
) -> None:
    for parts in ([part, {}], [{}, part]):
        line = one(*parts)
        assert (line["colour"], line["state"]) == (colour, state)
        assert len(line["details"]) == 1
        assert line["details"][0].startswith(words)


def test_the_longest_pause_counts() -> None:
    line = one({"paused_until": NOW + SECOND}, {"paused_until": NOW + 9 * SECOND})
    assert line["details"][0].startswith("paused until 2025-11-28 14:32:00.502")


FAILING = {"failures": ALWAYS, "failing_since": NOW - 3 * MINUTE, "colour": "amber", "breaker": "open"}


def test_a_destination_that_always_fails_is_red_and_says_for_how_long() -> None:
    line = one(FAILING)
    assert (line["colour"], line["state"]) == ("red", "always fails")
    assert line["details"] == [
        "took nothing for 3 min: 5 failures in a row",
        "nothing is sent until the breaker’s cooldown is over",
    ]


def test_a_few_failures_are_not_always() -> None:
    line = one({**FAILING, "failures": ALWAYS - 1, "breaker": "closed", "colour": "green"})
    assert (line["colour"], line["state"], line["details"]) == ("green", "idle", [])


def test_failures_of_all_workers_count_together_from_the_first() -> None:
    half = {**FAILING, "failures": 3}
    line = one(half, {**half, "failing_since": NOW - 40 * MINUTE}, {})
    assert line["details"][0] == "took nothing for 40 min: 6 failures in a row"


def told(*workers: WorkerHealth) -> tuple[str, list[str]]:
    (standing,) = standings(workers, NOW)
    return standing["state"], standing["details"][:1]


def test_what_one_worker_still_brings_there_does_not_always_fail() -> None:
    fails = telling(destination(**FAILING))
    state, _ = told(fails, telling(destination(), rows=WORKS))
    assert state == "slowed down"


def test_it_fails_since_the_last_worker_that_brought_something_there_began_to_fail() -> None:
    early = telling(destination(**FAILING))
    late = telling(destination(**{**FAILING, "failing_since": NOW - 20 * SECOND}), rows=WORKS)
    assert told(early, late) == ("always fails", ["took nothing for 20 s: 10 failures in a row"])


def test_an_error_does_not_tell_a_visitors_address() -> None:
    assert one({}, {"last_error": "no mail for a%40b.example"})["last_error"] == "no mail for •••"


def test_a_worker_that_tells_of_no_hour_is_shown_with_what_it_tells() -> None:
    silent: WorkerHealth = {"accepting": True, "colour": "green", "reasons": [], "destinations": [IDLE]}
    (line,) = destinations([silent], NOW)
    assert (line["state"], line["hour"]["failed"]) == ("idle", 0)
    assert (known_for([silent], NOW), began([silent], NOW), idle_tags([silent])) == (0, None, [])


def test_the_hour_begins_when_the_first_worker_did() -> None:
    young, old = ({"began": NOW - minutes * MINUTE} for minutes in (2, 31))
    workers = [telling(recent=young), telling(recent=old)]
    assert (known_for(workers, NOW), began(workers, NOW)) == (31 * MINUTE, NOW - 31 * MINUTE)
    assert began([telling(recent=young), telling()], NOW) is None, "it is known as a whole"


def tag(name: str, paused: bool = False, **held: int) -> dict[str, Any]:
    return {"name": name, "paused": paused, "fired": 0, "held": held}


def test_tags_that_have_sent_nothing_say_why() -> None:
    tags = [tag("klaviyo", paused=True, paused_=0), tag("ads", trigger=2, consent=5), tag("ga4"), tag("new")]
    others = [tag("klaviyo", paused=True), tag("ads", trigger=1), tag("ga4"), tag("new")]
    workers = [telling(destination(), recent={"tags": tags}), telling(recent={"tags": others})]
    assert idle_tags(workers) == [
        {"tag": "klaviyo", "paused": True, "why": "no event has come"},
        {"tag": "ads", "paused": False, "why": "5 events held back: consent; 3 events held back: trigger"},
        {"tag": "new", "paused": False, "why": "no event has come"},
    ]


def test_a_row_is_told_without_what_is_personal_in_it() -> None:
    stored: ListedRow = {
        "id": "0-17",
        "tag": "ga4",
        "destination": "https://v.example",
        "state": "dead",
        "received_at": NOW,
        "attempts": 3,
        "client_id": "a@b.example",
        "event_name": "mail_a@b.example",
        "why": "HTTP 400",
        "due_at": NOW,
        "crashes": 0,
    }
    assert row(stored) == {
        "id": "0-17",
        "tag": "ga4",
        "event": "•••",
        "received": "2025-11-28 14:31:51.502 UTC",
        "attempts": 3,
        "client_id": "•••",
        "why": "HTTP 400",
    }
