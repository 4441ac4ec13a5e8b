"""The page of one row of the outbox."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.admin.pages.row import shown
from server.outbox.selection import ShownRow
from tests.server.admin.conftest import NOW, Port, Worker

ROW: ShownRow = {
    "id": "0-17",
    "tag": "ga4",
    "destination": "https://v.example",
    "state": "dead",
    "received_at": NOW,
    "due_at": NOW + 60_000_000,
    "attempts": 3,
    "crashes": 0,
    "client_id": "1.2",
    "event_name": "purchase",
    "why": "HTTP 400",
    "request": "abc",
    "position": 1,
    "answer": "",
    "body": {"user_data": {"city": "Bonn"}, "n": 1},
}
NOBODY = {"error": "this request is no longer remembered, or never was"}


def row(**more: Any) -> ShownRow:
    return {**ROW, **more}  # type: ignore[typeddict-item]  # some of its keys


def test_a_row_is_shown_with_its_request_wherever_that_is_remembered(port: Port) -> None:
    first, second = Worker(show={"rows": [ROW]}, find=NOBODY), Worker(show={"rows": []}, find={"worker": 1})
    port.workers = (first, second, None)
    page = port.page("/deliveries/0-17")
    assert (page["template"], page["data"]["id"], page["data"]["request"]) == ("row.html", "0-17", "/requests/1/abc")
    assert json.loads(page["data"]["body"]) == {"user_data": {"city": "•••"}, "n": 1}
    assert (first.asked_to("show"), first.asked_to("find")) == ([{"ids": ["0-17"]}], [{"id": "abc"}])


@pytest.mark.parametrize("request_id", ["", "abc"])
def test_a_request_that_nobody_remembers_is_not_linked(port: Port, request_id: str) -> None:
    port.workers = (Worker(show={"rows": [row(request=request_id)]}, find=NOBODY),)
    assert port.page("/deliveries/0-17")["data"]["request"] is None


@pytest.mark.parametrize("name", ["0-18", "x", "0-", "%27", "0-1;", "1-99999999999999999999"])
def test_a_row_that_is_gone_is_not_found(port: Port, name: str) -> None:
    port.workers = (Worker(show={"rows": []}),)
    page = port.page(f"/deliveries/{name}")
    assert (page["status"], page["template"]) == (404, "problem.html")


@pytest.mark.parametrize(
    ("kept", "status", "body"),
    [
        ('HTTP 400: {"error":{"code":7},"to":"a@b.example"}', "HTTP 400",
         '{\n  "error": {\n    "code": 7\n  },\n  "to": "•••"\n}'),
        ('HTTP 500: [{"email": "x"}]', "HTTP 500", '[\n  {\n    "email": "•••"\n  }\n]'),
        ('HTTP 400: {"error": "it was cut off in the mid', "HTTP 400", '{"error": "it was cut off in the mid'),
        ("HTTP 503: busy: a@b.example", "HTTP 503", "busy: •••"),
        ("no such topic", "", "no such topic"),
        (f"HTTP 400: {'[' * 900}", "HTTP 400", "[" * 900),
    ],
)  # fmt: skip
def test_a_vendors_answer_is_laid_out_for_reading(kept: str, status: str, body: str) -> None:
    assert shown(row(answer=kept), None)["answer"] == {"status": status, "body": body}


def test_a_row_without_an_answer_has_none_and_is_due_only_where_it_waits() -> None:
    assert (shown(ROW, None)["answer"], shown(ROW, None)["due"], shown(ROW, None)["position"]) == (None, "", 2)
    assert shown(row(state="queued"), None)["due"] == "2025-11-28 14:32:51.502 UTC"
    assert shown(row(state="queued", attempts=0), None)["due"] == ""


def test_what_is_personal_in_a_row_is_masked() -> None:
    told = shown(row(why="no a@b.example", client_id="a@b.example", event_name="a@b.example", destination="a@b.example"), None)
    assert (told["why"], told["client_id"], told["event"], told["destination"]) == ("no •••", "•••", "•••", "•••")
