"""What a worker tells of the last hour and day beside its health."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from core.types import Delivered, Response
from server.inspection.configured import Reloads
from server.inspection.recent import MOST_PROBLEMS, loaded, recent, tags
from server.observe.history import History
from tests.server.inspection.conftest import NOW, SECRETS, Desk

IDLE = """clients: {web: {type: ga4, measurement_ids: [G-ABC1234567]}}
triggers: {never: {event: nothing}}
tags:
  ga4: {}
  off: {type: log, file: off.jsonl, paused: true}
  rare: {type: log, file: rare.jsonl, triggers: never}
"""
ODD = """clients: {web: {type: ga4, measurement_ids: [G-ABC1234567]}}
tags: {hook: {type: http_request, url: "https://hook.example/", headers: {X-A: "${HOOK_KEY}"}}}
variables:
"""


def told(desk: Desk, what: object = "overview", reloads: Reloads | None = None, history: History | None = None) -> Any:
    """As it goes through the control socket."""
    counts = desk.observer.counts
    found = recent(history or History(counts, NOW), counts, desk.serving, reloads or Reloads(), what, NOW)
    return json.loads(json.dumps(found))


def total(rows: Sequence[Any], *key: str) -> int:
    return next((sum(numbers) for name, numbers in rows if name == list(key)), 0)


def test_the_overview_is_told_to_whoever_asks_for_it(desk: Desk) -> None:
    desk.hit("purchase")
    desk.hit("page_view")
    found = told(desk)
    assert set(found) == {"began", "delivered", "tags", "loaded", "overview"}
    assert (found["began"], total(found["overview"]["hour"]["rows"], "events")) == (NOW, 2)
    assert [["event", "purchase"], 1] in found["overview"]["sums"]


@pytest.mark.parametrize("what", ["destinations", "", None, 7, ["overview"]])
def test_anything_else_is_the_hour_of_each_destination(desk: Desk, what: object) -> None:
    record = desk.hit()
    desk.attempted(record, "ga4", Delivered(), Response(204, (), b""))
    found = told(desk, what)
    assert set(found) == {"began", "delivered", "tags", "loaded", "hour"}
    (delivered,) = found["delivered"]
    assert delivered == ["ga4", "https://www.google-analytics.com", 1]
    assert total(found["hour"]["rows"], "status", *delivered[:2], "204") == 1


def test_what_two_pages_ask_for_is_counted_once(desk: Desk) -> None:
    history = History(desk.observer.counts, NOW)
    desk.hit()
    for _ in range(2):
        assert total(told(desk, history=history)["overview"]["day"]["rows"], "events") == 1
        told(desk, "destinations", history=history)


def test_each_tag_of_the_file_says_whether_it_is_paused_and_why_it_did_not_fire(tmp_path: Path) -> None:
    desk = Desk(tmp_path, IDLE)
    desk.hit()
    assert tags(desk.serving.settings, desk.observer.counts) == [
        {"name": "ga4", "paused": False, "held": {}},
        {"name": "off", "paused": True, "held": {"paused": 1}},
        {"name": "rare", "paused": False, "held": {"trigger": 1}},
    ]


def test_the_configuration_tells_of_its_first_problems_and_of_no_secret(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ODD + "".join(f"  unused_{number}: {{regex: x, map: {{a: b}}}}\n" for number in range(9)))
    reloads = Reloads()
    reloads.accepted(NOW)
    found = loaded(desk.serving, reloads)
    assert (found["path"], found["since"], found["reloads"], found["dry_run"]) == (str(desk.path), NOW, 1, False)
    assert found["found"] == len(desk.serving.problems) > MOST_PROBLEMS
    assert len(found["problems"]) == MOST_PROBLEMS
    assert all(each["severity"] == "warning" and each["where"].startswith(f"{desk.path}:") for each in found["problems"])
    assert not any(secret in json.dumps(found) for secret in SECRETS.values())
