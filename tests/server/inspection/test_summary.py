"""One line of the live page, and its marks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from core.types import Delivered, Rejected, Response, Retry
from server.delivery import RowEnd, Settled
from server.inspection.glance import COLOURS
from server.inspection.marks import MEANING, MOST, Mark, most_urgent_marks
from server.inspection.summary import Summary
from tests.server.inspection.conftest import FILE, NOW, Desk, dry


def told(record: Any, worker: int = 0) -> Any:
    return Summary(record).line(worker)


def test_a_line_says_what_became_of_a_request(desk: Desk) -> None:
    record = desk.hit("page_view", "&cu=EUR")
    assert told(record, 3) == {
        "worker": 3,
        "id": record.request.id,
        "number": record.number,
        "received_at": NOW,
        "at": "14:31:51.502",
        "date": "2025-11-28",
        "method": "POST",
        "path": "/g/collect",
        "client": "web",
        "status": record.status,
        "took": "3.2 ms",
        "events": ["page_view"],
        "event_count": 1,
        "page": "/shoes",
        "location": "shop.example/shoes",
        "visitor": {
            "id": "1307714608.1760043792",
            "short": "714608",
            "colour": 3,
            "link": "/visitors/1307714608.1760043792",
        },
        "value": "120.00 EUR",
        "fired": ["ga4", "archive"],
        "held": ["hook"],
        "marks": [
            {"tag": "ga4", "slot": 1, "mark": "waiting", "words": "waiting"},
            {"tag": "archive", "slot": 3, "mark": "waiting", "words": "waiting"},
        ],
        "more_marks": 0,
        "reasons": [],
        "state": "waiting",
        "why": "",
    }


def test_names_are_told_once_each_and_not_without_end(desk: Desk) -> None:
    lines = "\r\n".join(["en=again"] * 3 + [f"en=e{number}" for number in range(40)])
    line = told(desk.met(desk.request("v=2&tid=G-ABC1234567&cid=1.2", lines.encode())))
    assert line["events"][:2] == ["again", "e0"]
    assert (len(line["events"]), line["event_count"]) == (20, 43)
    assert line["fired"] == ["ga4", "archive"]


def test_nothing_personal_or_secret_stands_in_a_line_or_in_what_is_searched(desk: Desk) -> None:
    path = "/of/a@b.example/203.0.113.7/canary-ga4-secret"
    assert told(desk.met(desk.request(path=path, ip="203.0.113.7")))["path"] == "/of/•••/•••/***"
    extra = "&ep.email=ann%40mail.example&ep.note=for+ann%40mail.example&ep.address=203.0.113.7&ep.x=canary+key+%26+more"
    record = desk.hit("a%40b.example", extra + "&uid=ann%40mail.example", ip="203.0.113.7")
    text = json.dumps(told(record)) + Summary(record).text()
    for hidden in ("b.example", "mail.example", "203.0.113.7", "canary"):
        assert hidden not in text
    assert "for •••" in text


def test_what_is_too_long_is_cut_and_what_is_no_text_is_left_out(desk: Desk) -> None:
    params = {"page_location": f"https://shop.example/{'x' * 5000}", "value": {"a": 1}, "currency": ["EUR"]}
    events = [{"name": "e" * 500, "params": params}]
    line = told(desk.measurement({"client_id": "c" * 500, "events": events}))
    assert max(map(len, (*line["events"], line["page"], line["location"], line["visitor"]["id"]))) == 80
    assert (line["value"], line["visitor"]["link"]) == ("", "")
    assert len(json.dumps(line)) < 2000


@pytest.mark.parametrize("id", ["a/../b", "100%", "‮evil", "<script>", "a b&c"])
def test_a_visitor_is_linked_to_by_an_id_that_cannot_leave_its_place(desk: Desk, id: str) -> None:
    visitor = told(desk.measurement({"client_id": id, "events": [{"name": "x"}]}))["visitor"]
    assert visitor["link"] == f"/visitors/{quote(id, safe='')}"
    assert 0 <= visitor["colour"] < COLOURS


def test_a_visitor_whose_id_is_personal_has_a_colour_and_no_link(desk: Desk) -> None:
    hit = desk.request("v=2&tid=G-ABC1234567&cid=203.0.113.7&en=x", ip="203.0.113.7")
    visitor = told(desk.met(hit))["visitor"]
    assert (visitor["id"], visitor["link"]) == ("•••", "")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1234.5, "1,234.50 EUR"), (-3, "-3.00 EUR"), (1e300, "1e+300 EUR"), ("twelve", "twelve EUR"), (None, ""), ("", "")],
)
def test_a_value_stands_with_its_currency(desk: Desk, value: object, shown: str) -> None:
    params = {"value": value, "currency": "EUR"}
    assert told(desk.measurement({"client_id": "1.2", "events": [{"name": "x", "params": params}]}))["value"] == shown


def test_each_client_says_why_a_request_is_none_of_its_own_the_nearest_first(desk: Desk) -> None:
    stranger = told(desk.met(desk.request("v=2&tid=G-OTHER&cid=1.2&en=a")))
    assert stranger["reasons"] == [
        "web: measurement id G-OTHER is not among G-ABC1234567",
        "backend: the path is not /mp/collect",
    ]
    assert (stranger["client"], stranger["marks"], stranger["visitor"]) == (None, [], None)


def test_a_request_that_its_client_refuses_says_why(desk: Desk) -> None:
    refused = desk.met(desk.request("measurement_id=G-ABC1234567&api_secret=no", b"{}", path="/mp/collect"))
    assert (refused.status, told(refused)["reasons"]) == (403, ["The api_secret is missing, or it is none of those configured."])


def test_a_tag_s_mark_says_what_became_of_its_event(desk: Desk) -> None:
    record = desk.hit("purchase", ip="203.0.113.7")
    desk.attempted(record, "ga4", Delivered(), Response(204))
    desk.attempted(record, "hook", Rejected("HTTP 400"), Response(400))
    desk.observer.settled("hook", record.request.id, 0, Settled("0-17", RowEnd.DEAD, "HTTP 400"))
    desk.attempted(record, "archive", Retry("HTTP 500"), Response(500))
    desk.observer.settled("archive", record.request.id, 0, Settled("0-17", RowEnd.WAITING, "HTTP 500"))
    assert [(each["tag"], each["mark"], each["words"]) for each in told(record)["marks"]] == [
        ("ga4", "sent", "sent"),
        ("hook", "failed", "failed, given up: HTTP 400"),
        ("archive", "failed", "failed, is tried again: HTTP 500"),
    ]


HELD = FILE.replace("archive: {type: log, file: events.jsonl}", "archive: {type: log, file: events.jsonl, paused: true}").replace(
    "late_after: 10m}", "late_after: 10m, consent: [ad_storage]}"
)


def test_a_tag_that_is_held_back_has_a_quiet_mark_and_one_that_nothing_calls_upon_none(tmp_path: Path) -> None:
    desk = Desk(tmp_path, HELD)
    marks = told(desk.met(desk.request("v=2&tid=G-ABC1234567&cid=1.2&en=page_view&gcs=G100")))["marks"]
    assert marks == [
        {"tag": "ga4", "slot": 1, "mark": "held", "words": "held back: consent ad_storage is denied"},
        {"tag": "archive", "slot": 3, "mark": "held", "words": "held back: the tag is paused"},
    ]


def test_of_several_events_the_most_urgent_mark_counts(desk: Desk) -> None:
    lines = b"en=page_view\r\nen=purchase&epn.value=200"
    record = desk.met(desk.request("v=2&tid=G-ABC1234567&cid=1.2", lines, ip="203.0.113.7"))
    assert [(each["tag"], each["mark"]) for each in told(record)["marks"]] == [
        ("ga4", "waiting"),
        ("hook", "waiting"),
        ("archive", "waiting"),
    ]
    desk.observer.settled("ga4", record.request.id, 1, Settled("0-17", RowEnd.DEAD, "too old"))
    assert told(record)["marks"][0]["words"] == "failed, given up: too old"


def test_a_dry_run_sends_nothing_and_says_so(desk: Desk) -> None:
    assert {each["mark"] for each in told(dry(desk).hit())["marks"]} == {"dry"}


def test_of_too_many_marks_the_urgent_ones_are_shown_in_their_order() -> None:
    marks: list[Mark] = [{"tag": f"t{at}", "slot": 0, "mark": "sent", "words": "sent"} for at in range(MOST + 3)]
    marks[-1]["mark"] = "failed"
    marks[0]["mark"] = "held"
    shown = most_urgent_marks(marks)
    assert [mark["tag"] for mark in shown] == [*(f"t{at}" for at in range(1, MOST)), f"t{MOST + 2}"]
    assert {mark["mark"] for mark in marks} <= set(MEANING)
