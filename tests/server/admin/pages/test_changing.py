"""What an operator does about rows, and what he is asked before."""

from __future__ import annotations

import json
from typing import Any

import pytest
import structlog

from server.control.sockets import Command
from tests.server.admin.conftest import Port, Worker


def changing(count: int, **tags: int) -> dict[str, Any]:
    """``tags`` are what it counts before; by default ``count`` of ga4."""
    counted = [{"tag": tag, "state": "dead", "rows": rows} for tag, rows in (tags or {"ga4": count}).items()]
    return {"retry": {"rows": count}, "drop": {"rows": count}, "count": {"counted": counted}}


def workers(port: Port, *played: Worker) -> tuple[Worker, ...]:
    port.workers = played
    return played


def test_rows_that_were_chosen_are_tried_again(port: Port) -> None:
    first, second = workers(port, Worker(**changing(1)), Worker(**changing(1)))
    with structlog.testing.capture_logs() as logs:
        status, headers, _ = port.post("/deliveries/retry", [("ids", "0-17"), ("ids", "1-4"), ("ids", "'; DROP"), ("ids", "x")])
    assert (status, headers["location"]) == (303, "/deliveries?done=retry&rows=2")
    assert first.asked_to("retry") == second.asked_to("retry") == [{"ids": ["0-17", "1-4"]}]
    assert [(line["action"], line["rows"]) for line in logs if "action" in line] == [("retry", 2)]


@pytest.mark.parametrize(("tag", "asked"), [("ga4", "ga4"), ("", None)])
def test_every_dead_letter_is_tried_again_after_a_question(port: Port, tag: str, asked: str | None) -> None:
    (worker,) = workers(port, Worker(**changing(5)))
    page = json.loads(port.post("/deliveries/retry", {"all": "dead", "tag": tag})[2])
    question = page["data"]
    assert (page["template"], question["action"], question["count"]) == ("deliveries_confirm.html", "retry", 5)
    assert question["tags"] == [{"tag": "ga4", "count": 5}]
    assert worker.asked_to("count") == [{"of": "retry", "state": "dead", "tag": asked}]
    assert worker.asked_to("retry") == []
    sure = {"all": "dead", "tag": tag, "sure": "yes", "asked": "5"}
    assert port.post("/deliveries/retry", sure)[1]["location"] == "/deliveries?done=retry&rows=5&asked=5"
    assert worker.asked_to("retry") == [{"state": "dead", "tag": asked}]


@pytest.mark.parametrize("action", ["retry", "drop"])
@pytest.mark.parametrize("fields", [{}, {"ids": "nonsense"}, {"all": "everything"}, {"tag": "ga4"}, {"ids": "0-17\n"}])
@pytest.mark.parametrize("sure", [{}, {"sure": "yes"}])
def test_who_chooses_no_row_changes_none(port: Port, action: str, fields: dict[str, str], sure: dict[str, str]) -> None:
    (worker,) = workers(port, Worker(**changing(9)))
    assert port.post(f"/deliveries/{action}", {**fields, **sure})[1]["location"] == "/deliveries?done=none&rows=0"
    assert worker.asked_to(action) == []


@pytest.mark.parametrize(
    ("fields", "command", "picked"),
    [
        ([("ids", "0-17")], {"ids": ["0-17"]}, 1),
        ([("ids", "0-17"), ("ids", "1-4"), ("ids", "bad"), ("ids", "1-4")], {"ids": ["0-17", "1-4"]}, 2),
        ([("all", "dead"), ("tag", "ga4")], {"state": "dead", "tag": "ga4"}, 0),
        ([("all", "dead")], {"state": "dead", "tag": None}, 0),
        ([("all", "dead"), ("ids", "0-17")], {"state": "dead", "tag": None}, 0),
        ([("ids", "0-17"), ("sure", "no")], {"ids": ["0-17"]}, 1),
    ],
)
def test_nothing_is_dropped_before_a_question_that_says_how_many_and_whose(
    port: Port, fields: list[tuple[str, str]], command: Command, picked: int
) -> None:
    first, second = workers(port, Worker(**changing(1, hook=3, ga4=9)), Worker(**changing(1, ga4=2)))
    status, _, body = port.post("/deliveries/drop", fields)
    page = json.loads(body)
    assert (status, page["template"]) == (200, "deliveries_confirm.html")
    asked = page["data"]
    assert (asked["count"], asked["picked"], asked["silent"]) == (14, picked, 0)
    assert asked["tags"] == [{"tag": "ga4", "count": 11}, {"tag": "hook", "count": 3}]
    assert first.asked_to("count") == second.asked_to("count") == [{"of": "drop", **command}]
    assert first.asked_to("drop") == []


