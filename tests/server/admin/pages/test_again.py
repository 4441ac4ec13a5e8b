"""A request tried again: the page of it."""

from __future__ import annotations

from tests.server.admin.conftest import Port, Worker

ANSWER = {"worker": 1, "id": "abc", "same": True, "events": []}


def test_the_worker_that_has_the_request_is_asked(port: Port) -> None:
    other, worker = port.workers = (Worker(), Worker(again=ANSWER))
    page = port.page("/requests/1/abc/again")
    assert (page["status"], page["template"], page["data"]) == (200, "again.html", ANSWER)
    assert (worker.asked_to("again"), other.asked_to("again")) == ([{"id": "abc"}], [])


def test_what_is_forgotten_or_cannot_be_asked_for_is_said(port: Port) -> None:
    port.workers = (Worker(again={"error": "this request is no longer remembered, or never was"}), None)
    forgotten, silent = port.page("/requests/0/abc/again"), port.page("/requests/1/abc/again")
    assert (forgotten["status"], forgotten["data"]["words"]) == (404, "This request is no longer remembered, or never was.")
    assert (silent["status"], silent["data"]["words"]) == (404, "This worker does not answer: it may be starting again.")
