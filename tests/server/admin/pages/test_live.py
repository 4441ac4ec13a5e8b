"""The live page: what it is given, and its rows as they are drawn."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from server.admin.pages.kept import MOST_BYTES, ROWS
from server.admin.rendering import fragment
from server.inspection.glance import COLOURS
from server.inspection.marks import MEANING, MOST
from server.inspection.search import FILTERS, VIEWS
from tests.server.admin.conftest import Port, Worker
from tests.server.inspection.conftest import NOW, Desk

FOLDER = Path(__file__).parents[4] / "server/admin/static"
STYLES = (FOLDER / "live.css").read_text()


def behind(port: Port, *desks: Desk) -> None:
    port.workers = [Worker(requests=desk.inspector.answer) for desk in desks]


def ids(page: Any) -> list[str]:
    return [line["id"] for line in page["data"]["lines"]]


def test_the_page_knows_what_is_asked_for_and_how_much_there_is(port: Port, desk: Desk) -> None:
    desk.hit("purchase")
    desk.met(desk.request(path="/nowhere"))
    behind(port, desk)
    page = port.page("/?view=unclaimed&q=path&event=&x=y")
    data = page["data"]
    assert (page["template"], data["view"], data["words"], data["is_narrow"], data["has_filters"]) == (
        "live.html",
        "unclaimed",
        "path",
        True,
        False,
    )
    assert [(each["label"], each["count"], each["address"], each["current"]) for each in data["views"]] == [
        ("All", 2, "/?q=path", False),
        ("Failures", 0, "/?view=failures&q=path", False),
        ("Unclaimed", 1, "/?view=unclaimed&q=path", True),
        ("Scripts", 0, "/?view=scripts&q=path", False),
        ("Refused", 0, "/?view=refused", False),
    ]
    assert [field["name"] for field in data["fields"]] == list(FILTERS)
    assert (data["counts"]["kept"], data["counts"]["matching"], data["limit"], data["workers"]) == (2, 1, 100, 1)


@pytest.mark.parametrize("view", ["nonesuch", "<script>", ""])
def test_a_view_that_there_is_not_is_all(port: Port, desk: Desk, view: str) -> None:
    behind(port, desk)
    data = port.page(f"/?view={view}")["data"]
    assert (data["view"], [each["name"] for each in data["views"] if each["current"]]) == ("", [""])
    assert len(data["views"]) == len(VIEWS) + 1


def test_older_goes_back_through_what_every_worker_keeps(port: Port, tmp_path: Path) -> None:
    desks = [Desk(tmp_path, limit=500, worker=number) for number in range(2)]
    for number in range(100):
        desks[number % 3 % 2].hit("a", id=f"r{number}", at=NOW + number // 2)
    behind(port, *desks)
    seen: list[str] = []
    path, firsts = "/?event=a", []
    while path:
        page = port.page(path)
        seen += ids(page)
        firsts.append(page["data"]["first"])
        path = page["data"]["older"]
        assert page["data"]["is_older"] is (len(firsts) > 1)
        assert not path or parse_qs(urlsplit(path).query)["event"] == ["a"]
    assert (sorted(seen), firsts) == (sorted(f"r{number}" for number in range(100)), [1, ROWS + 1])
    times = [int(id.removeprefix("r")) // 2 for id in seen]
    assert times == sorted(times, reverse=True)


def test_a_page_is_never_too_large_and_loses_nothing(port: Port, tmp_path: Path) -> None:
    tags = "".join(f"  {'t' * 60}{number}: {{type: log, file: f.jsonl, triggers: [none]}}\n" for number in range(30))
    text = f"clients: {{web: {{type: ga4}}}}\ntriggers: {{none: {{event: '*'}}}}\ntags:\n{tags}"
    desk = Desk(tmp_path, text)
    long = "%26%3C%22" * 60
    for number in range(80):
        desk.met(desk.request(f"v=2&tid=G-1&cid={long}&en={long}&dl=https%3A%2F%2Fx.example%2F{long}", id=f"r{number}"))
    behind(port, desk)
    page = port.page("/")
    drawn = fragment("_rows.html", lines=page["data"]["lines"], view="")
    assert len(drawn.encode()) < MOST_BYTES
    assert 0 < len(ids(page)) < ROWS
    first, seen, path = len(ids(page)), ids(page), page["data"]["older"]
    while path:
        page = port.page(path)
        seen += ids(page)
        path = page["data"]["older"]
    assert first < len(seen) == len(set(seen)) == 80


def test_the_page_says_of_when_the_geo_database_is(port: Port, desk: Desk) -> None:
    behind(port, desk)
    assert port.page("/")["data"]["geo_built"] is None
    desk.serving = replace(desk.serving, geo_built=1_764_340_311)
    assert port.page("/")["data"]["geo_built"] == 1_764_340_311


def test_a_place_that_is_none_is_the_beginning(port: Port, desk: Desk) -> None:
    desk.hit(id="r")
    behind(port, desk)
    page = port.page("/?before=%3Cscript%3E")
    assert (ids(page), page["data"]["is_older"]) == (["r"], False)


def drawn(desk: Desk, record: Any, view: str = "") -> str:
    (line,) = desk.ask("requests")["requests"]
    assert line["id"] == record.request.id
    return fragment("_rows.html", lines=[line], view=view)


def test_a_row_names_each_mark_in_words_and_is_a_link_to_the_request(desk: Desk) -> None:
    record = desk.hit("purchase", "&cu=EUR")
    row = drawn(desk, record)
    assert f'href="/requests/0/{record.request.id}"' in row
    assert 'href="/visitors/1307714608.1760043792"' in row
    assert 'datetime="2025-11-28T14:31:51.502Z" data-time="clock">14:31:51<' in row
    assert re.findall(r'data-mark="(\w+)" data-slot="(\d)"><span class="tip"><b>(\w+)</b> (\w+)', row) == [
        ("waiting", "1", "ga4", "waiting"),
        ("waiting", "3", "archive", "waiting"),
    ]
    assert "120.00 EUR" in row
    assert "style=" not in row


@pytest.mark.parametrize("text", ["<script>x</script>", '" onload="x', "'><img src=x>", "{{ 7*7 }}", "‮\x00\x1b[31m"])
def test_what_a_visitor_sends_stays_text(desk: Desk, text: str) -> None:
    params = {"page_location": f"https://x.example/{text}", "value": text, "currency": text}
    record = desk.measurement({"client_id": text, "events": [{"name": text, "params": params}]})
    row = drawn(desk, record)
    assert "<script" not in row
    assert "<img" not in row
    assert ' onload="' not in row
    assert "49" not in re.sub(r"\d{3,}", "", row)


def test_a_row_of_failures_says_what_failed_and_one_of_nobody_s_why(desk: Desk) -> None:
    nobody = desk.met(desk.request(path="/nowhere"))
    assert re.findall(r'<span class="reason">(.*?)</span>', drawn(desk, nobody)) == [
        "web: the path is not /g/collect",
        "backend: the path is not /mp/collect",
    ]


def test_the_styles_know_every_mark_slot_and_colour() -> None:
    assert {*re.findall(r"data-mark=(\w+)", STYLES)} == set(MEANING)
    assert {*re.findall(r'data-slot="(\d+)"', STYLES)} == {str(slot) for slot in range(1, MOST + 1)}
    assert {*re.findall(r'data-colour="(\d+)"', STYLES)} == {str(colour) for colour in range(COLOURS)}


@pytest.mark.parametrize("name", ["tagyard", "layout", "components", "live"])
def test_no_style_has_a_browser_look_at_every_row_for_each_that_comes(name: str) -> None:
    """A rule for what follows any element, or one that rows hold, makes Chromium style all rows again: 100 ms of 500."""
    styles = (FOLDER / f"{name}.css").read_text()
    after = set(re.findall(r"\+ *(\*|[a-z]+)\b", re.sub(r"/\*.*?\*/|\{[^}]*\}", "", styles, flags=re.DOTALL)))
    row = (FOLDER.parent / "templates" / "_rows.html").read_text()
    assert not [tag for tag in after - {"tr"} if tag == "*" or f"<{tag}" in row]
