"""The overview as somebody sees it."""

from __future__ import annotations

from typing import Any

import pytest

from server.admin.health import SILENT
from server.admin.pages.numbers import overview
from server.admin.pages.tiles import DAY, MOST_NAMES, REFUSED, Fact, Shown, Tile, shown
from server.observe.ring import Key
from tests.server.admin.recent import LOADED, MINUTE, NOW, SECOND, destination, health, overviewed


def page(*workers: Any) -> Shown:
    return shown(overview(health(*workers), NOW))


def tiles(**numbers: list[int]) -> dict[str, Tile]:
    return {each["name"]: each for each in page(overviewed(numbers=numbers))["tiles"]}


def facts(*workers: Any) -> dict[str, Fact]:
    return {each["name"]: each for each in page(*workers)["facts"]}


def told(each: Tile | Fact) -> tuple[str, str, str]:
    return each["value"], each["more"], each["tone"]


def test_everything_is_all_right_where_nothing_is_wrong_and_nothing_was() -> None:
    found = page(overviewed(destination(), numbers={"requests": [5], "unclaimed": [1], "duplicates": [2]}))
    assert (found["verdict"], found["colour"], found["reasons"]) == ("Everything is all right", "green", [])


@pytest.mark.parametrize(
    ("workers", "verdict"),
    [
        ([overviewed(numbers={"failed": [3]})], "Everything works now; there were failed attempts"),
        ([overviewed(numbers={"refused": [3], "errors": [1]})], "Everything works now; there were refused and component errors"),
        ([overviewed(colour="amber", reasons=["dead letters: 3"])], "Something needs a look"),
        ([overviewed(colour="red", reasons=["the disk is full"])], "Something does not work"),
        ([overviewed(), SILENT], "1 of 2 workers does not answer"),
    ],
)
def test_what_was_or_is_wrong_is_said_first(workers: list[Any], verdict: str) -> None:
    assert page(*workers)["verdict"] == verdict


def test_a_figure_is_of_the_day_and_says_what_the_last_hour_had() -> None:
    found = tiles(requests=[60, 30], events=[900], duplicates=[2, 1], unclaimed=[4], refused=[0], errors=[1], failed=[1200])
    assert told(found["Requests"]) == ("90", "1.5 a minute", "")
    assert told(found["Events"]) == ("900", "15 a minute", "")
    assert told(found["Duplicates"]) == ("3", "3 in the last hour", "")
    assert told(found["Unclaimed"]) == ("4", "4 in the last hour", "warn")
    assert told(found["Refused"]) == ("0", "before a client was asked", "")
    assert told(found["Component errors"]) == ("1", "1 in the last hour", "bad")
    assert told(found["Failed attempts"]) == ("1,200", "1,200 in the last hour", "bad")


@pytest.mark.parametrize(
    ("numbers", "value", "more"),
    [
        ({}, "–", "nothing was due"),
        ({"fired": [100], "delivered": [75]}, "75.0 %", "75 of 100"),
        ({"fired": [100], "delivered": [80], "duplicates": [20]}, "100 %", "80 of 80"),
        ({"fired": [5], "delivered": [80]}, "100 %", "80 of 80"),
        ({"fired": [5]}, "0 %", "0 of 5"),
    ],
)
def test_the_share_that_was_sent_is_of_what_tags_fired_for(numbers: dict[str, list[int]], value: str, more: str) -> None:
    assert told(tiles(**numbers)["Sent"])[:2] == (value, more)


def test_each_figure_leads_to_the_page_that_explains_it() -> None:
    assert {name: each["link"] for name, each in tiles().items()} == {
        "Requests": "/",
        "Events": "/",
        "Sent": "/deliveries",
        "Failed attempts": "/deliveries",
        "Duplicates": "/?q=duplicate",
        "Unclaimed": "/?view=unclaimed",
        "Refused": REFUSED,
        "Component errors": "/?view=failures",
    }