def test_where_there_is_nothing_to_drop_nobody_is_asked(port: Port) -> None:
    workers(port, Worker(count={"counted": []}))
    assert port.post("/deliveries/drop", {"all": "dead"})[1]["location"] == "/deliveries?done=drop&rows=0"


def test_a_worker_that_does_not_answer_is_told_before_and_after(port: Port) -> None:
    port.workers = (Worker(**changing(4)), None, Worker(drop={"error": "the disk failed"}, count={"error": "the disk failed"}))
    assert json.loads(port.post("/deliveries/drop", {"all": "dead"})[2])["data"]["silent"] == 2
    location = port.post("/deliveries/drop", {"all": "dead", "sure": "yes", "asked": "4"})[1]["location"]
    assert location == "/deliveries?done=drop&rows=4&asked=4&silent=2"


def test_who_is_sure_drops_what_was_asked_about(port: Port) -> None:
    (worker,) = workers(port, Worker(**changing(1)))
    asked = json.loads(port.post("/deliveries/drop", [("ids", "0-17"), ("ids", "1-4")])[2])["data"]
    port.post("/deliveries/drop", [("sure", "yes"), *(("ids", id) for id in asked["ids"])])
    asked = json.loads(port.post("/deliveries/drop", {"all": "dead", "tag": "ga4"})[2])["data"]
    fields = {"sure": "yes", "all": "dead", "tag": asked["tag"], "asked": str(asked["count"])}
    assert port.post("/deliveries/drop", fields)[1]["location"] == "/deliveries?done=drop&rows=1&asked=1"
    assert worker.asked_to("drop") == [{"ids": ["0-17", "1-4"]}, {"state": "dead", "tag": "ga4"}]


def test_an_operator_asks_by_a_form_and_not_by_a_link(port: Port) -> None:
    (worker,) = workers(port, Worker(**changing(1)))
    assert port.get("/deliveries/retry?ids=0-17")[0] in (404, 405)
    assert port.get("/deliveries/drop?ids=0-17&sure=yes")[0] in (404, 405)
    assert worker.asked_to("retry") == worker.asked_to("drop") == []


@pytest.mark.parametrize("action", ["retry", "drop"])
def test_what_came_since_the_question_is_asked_about_before_anything_is_done(port: Port, action: str) -> None:
    first, second = workers(port, Worker(**changing(2, ga4=2)), Worker(**changing(1, ga4=1, hook=1)))
    fields = {"all": "dead", "tag": "", "sure": "yes", "asked": "3"}
    status, _, body = port.post(f"/deliveries/{action}", fields)
    asked = json.loads(body)["data"]
    assert (status, asked["action"], asked["count"], asked["before"]) == (200, action, 4, 3)
    assert asked["tags"] == [{"tag": "ga4", "count": 3}, {"tag": "hook", "count": 1}]
    assert first.asked_to(action) == second.asked_to(action) == []
    assert port.post(f"/deliveries/{action}", {**fields, "asked": "4"})[0] == 303
    assert first.asked_to(action) == [{"state": "dead", "tag": None}]


@pytest.mark.parametrize("asked", ["5", "", "many", "9" * 5000])
def test_what_became_less_since_the_question_is_done(port: Port, asked: str) -> None:
    (worker,) = workers(port, Worker(**changing(4, ga4=4)))
    assert port.post("/deliveries/drop", {"all": "dead", "sure": "yes", "asked": asked})[0] == 303
    assert len(worker.asked_to("drop")) == 1
