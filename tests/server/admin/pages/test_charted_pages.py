"""The pages with charts as HTML: escaped, without styles of their own, and with words for whoever sees no chart."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from server.admin import rendering
from server.admin.health import WorkerHealth
from server.admin.pages.deliveries import LISTED, MOST_DESTINATIONS
from server.admin.pages.destinations import destinations, idle_tags, standings, worst_of
from server.admin.pages.numbers import overview
from server.admin.pages.tiles import shown
from server.observe.ring import Key
from tests.debug_page.eyes import HEAVIEST
from tests.server.admin.pages.test_destinations import FAILING
from tests.server.admin.recent import LOADED, NOW, VENDOR, destination, health, overviewed, telling

HOSTILE = "<script>alert(1)</script>\"'&\u202e\x07"


class Parsed(HTMLParser):
    """The elements of a page, each with its attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)


def rendered(name: str, data: Any) -> str:
    body = rendering.page(name, name, rendering.How(colour="green", reasons=[]), data).body
    return bytes(body).decode()


def overview_page(*workers: WorkerHealth) -> str:
    return rendered("overview", shown(overview(health(*workers), NOW)))


def deliveries_page(*workers: WorkerHealth, **more: Any) -> str:
    data = {
        "destinations": destinations(workers, NOW),
        "more_destinations": 0,
        "idle": idle_tags(workers),
        "began": None,
        "dead": [],
        "dead_total": 0,
        "waiting": [],
        "waiting_total": 0,
        "more": "/deliveries?rows=more",
        "filter": {"tag": ""},
        "tags": [],
        "done": None,
    }
    return rendered("deliveries", {**data, **more})


def row(number: int) -> dict[str, Any]:
    return {
        "id": f"0-{number}",
        "tag": HOSTILE,
        "event": HOSTILE * 100,
        "received": "2025-11-28 14:31:51.502 UTC",
        "attempts": "3",
        "state": "dead",
        "destination": VENDOR,
        "client_id": HOSTILE * 100,
        "why": HOSTILE,
    }


def hostile_pages() -> list[str]:
    sums: dict[Key, int] = {("event", HOSTILE): 3, ("finding", HOSTILE): 2, ("refused", HOSTILE): 1}
    problem = {"severity": "warning", "where": HOSTILE, "message": HOSTILE}
    failing = destination(tag=HOSTILE, destination=HOSTILE, last_error=HOSTILE, **FAILING)
    reload = {"at": HOSTILE, "ok": False, "problems": [HOSTILE]}
    loaded = {**LOADED, "found": 1, "problems": [problem]}
    idle = [{"name": f"{HOSTILE}2", "paused": True, "held": {HOSTILE: 1}}]
    recent = {"loaded": loaded, "tags": idle}
    told = overviewed(failing, sums=sums, recent=recent, last_reload=reload, reasons=[HOSTILE], dead_letters={HOSTILE: 1})
    rows = [row(number) for number in range(LISTED)]
    hour = telling(failing, rows={("status", HOSTILE, HOSTILE, HOSTILE): [1], ("rejected", HOSTILE, HOSTILE): [1]}, recent=recent)
    return [
        overview_page(told),
        deliveries_page(hour, dead=rows, dead_total=2345, waiting=rows, waiting_total=99, tags=[HOSTILE]),
    ]


@pytest.mark.parametrize("html", hostile_pages(), ids=["overview", "deliveries"])
def test_what_strangers_and_vendors_write_is_text(html: str) -> None:
    page = Parsed(html)
    assert "alert(1)" in page.text
    assert all(attributes.get("src", "").startswith("/static/") for attributes in page.all("script"))  # type: ignore[union-attr]
    assert not any(name.startswith("on") or name == "style" for _, attributes in page.elements for name in attributes)


@pytest.mark.parametrize("html", hostile_pages(), ids=["overview", "deliveries"])
def test_a_chart_has_words_or_is_no_more_than_an_ornament(html: str) -> None:
    charts = list(Parsed(html).all("svg"))
    assert charts
    assert all(bool(each.get("aria-label")) != (each.get("aria-hidden") == "true") for each in charts)


