"""Which browsers are known to be marked, what each has sent, and where this server is reached."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.types import Headers
from server.inspection.browsers import MOST
from server.inspection.search import Search
from server.inspection.summary import Summary
from server.visitors.marks import Mark, Marks, preview_of
from tests.server.inspection.conftest import FILE, NOW, Desk

SECONDS = NOW // 1_000_000
MARKS = Marks("secret")
MINE = Mark("0123456789ab", SECONDS + 3600)
COOKIE: Headers = (("cookie", f"tagyard_debug={MARKS.signed(MINE)}"),)
PREVIEW = "ZW52LTd8S3FMdWxMMUE2"


@pytest.fixture
def marking(desk: Desk) -> Desk:
    desk.serving = replace(desk.serving, marks=MARKS)
    return desk


def test_a_mark_is_signed_by_the_installations_secret(marking: Desk) -> None:
    told = marking.ask("mark", browser=MINE.browser, until=MINE.until)
    assert MARKS.read(told["mark"], SECONDS) == MINE


def test_what_a_marked_browser_has_sent_is_counted(marking: Desk) -> None:
    marking.hit("a", headers=COOKIE)
    marking.hit("b", headers=(*COOKIE, ("x-gtm-server-preview", PREVIEW)))
    marking.hit("c")
    seen = {each["browser"]: each for each in marking.ask("browsers")["browsers"]}
    mine = {"browser": MINE.browser, "until": MINE.until, "requests": 2, "last": NOW, "watched": False}
    assert seen[MINE.browser] == mine
    assert seen[preview_of(PREVIEW)] == {"browser": preview_of(PREVIEW), "until": 0, "requests": 1, "last": NOW, "watched": False}
    assert len(seen) == 2


def test_one_that_is_watched_is_known_before_it_sends_anything(marking: Desk) -> None:
    marking.observer.watch(MINE, SECONDS)
    watched = {"browser": MINE.browser, "until": MINE.until, "requests": 0, "last": 0, "watched": True}
    assert marking.ask("browsers")["browsers"] == [watched]


def test_however_many_make_a_preview_up_only_some_are_told(marking: Desk) -> None:
    for number in range(MOST + 10):
        marking.hit(headers=(("x-gtm-server-preview", f"{PREVIEW}{number:04}"),))
    assert len(marking.ask("browsers")["browsers"]) == MOST


def test_the_live_page_shows_one_browser_alone(marking: Desk) -> None:
    marking.hit("other")
    mine = marking.hit("mine", headers=COOKIE)
    marking.hit("forged", headers=(("cookie", f"tagyard_debug={Marks('x').signed(MINE)}"),))
    preview = marking.hit("preview", headers=(("x-gtm-server-preview", PREVIEW),))

    def shown(browser: str) -> list[Any]:
        return [line["id"] for line in marking.ask("requests", filters={"browser": browser})["requests"]]

    assert shown(MINE.browser) == [mine.request.id]
    assert shown(preview_of(PREVIEW) or "") == [preview.request.id]
    assert shown("0123456789ac") == shown("<b>") == shown(PREVIEW) == []
    assert len(shown("")) == 4


def test_unclaimed_requests_of_it_are_shown_too(marking: Desk) -> None:
    record = marking.met(marking.request(path="/other", headers=COOKIE))
    assert Search.of({"browser": MINE.browser}).finds(Summary(record))
    assert not Search.of({"browser": MINE.browser[:-1]}).finds(Summary(record))
    assert not Search.of({"browser": MINE.browser, "client": "web"}).finds(Summary(record))


def test_addresses_are_those_that_most_claimed_requests_came_to(marking: Desk) -> None:
    def came(host: str, *more: tuple[str, str], path: str = "/g/collect") -> None:
        marking.hit(headers=(("host", host), *more), path=path)

    for _ in range(3):
        came("data.example.com", ("origin", "https://www.example.com"))
    came("localhost:8080", ("origin", "https://www.example.com"))
    for _ in range(5):
        came("<scanner>", ("referer", "https://x"))
        came("scanned.example", path="/.env")
    assert marking.ask("browsers")["addresses"] == ["https://data.example.com", "http://localhost:8080"]


def test_the_address_that_is_configured_counts_before_any_other(tmp_path: Path) -> None:
    desk = Desk(tmp_path, f"server: {{public_host: data.example.com, path_prefix: /metrics}}\n{FILE}")
    desk.hit(headers=(("host", "evil.example"),))
    assert desk.ask("browsers")["addresses"] == ["https://data.example.com/metrics"]
