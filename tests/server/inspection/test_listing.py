"""Which requests are shown: views, filters, words, places, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from server.delivery import RowEnd, Settled
from server.inspection.listing import Listing, place_of
from server.inspection.search import FILTERS, VIEWS, Search
from tests.server.inspection.conftest import FILE, HIT, NOW, Desk

SCRIPTS = FILE.replace("clients:", "clients:\n  scripts: {type: google_scripts, ids: [G-ABC1234567]}")


@pytest.fixture
def shop(tmp_path: Path) -> Desk:
    """A view, a purchase that was given up, a hit without events, one of nobody's, and two of scripts, one of them refused."""
    desk = Desk(tmp_path, SCRIPTS)
    desk.hit("page_view", "&ep.colour=Dark%20Red&ep.email=ann%40mail.example", id="view", at=NOW)
    bought = HIT.format(event="purchase").replace("%2Fshoes", "%2Fdone")
    desk.met(desk.request(f"{bought}&ep.transaction_id=T-4711&cu=EUR", id="buy", at=NOW + 1))
    desk.met(desk.request("v=2&tid=G-ABC1234567&cid=1.2", id="none", at=NOW + 2))
    desk.met(desk.request(path="/nowhere", id="nowhere", at=NOW + 3))
    desk.met(desk.request("id=G-ABC1234567", path="/gtag/js", method="GET", id="script", at=NOW + 4))
    desk.met(desk.request("id=AW-1", path="/gtag/js", method="GET", id="other script", at=NOW + 5))
    desk.observer.settled("ga4", "buy", 0, Settled("0-17", RowEnd.DEAD, "HTTP 400"))
    return desk


def found(desk: Desk, **filters: Any) -> list[str]:
    return [line["id"] for line in desk.ask("requests", filters=filters)["requests"]]


ASKED: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["view", "buy", "none", "nowhere"]),
    ({"view": "failures"}, ["buy"]),
    ({"view": "unclaimed"}, ["nowhere"]),
    ({"view": "scripts"}, ["script", "other script"]),
    ({"view": "unheard of"}, ["view", "buy", "none", "nowhere"]),
    ({"client": "we"}, ["view", "buy", "none"]),
    ({"client": "backend"}, []),
    ({"event": "PURCH"}, ["buy"]),
    ({"event": "purchase", "client": "backend"}, []),
    ({"page": "shop.example/sh"}, ["view"]),
    ({"page": "nowhere"}, ["nowhere"]),
    ({"tag": "ga"}, ["view", "buy"]),
    ({"tag": "unknown"}, []),
    ({"client_id": "714608"}, ["view", "buy"]),
    ({"client_id": "714609"}, []),
    ({"q": "t-4711"}, ["buy"]),
    ({"q": "dark red"}, ["view"]),
    ({"q": "red DARK  page_view"}, ["view"]),
    ({"q": "dark purchase"}, []),
    ({"q": "given up"}, ["buy"]),
    ({"q": "failed"}, ["buy"]),
    ({"q": "120.00 eur"}, ["buy"]),
    ({"q": "14:31:51"}, ["view", "buy", "none", "nowhere"]),
    ({"q": "path is not"}, ["nowhere"]),
    ({"q": "400"}, ["buy", "nowhere"]),
    ({"q": "ann"}, []),
    ({"q": "mail.example"}, []),
    ({"q": "canary"}, []),
    ({"q": "shop", "event": "purchase", "view": "failures"}, ["buy"]),
    ({"client": None}, ["view", "buy", "none", "nowhere"]),
    ({"event": [], "unknown": "x", "q": "   "}, ["view", "buy", "none", "nowhere"]),
]


@pytest.mark.parametrize(("filters", "through"), ASKED)
def test_what_is_asked_for_is_found_and_nothing_else(shop: Desk, filters: dict[str, Any], through: list[str]) -> None:
    assert found(shop, **filters) == through
    assert found(shop, **filters) == through, "also once it is remembered what was masked"
    counts = shop.ask("requests", filters=filters, count=True, limit=1)["counts"]
    assert (counts["kept"], counts["matching"]) == (6, len(through))
    assert counts["views"] == {"": 4, "failures": 1, "unclaimed": 1, "scripts": 2}


def test_a_search_for_what_is_hidden_finds_nothing_even_where_something_else_was_masked(shop: Desk) -> None:
    shop.hit("note", "&ep.email=bob%40mail.example&ep.text=ask+bob%40mail.example+about+it", id="note", at=NOW + 9)
    assert found(shop, q="about it") == ["note"]
    assert found(shop, q="about bob") == []


def test_only_what_belongs_to_a_view_fails_there(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.observer.refused(desk.hit(id="refused"), "the disk is full")
    desk.met(desk.request("measurement_id=G-ABC1234567&api_secret=no", b"{}", path="/mp/collect", id="wrong"))
    desk.hit(id="fine")
    assert found(desk, view="failures") == ["refused", "wrong"]


def test_pages_go_back_through_all_that_is_kept_without_a_gap(tmp_path: Path) -> None:
    desk = Desk(tmp_path, limit=1000, worker=3)
    for number in range(60):
        desk.hit("odd" if number % 2 else "even", id=f"r{number}", at=NOW + number // 4)
    told: list[str] = []
    before: str | None = None
    while True:
        answer = desk.ask("requests", before=before, limit=7, filters={"event": "odd"}, count=True)
        if not answer["requests"]:
            break
        told += [line["id"] for line in reversed(answer["requests"])]
        assert (answer["missed"], answer["counts"]["matching"]) == (30 - len(told), 30)
        last = answer["requests"][0]
        before = f"{last['received_at']}.3.{last['number']}"
    assert told == [f"r{number}" for number in range(59, 0, -2)]


@pytest.mark.parametrize(
    "asked", [None, "", "x", "1", "1.2", "1.2.3.4", "-1.2.3", "1.2.x", "٣.١.١", "9" * 21 + ".1.1", 7, ["1.2.3"]]
)
def test_what_is_no_place_is_none(asked: object) -> None:
    assert place_of(asked) is None


def test_what_was_masked_is_forgotten_with_its_record(tmp_path: Path) -> None:
    desk, listing = Desk(tmp_path, limit=10), Listing(0)
    for _ in range(5):
        for number in range(8):
            desk.hit(f"e{number}")
        listing.listed(desk.observer.recorder, {"filters": {"q": "e"}, "count": True})
    listing.listed(desk.observer.recorder, {})
    assert len(listing._glances) <= 10 + 8


def test_every_filter_and_view_has_a_label_and_one_that_is_empty_asks_for_nothing() -> None:
    labelled: list[Mapping[str, Any]] = [FILTERS, VIEWS]
    assert all(each.label for table in labelled for each in table.values())
    assert not Search.of(dict.fromkeys(FILTERS, " ")).is_narrow
    assert Search.of({"event": "x" * 5000}).filters == (("event", "x" * 200),)


@pytest.mark.parametrize(
    ("offset", "words", "holds"),
    [
        ("", "14:31:51", True),
        ("330", "20:01:51", True),
        ("330", "14:31:51", False),
        ("-600", "2025-11-28 04:31", True),
        ("600", "2025-11-29 00:31", True),
        ("99999", "14:31:51", True),
        ("1441", "14:31:51", True),
        ("--1", "14:31:51", True),
        ("x", "14:31:51", True),
    ],
)
def test_a_time_is_found_as_the_viewer_s_clock_has_it(shop: Desk, offset: str, words: str, holds: bool) -> None:
    assert ("view" in found(shop, q=words, offset=offset)) is holds
