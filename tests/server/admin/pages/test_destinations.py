"""Destinations and rows, put together from all workers."""

from __future__ import annotations

from typing import Any, cast

import pytest

from server.admin.health import SILENT, DestinationTold, WorkerHealth
from server.admin.pages.destinations import DestinationLine, age, destinations, masked_body, row, whole_row
from server.outbox.selection import ShownRow

NOW = 1_764_340_311_502_000
SECOND = 1_000_000
IDLE: DestinationTold = {
    "tag": "ga4",
    "destination": "https://v.example",
    "pending": 0,
    "oldest": None,
    "delivered": 0,
    "failed": 0,
    "last_error": "",
    "paused_until": None,
    "breaker": "closed",
    "refuses": "",
    "lacks": "",
    "colour": "green",
}


def worker(*destinations: DestinationTold) -> WorkerHealth:
    return {"accepting": True, "colour": "green", "reasons": [], "destinations": list(destinations)}


def told(**part: Any) -> DestinationTold:
    return cast(DestinationTold, {**IDLE, **part})


def one(*parts: dict[str, Any]) -> DestinationLine:
    """The only destination of workers that each tell these of it."""
    (found,) = destinations([worker(told(**part)) for part in parts], NOW)
    return found


def test_a_destination_that_has_nothing_to_do_is_well() -> None:
    assert one({}) == {
        "tag": "ga4",
        "address": "https://v.example",
        "pending": 0,
        "oldest": None,
        "rate": "0.0/s",
        "success": None,
        "last_error": "",
        "paused": None,
        "breaker": "closed",
        "colour": "green",
    }


def test_what_workers_tell_of_one_destination_is_added_up() -> None:
    line = one(
        {"pending": 2, "oldest": NOW - 40 * SECOND, "delivered": 90, "failed": 6},
        {"pending": 3, "oldest": NOW - 150 * SECOND, "delivered": 30, "failed": 0},
        {"oldest": 0},
    )
    assert (line["pending"], line["oldest"], line["rate"], line["success"]) == (5, "2 min", "2.0/s", "95%")


def test_each_tag_and_address_is_told_by_itself_in_order() -> None:
    workers = [
        worker(told(tag="b"), told(tag="a", destination="https://z.example")),
        worker(told(tag="a"), told(tag="b")),
        SILENT,
    ]
    assert [(each["tag"], each["address"]) for each in destinations(workers, NOW)] == [
        ("a", "https://v.example"),
        ("a", "https://z.example"),
        ("b", "https://v.example"),
    ]


@pytest.mark.parametrize(
    ("part", "colour", "words"),
    [
        ({"paused_until": NOW + 90 * SECOND, "colour": "amber"}, "amber", "until 14:33:21.502 UTC: the destination asked for it"),
        ({"breaker": "open", "colour": "amber"}, "amber", "it took nothing five times in a row"),
        ({"breaker": "testing", "colour": "amber"}, "amber", "it is being tried again, one request at first (testing)"),
        ({"breaker": "ramping", "colour": "amber"}, "amber", "it is being tried again"),
        ({"refuses": "refuses our credential: HTTP 401", "colour": "red"}, "red", "refuses our credential: HTTP 401"),
        (
            {"lacks": "the environment has no KEY", "colour": "amber"},
            "amber",
            "left to other replicas: the environment has no KEY",
        ),
    ],
)
def test_why_nothing_is_sent_is_told_though_one_worker_alone_knows(part: dict[str, Any], colour: str, words: str) -> None:
    for parts in ([part, {}], [{}, part]):
        line = one(*parts)
        assert line["colour"] == colour
        assert str(line["paused"]).startswith(words)


def test_the_longest_pause_counts() -> None:
    line = one({"paused_until": NOW + SECOND}, {"paused_until": NOW + 9 * SECOND})
    assert str(line["paused"]).startswith("until 14:32:00.502")


def test_an_error_does_not_tell_a_visitors_address() -> None:
    assert one({}, {"last_error": "no mail for a%40b.example"})["last_error"] == "no mail for •••"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0 s"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (86399, "23 h"), (200000, "2 d")],
)
def test_an_age_is_told_in_the_unit_that_fits(seconds: int, words: str) -> None:
    assert age(seconds * SECOND) == words


def test_a_row_is_told_without_what_is_personal_in_it() -> None:
    stored: ShownRow = {
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
        "answer": "no such address: a@b.example",
        "body": None,
    }
    assert whole_row(stored) == {**row(stored), "answer": "no such address: •••"}
    assert whole_row({**stored, "answer": ""}) == row(stored)
    assert row(stored) == {
        "id": "0-17",
        "tag": "ga4",
        "event": "•••",
        "received": "2025-11-28 14:31:51.502 UTC",
        "attempts": 3,
        "state": "dead",
        "destination": "https://v.example",
        "client_id": "•••",
        "why": "HTTP 400",
    }
    assert masked_body({"user_data": {"city": "Bonn"}, "url": "/a%40b.example", "n": 1}) == {
        "user_data": {"city": "•••"},
        "url": "/•••",
        "n": 1,
    }
