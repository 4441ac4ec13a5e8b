"""BigQuery: rows as its interface has them, judged one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from core.types import Delivered, Rejected, Retry, Skip
from tags.bigquery import BigQuery
from tests.tags.golden import differences, vectors
from tests.tags.played_vendor import PURCHASE, judged, made, mapped, others_page, payload, requests, sent, unclear

KEY = json.dumps({"client_email": "robot@project.example", "private_key": "PEM"})
TABLE = {"project": "example-project", "dataset": "events", "table": "raw", "service_account": KEY}


def errors(*rows: tuple[int, str]) -> Mapping[str, Any]:
    said = {"location": "value", "message": "no"}
    return {"insertErrors": [{"index": at, "errors": [{**said, "reason": reason}]} for at, reason in rows]}


def error(reason: str) -> Mapping[str, Any]:
    return {"error": {"message": "No.", "errors": [{"reason": reason}]}}


@pytest.mark.parametrize("vector", vectors("bigquery"), ids=lambda vector: vector["source"])
def test_requests_are_as_published_ones(vector: Mapping[str, Any]) -> None:
    tag = made(BigQuery, **vector["settings"], service_account=KEY)
    [request] = requests(tag, payload(tag, vector["event"]))
    assert (request.method, request.url) == ("POST", vector["request"]["url"])
    assert list(differences(vector["request"]["body"], json.loads(request.body))) == []


def test_without_columns_the_event_is_there_as_text_and_nothing_personal() -> None:
    [row] = sent(made(BigQuery, **TABLE), PURCHASE)["rows"]
    assert (row["json"]["event_name"], row["json"]["event_timestamp"]) == ("purchase", "2026-01-01T00:00:00.123Z")
    assert json.loads(row["json"]["event"])["items"] == PURCHASE["items"]
    assert "user_data" not in row["json"]["event"]


def test_columns_of_one_s_own() -> None:
    columns = {"order": "{{ event.transaction_id }}", "goods": "{{ event.items }}", "none": "{{ event.nothing }}"}
    [row] = sent(made(BigQuery, **TABLE, columns=columns), PURCHASE)["rows"]
    assert row["json"] == {"order": "T-1001", "goods": PURCHASE["items"]}
    assert isinstance(mapped(made(BigQuery, **TABLE, columns={"none": "{{ event.nothing }}"}), PURCHASE), Skip)


def test_a_row_that_is_sent_again_has_the_same_id() -> None:
    tag = made(BigQuery, **TABLE)
    rows = [replace(payload(tag), group="r1", position=position) for position in (0, 1)]
    ids = [[row["insertId"] for row in json.loads(requests(tag, *rows)[0].body)["rows"]] for _ in range(2)]
    assert ids == [["r1-0", "r1-1"]] * 2


@pytest.mark.parametrize(
    ("status", "body", "outcomes"),
    [
        (200, {"kind": "bigquery#tableDataInsertAllResponse"}, [Delivered()] * 3),
        (200, errors((1, "invalid")), [Delivered(), Rejected("HTTP 200: value no"), Delivered()]),
        (200, errors((0, "stopped"), (2, "timeout")), [Retry("HTTP 200: stopped"), Delivered(), Retry("HTTP 200: timeout")]),
        (200, errors((9, "invalid")), [unclear("BigQuery")] * 3),
        (200, {"insertErrors": {"index": 0}}, [unclear("BigQuery")] * 3),
        (200, {"insertErrors": None}, [unclear("BigQuery")] * 3),
        (200, {"insertErrors": [None]}, [unclear("BigQuery")] * 3),
        (200, error("backendError"), [unclear("BigQuery")] * 3),
        (200, b'{"kind": "bigquery#tableDataInse', [unclear("BigQuery")] * 3),
        (200, b"<html>", [others_page("BigQuery")] * 3),
        (403, error("rateLimitExceeded"), [Retry("HTTP 403: rateLimitExceeded No.")] * 3),
        (403, error("accessDenied"), [Retry("HTTP 403: accessDenied No.", credential=True)] * 3),
        (404, error("notFound"), [Retry("HTTP 404: notFound No.", credential=True)] * 3),
        (401, b"", [Retry("HTTP 401", credential=True)] * 3),
        (413, b"", [Rejected("HTTP 413")] * 3),
        (400, error("invalid"), [Rejected("HTTP 400: invalid No.")] * 3),
        (503, error("backendError"), [Retry("HTTP 503: backendError No.")] * 3),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcomes: list[object]) -> None:
    assert judged(made(BigQuery, **TABLE), status, body, rows=3) == outcomes
