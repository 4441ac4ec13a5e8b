"""What is remembered of websites that are refused: so many names, and none that is no website's."""

from __future__ import annotations

import pytest

from server.observe.labels import OTHER
from server.observe.refused_pages import MOST_NAMES, RECENT, RefusedPages, Sightings


def test_names_have_an_end_and_are_told_the_most_frequent_first() -> None:
    seen = Sightings()
    first = [seen.note(f"https://{number}.example", "why", number) for number in range(MOST_NAMES + 5)]
    assert first[:MOST_NAMES] == [f"https://{number}.example" for number in range(MOST_NAMES)]
    assert first[MOST_NAMES:] == [OTHER, None, None, None, None]
    assert seen.note("https://3.example", "why else", 99) is None
    assert seen.rows()[:2] == [
        {"name": OTHER, "times": 5, "why": "why"},
        {"name": "https://3.example", "times": 2, "why": "why else"},
    ]
    assert len(seen.rows()) == MOST_NAMES + 1


@pytest.mark.parametrize("name", ["", "a b", "https://x@y.example", "x" * 101, "é", "\x1b[31m"])
def test_what_is_no_website_has_no_name(name: str) -> None:
    assert Sightings().note(name, "why", 0) == OTHER


def test_health_tells_of_the_last_hour_and_of_nothing_after_a_reload() -> None:
    pages = RefusedPages()
    pages.by_preflight.note("https://a.example", "why", 1000)
    pages.hosts.note("x.fly.dev", "why", 2000)
    pages.by_hit.note("https://b.example", "why", 2000)
    assert len(pages.reasons(2000)) == 2
    assert pages.reasons(1500 + RECENT) == ["hits arrive at the host x.fly.dev: why"]
    pages.reloaded()
    assert (pages.reasons(2000), pages.as_json()["origins_of_hits"]) == ([], [])
