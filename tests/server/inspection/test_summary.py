"""One line of the live page, and the filters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.types import Rejected, Response
from server.delivery import RowEnd, Settled
from server.inspection.summary import LiveSearch, summary
from tests.server.inspection.conftest import Desk


def test_a_line_says_what_became_of_a_request(desk: Desk) -> None:
    record = desk.hit("page_view")
    assert summary(record, 3) == {
        "worker": 3,
        "id": record.request.id,
        "number": record.number,
        "at": "14:31:51.502",
        "date": "2025-11-28",
        "method": "POST",
        "path": "/g/collect",
        "client": "web",
        "status": record.status,
        "took": "3.2 ms",
        "events": ["page_view"],
        "fired": ["ga4", "archive"],
        "held": ["hook"],
        "state": "waiting",
        "why": "",
    }


def test_names_are_told_once_each_and_not_without_end(desk: Desk) -> None:
    lines = "\r\n".join(["en=again"] * 3 + [f"en=e{number}" for number in range(40)])
    told = summary(desk.met(desk.request("v=2&tid=G-ABC1234567&cid=1.2", lines.encode())), 0)
    assert told["events"][:2] == ["again", "e0"]
    assert len(told["events"]) == 20
    assert told["fired"] == ["ga4", "archive"]


def test_nothing_personal_or_secret_stands_in_a_line(desk: Desk) -> None:
    desk_path = "/of/a@b.example/203.0.113.7/canary-ga4-secret"
    told = summary(desk.met(desk.request(path=desk_path, ip="203.0.113.7")), 0)
    assert told["path"] == "/of/•••/•••/***"
    named = summary(desk.hit("a%40b.example", extra="&em=1"), 0)
    assert "b.example" not in json.dumps(named)


FILTERS: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["view", "buy", "none", "nowhere"]),
    ({"client": "web"}, ["view", "buy", "none"]),
    ({"client": "backend"}, []),
    ({"event": "purchase"}, ["buy"]),
    ({"event": "purchase", "client": "backend"}, []),
    ({"tag": "hook"}, ["buy"]),
    ({"tag": "ga4"}, ["view", "buy"]),
    ({"tag": "unknown"}, []),
    ({"client_id": "1307714608.1760043792"}, ["view", "buy"]),
    ({"client_id": "1307714608"}, []),
    ({"only": "unclaimed"}, ["nowhere"]),
    ({"only": "failures"}, ["buy", "nowhere"]),
    ({"only": "unheard of"}, ["view", "buy", "none", "nowhere"]),
]


@pytest.mark.parametrize(("filters", "through"), FILTERS)
def test_a_filter_lets_through_what_it_names(desk: Desk, filters: dict[str, str], through: list[str]) -> None:
    records = {
        "view": desk.hit(),
        "buy": desk.hit("purchase", ip="203.0.113.7"),
        "none": desk.met(desk.request("v=2&tid=G-ABC1234567&cid=1.2")),
        "nowhere": desk.met(desk.request(path="/nowhere")),
    }
    desk.attempted(records["buy"], "hook", Rejected("HTTP 400"), Response(400))
    desk.observer.settled("hook", records["buy"].request.id, 0, Settled("0-17", RowEnd.DEAD, "HTTP 400"))
    wanted = LiveSearch.of(filters)
    assert [name for name, record in records.items() if wanted.lets_through(record, False)] == through


@pytest.mark.parametrize("filters", [{"client": None}, {"client": ""}, {"event": []}, {"unknown": "x"}])
def test_what_is_empty_or_unknown_lets_everything_through(desk: Desk, filters: dict[str, Any]) -> None:
    assert LiveSearch.of(filters) == LiveSearch()
    assert LiveSearch.of(filters).lets_through(desk.hit(), False)
