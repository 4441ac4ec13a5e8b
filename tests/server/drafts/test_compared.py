"""Differences as they are told of requests of real people: where they are, and no more of anybody than that they differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from server.drafts.answers import Answer
from tests.server.drafts.conftest import Editor
from tests.server.inspection.conftest import Desk

PLAIN = """
clients: {web: {type: ga4}}
tags:
  hook:
    type: http_request
    url: "https://hook.example/a"
    query: {shop: main}
    headers: {X-Kind: one}
    body: {order: "{{ event.transaction_id }}", list: [{value: 1}, {value: 1}]}
"""
SENT = "&ep.transaction_id=T-1&ep.email=somebody%40shop.example&ep.phone=0711-4711"


@pytest.fixture
def compared(tmp_path: Path) -> Any:
    editor = Editor(Desk(tmp_path, PLAIN))
    editor.desk.hit("purchase", SENT, ip="203.0.113.77")

    def compare(old: str, new: str) -> Answer:
        assert old in PLAIN
        return editor("diff", PLAIN.replace(old, new))

    return compare


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("type: ga4}", "type: ga4, measurement_ids: [G-OTHER00001]}", ("~", "claimed by web → nobody", None, None)),
        ("hook.example/a", "hook.example/b", ("~", "url", "https://hook.example/a", "https://hook.example/b")),
        ("{shop: main}", "{shop: other}", ("~", "query shop", "main", "other")),
        ("{shop: main}", "{}", ("-", "query shop", "main", None)),
        ("X-Kind: one", "X-Kind: one, X-New: two", ("+", "header x-new", None, "two")),
        ("{value: 1}]", "{value: 2}]", ("~", "body list[].value", "1", "2")),
        ("    body", "    method: PUT\n    body", ("~", "method", "POST", "PUT")),
        ("    body", "    paused: true\n    body", ("-", "sent no more: the tag is paused", "POST https://hook.example/a", None)),
    ],
)
def test_each_part_of_what_is_sent_is_told(compared: Any, old: str, new: str, told: tuple[str, ...]) -> None:
    rows = [row for tag in compared(old, new)["differences"] for row in tag["rows"]]
    found = [(row["how"], row["what"], row["before"], row["after"]) for row in rows]
    assert any(row[:2] == told[:2] or (row[0] == told[0] and told[1].startswith(row[1])) for row in found), found
    if told[2] or told[3]:
        assert told in found


@pytest.mark.parametrize(
    "source",
    [
        "{{ event.email }}",
        "{{ event.phone }}",
        "to {{ event.email }} and {{ request.ip }}",
        "{{ request.query_string }}",
        "https://mail.example/?to={{ event.email }}",
        "{{ event.email | upper }}",
        "{{ event.email | json }}",
    ],
)
def test_what_is_personal_in_a_request_is_hidden_in_what_is_told_of_it(compared: Any, source: str) -> None:
    for old, new in (("{shop: main}", "{shop: %s}"), ("X-Kind: one", "X-Kind: %s"), ("{order: ", "{who: %s, order: ")):
        answer = compared(old, new.replace("%s", json.dumps(source)))
        if answer["problems"]:
            continue
        text = json.dumps(answer["differences"], ensure_ascii=False).lower()
        assert not any(each in text for each in ("somebody", "0711-4711", "203.0.113.77")), text


def test_only_as_much_of_a_value_is_told_as_is_read(compared: Any) -> None:
    answer = compared("{shop: main}", f"{{shop: {'x' * 5000}}}")
    assert all(len(row["after"]) < 100 for tag in answer["differences"] for row in tag["rows"])