@pytest.mark.parametrize(
    ("known", "words", "columns"),
    [
        (30 * SECOND, "the 30 s since the start", 60),
        (5 * 60 * MINUTE, "the 5 h since the start", 144),
        (DAY, "the last 24 hours", 144),
    ],
)
def test_a_chart_is_of_the_hour_until_there_is_more_to_show(known: int, words: str, columns: int) -> None:
    found = page(overviewed(numbers={"requests": [7]}, recent={"began": NOW - known}))
    assert found["span"] == words
    drawn = found["tiles"][0]["chart"]
    how = "by the minute over the last hour" if columns == 60 else "by ten minutes over the last day"
    assert drawn["words"] == f"Requests {how}: 7 at most"
    (area,) = drawn["areas"]
    assert area["path"] == f"M{2 * columns - 1} 24v-24"


def test_no_more_names_are_listed_than_there_is_room_for_and_hostile_ones_are_quoted() -> None:
    sums: dict[Key, int] = {("event", f"event_{number}"): 100 - number for number in range(20)}
    found = page(overviewed(sums={**sums, ("event", "a&b=<c>"): 200}))
    assert len(found["events"]) == MOST_NAMES
    assert found["more_events"] == 21 - MOST_NAMES
    first, second, *_ = found["events"]
    assert first == {"name": "a&b=<c>", "value": "200", "share": 100, "link": "/?event=a%26b%3D%3Cc%3E"}
    assert second["share"] == 50


def test_findings_come_before_refusals() -> None:
    found = page(overviewed(sums={("refused", "full"): 9, ("finding", "VALUE_REQUIRED"): 2}))
    assert [(each["name"], each["value"]) for each in found["odd"]] == [("VALUE_REQUIRED", "2"), ("full", "9")]
    assert [each["link"] for each in found["odd"]] == ["/?q=VALUE_REQUIRED", REFUSED]


def test_consent_is_split_by_type() -> None:
    sums: dict[Key, int] = {("ad_storage", "granted"): 3, ("ad_storage", "denied"): 1}
    consent = {each["name"]: each for each in page(overviewed(sums=sums))["consent"]}
    granted, denied, unset = consent["ad_storage"]["states"]
    assert (granted, denied) == (("granted", "75.0 %", 0.0, 75.0), ("denied", "25.0 %", 75.0, 25.0))
    assert unset == ("unset", "0 %", 100.0, 0.0)
    assert [each[1] for each in consent["ad_user_data"]["states"]] == ["–", "–", "–"]


def test_the_server_is_told_in_a_line() -> None:
    waits = destination(pending=2345, oldest=NOW - 3 * MINUTE)
    found = facts(overviewed(waits, dead_letters={"ads": 1, "ga4": 1500}, outbox_bytes=12_345_678))
    assert told(found["Waiting"]) == ("2,345", "the oldest for 3 min", "")
    assert told(found["Dead letters"]) == ("1,501", "ads 1, ga4 1,500", "warn")
    assert told(found["Outbox"]) == ("12.3 MB", "on the disk", "")
    assert told(found["Configuration"]) == ("loaded at the start", "2025-11-28 13:01 UTC, no problems", "")
    assert found["Running"]["value"] == "1 h"
    assert found["Running"]["more"].startswith("1 worker, version ")


def test_a_reload_that_was_refused_says_why() -> None:
    refused = {"at": "2025-11-28 14:31:51.502 UTC", "ok": False, "problems": ["line 3: no", "line 4: no"]}
    assert told(facts(overviewed(last_reload=refused))["Last reload"]) == (
        "refused",
        "2025-11-28 14:31:51.502 UTC: line 3: no; line 4: no",
        "bad",
    )
    assert told(facts(overviewed(last_reload={**refused, "ok": True}))["Configuration"])[0] == "reloaded"
    assert told(facts(SILENT)["Configuration"]) == ("unknown", "", "bad")


def test_problems_of_the_file_are_told() -> None:
    problem = {"severity": "warning", "where": "container.yaml:3:1", "message": "variables.plan: is not used"}
    found = page(overviewed(recent={"loaded": {**LOADED, "found": 7, "problems": [problem]}}))
    assert (found["problems"], found["found"]) == ([problem], 7)
    (configuration,) = (each for each in found["facts"] if each["name"] == "Configuration")
    assert told(configuration)[1:] == ("2025-11-28 13:01 UTC, 7 problems", "warn")