def test_a_chart_is_an_svg() -> None:
    html = deliveries_page(telling(destination(), rows={("delivered", "ga4", VENDOR): [3, 4]}))
    charts = [
        ET.fromstring(part.partition("</svg>")[0] + "</svg>") for part in html.split("<svg ")[1:] for part in [f"<svg {part}"]
    ]
    assert [each.tag for each in charts] == ["svg"] * 4
    assert {path.get("class") for each in charts for path in each} == {"chart-ground", "chart-bad", "chart-good"}


def test_the_rows_say_how_many_more_there_are() -> None:
    rows = [row(number) for number in range(LISTED)]
    text = " ".join(Parsed(deliveries_page(dead=rows, dead_total=2345, waiting=rows[:1], waiting_total=1)).text.split())
    assert f"Dead letters {LISTED} of 2,345, the oldest · show more" in text
    assert "Waiting 1 " in text


def busy(number: int) -> dict[Key, list[int]]:
    """Each minute of the hour had much of everything."""
    at = "ga4", f"https://{number}.example"
    keys: list[Key] = [("delivered", *at), ("retried", *at), *(("took", *at, str(bucket)) for bucket in range(12))]
    return {key: [5 + minute for minute in range(60)] for key in (*keys, *(("age", *at, str(bucket)) for bucket in range(13)))}


def test_as_many_destinations_as_are_shown_make_no_heavy_page() -> None:
    rows = {key: numbers for number in range(MOST_DESTINATIONS) for key, numbers in busy(number).items()}
    told = telling(*(destination(destination=f"https://{number}.example") for number in range(MOST_DESTINATIONS)), rows=rows)
    listed = [{**row(number), "event": "purchase", "client_id": "1307714608.1760043792"} for number in range(LISTED)]
    html = deliveries_page(told, dead=listed, dead_total=99, waiting=listed, waiting_total=99)
    assert 50_000 < len(html) < HEAVIEST


def test_of_too_many_destinations_the_worst_are_shown() -> None:
    many = [destination(tag=f"t{number:03}", colour="green") for number in range(MOST_DESTINATIONS + 5)]
    ill = destination(tag="zz", **FAILING)
    found = standings([telling(*many, ill)], NOW)
    assert worst_of(found[:MOST_DESTINATIONS], MOST_DESTINATIONS) == found[:MOST_DESTINATIONS]
    shown = worst_of(found, MOST_DESTINATIONS)
    assert (len(shown), shown[0]["tag"], shown[1]["tag"]) == (MOST_DESTINATIONS, "zz", "t000")
    assert "and 1,234 more destinations" in deliveries_page(telling(destination()), more_destinations=1234)


def test_where_there_is_nothing_yet_the_pages_say_so() -> None:
    assert "No tag has sent anything yet." in deliveries_page(telling())
    page = Parsed(overview_page(overviewed()))
    assert "Everything is all right" in page.text
    assert page.text.count("None yet") == 2


def moments(html: str) -> list[str | None]:
    return [each["datetime"] for each in Parsed(html).all("time")]


def test_moments_are_told_in_utc_and_for_the_script_that_shows_them_in_the_viewers_zone() -> None:
    paused = telling(destination(paused_until=NOW + 90_000_000, colour="amber"))
    html = deliveries_page(paused, began=NOW - 60_000_000)
    text = Parsed(html).text
    assert "28 Nov 14:30 UTC" in text
    assert "paused until 2025-11-28 14:33:21.502 UTC: the destination asked for it" in text
    assert moments(html) == ["2025-11-28T14:30:51.502Z", "2025-11-28T14:33:21.502Z"]
    overview = overview_page(paused)
    assert "2025-11-28 13:01 UTC, no problems" in Parsed(overview).text
    assert moments(overview)[-1] == "2025-11-28T13:01Z"
