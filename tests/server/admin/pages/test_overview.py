"""The page that answers whether everything is all right, and the same as JSON."""

from __future__ import annotations

import json
from typing import cast

from server.admin.pages.numbers import overview
from server.admin.pages.tiles import shown
from server.control.following import Answer
from tests.server.admin.conftest import NOW, TOKEN, Port, Worker
from tests.server.admin.recent import destination, health, overviewed

TOLD = overviewed(destination(), numbers={"requests": [3], "fired": [2], "delivered": [1]}, sums={("event", "purchase"): 2})


def play(port: Port) -> tuple[Worker, Worker]:
    played = Worker(health=cast(Answer, TOLD)), Worker(health=cast(Answer, TOLD))
    port.workers = played
    return played


def test_each_worker_is_asked_once_whatever_there_is_to_show(port: Port) -> None:
    played = play(port)
    page = port.page("/overview")
    assert (page["status"], page["template"], page["page"]["name"]) == (200, "overview.html", "overview")
    assert page["data"] == json.loads(json.dumps(shown(overview(health(TOLD, TOLD), NOW))))
    for worker in played:
        assert [each for each in worker.asked if each["do"] != "metrics"] == [{"do": "health", "recent": "overview"}]


def test_programs_get_the_same_numbers(port: Port) -> None:
    play(port)
    status, headers, body = port.get("/api/overview")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(body) == json.loads(json.dumps(overview(health(TOLD, TOLD), NOW)))
    assert json.loads(body)["hour"]["requests"] == 6


def test_nobody_sees_it_without_the_token(closed: Port) -> None:
    play(closed)
    assert closed.get("/api/overview")[0] == 401
    assert closed.get("/overview")[0] in (303, 401)
    assert closed.get("/api/overview", authorization=f"Bearer {TOKEN}")[0] == 200


def test_a_server_whose_workers_are_silent_has_a_page(port: Port) -> None:
    port.workers = (None, None)
    page = port.page("/overview")
    assert page["data"]["verdict"] == "2 of 2 workers do not answer"
