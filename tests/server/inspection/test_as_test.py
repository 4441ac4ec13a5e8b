"""A request kept as a test holds nothing that is secret or somebody's, and is there for every request that is text."""

from __future__ import annotations

import json

import pytest

from core.types import Request
from server.inspection.as_test import LARGEST, VISITOR, harmless, kept_test
from tests.budget.machine import takes_less
from tests.server.inspection.conftest import Desk

BODY = {
    "client_id": "1.2",
    "user_data": {"phone_number": "+493012345678"},
    "events": [{"name": "a", "params": {"m": "ann@shop.example"}}],
}


def request(**more: object) -> Request:
    return Request(**{"id": "a", "received_at": 0, "method": "POST", "path": "/x", "ip": "203.0.113.9", **more})  # type: ignore[arg-type]  # the fields vary


def test_people_and_addresses_are_examples(desk: Desk) -> None:
    said = request(
        query_string="a=ann%40shop.example&ip=203.0.113.9",
        body=json.dumps(BODY).encode(),
        headers=(("cookie", "s=1"), ("origin", "o"), ("x-gtm-server-preview", "ZW52LTN8YWJj"), ("x-api-key", "hush")),
    )
    kept = harmless(desk.serving, said, ["+493012345678", "203.0.113.9"])
    assert kept.query_string == f"a=visitor%40example.com&ip={VISITOR}"
    assert (kept.ip, kept.headers) == (VISITOR, (("origin", "o"),))
    assert b"ann@" not in kept.body
    assert b"12345678" not in kept.body


def test_there_is_none_of_what_is_no_text_or_too_much(desk: Desk) -> None:
    assert kept_test(desk.serving, request(body=b"\xff"), ()) == ""
    assert kept_test(desk.serving, request(body=b"a" * LARGEST, query_string="b"), ()) == ""


@pytest.mark.parametrize("text", ["a" * 60_000, "a@" * 30_000, "a." * 30_000, "%40" * 20_000])
def test_no_text_takes_long(desk: Desk, text: str) -> None:
    assert takes_less(lambda: harmless(desk.serving, request(query_string=text), ()), 2)
