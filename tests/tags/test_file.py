"""Files: lines as whoever loads them reads them, each with an id that stays the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from config import SourceFile, load
from core.registry import installed
from core.types import Delivered, Payload, Rejected, Response, Retry, Rows, Skip
from tags.file import MOST, File
from tests.tags.played_vendor import CLEAR, PURCHASE, made, mapped, payload

FOLDER = {"path": "/events"}


def rows(tag: Any, *payloads: Payload) -> Rows:
    [packed] = tag.pack(payloads, 0)
    assert isinstance(packed, Rows)
    return packed


def line(tag: Any, event: Any = PURCHASE) -> Any:
    [written] = rows(tag, payload(tag, event)).lines
    return json.loads(written)


def test_without_columns_the_event_is_there_as_it_is_and_nothing_personal() -> None:
    written = line(made(File, **FOLDER))
    assert list(written) == ["id", "event_name", "event_timestamp", "client_id", "event"]
    assert (written["id"], written["event_timestamp"]) == ("r-0", "2026-01-01T00:00:00.123Z")
    assert written["event"]["items"] == PURCHASE["items"]
    assert not any(clear in json.dumps(written).lower() for clear in CLEAR)


def test_columns_of_one_s_own() -> None:
    columns = {"order": "{{ event.transaction_id }}", "goods": "{{ event.items }}", "none": "{{ event.nothing }}"}
    assert line(made(File, **FOLDER, columns=columns)) == {"id": "r-0", "order": "T-1001", "goods": PURCHASE["items"]}
    assert isinstance(mapped(made(File, **FOLDER, columns={"none": "{{ event.nothing }}"}), PURCHASE), Skip)


def test_a_column_cannot_take_the_place_of_the_id() -> None:
    with pytest.raises(ValidationError, match="the id is the line's own"):
        made(File, **FOLDER, columns={"id": "{{ event.transaction_id }}"})


def test_a_row_that_is_written_again_has_the_same_id() -> None:
    tag = made(File, **FOLDER)
    both = [replace(payload(tag), group="r1", position=position) for position in (0, 1)]
    ids = [[json.loads(each)["id"] for each in rows(tag, *both).lines] for _ in range(2)]
    assert ids == [["r1-0", "r1-1"]] * 2


@pytest.mark.parametrize("text", ["two\nlines", "\r\n", "\u2028", "naïve", '"', "\\", "\x00", "\ud800", 10**30])
def test_an_event_is_one_line_whatever_it_holds(text: Any) -> None:
    tag = made(File, **FOLDER)
    [written] = rows(tag, payload(tag, {"event_name": "x", "value": text})).lines
    assert not {b"\n", b"\r", b"\0"} & {bytes([each]) for each in written}
    assert json.loads(written)["event"]["value"] == text


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ("ads", False, 128 << 20, True)),
        ({"name": "orders", "compress": "gzip"}, ("orders", True, 128 << 20, True)),
        ({"rotate": {"size": "1 MiB", "day": False}}, ("ads", False, 1 << 20, False)),
    ],
)
def test_which_files_it_writes(settings: dict[str, Any], expected: tuple[object, ...]) -> None:
    tag = made(File, **FOLDER, **settings)
    into = rows(tag, payload(tag)).into
    assert (into.folder, into.name, into.gzip, into.size, into.daily) == ("/events", *expected)


def test_where_it_goes_is_told_in_words() -> None:
    tag = made(File, **FOLDER, compress="gzip")
    assert rows(tag, payload(tag)).target == "/events/ads-*.jsonl.gz"
    assert payload(tag).destination == "file:/events"
    assert tag.Settings.model_validate(FOLDER).folders() == ("/events",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": ""},
        {"path": "a\0b"},
        {"name": "../x"},
        {"name": "a b"},
        {"compress": "zip"},
        {"rotate": {"size": 10}},
        {"rotate": {"hour": True}},
        {},
    ],
)
def test_what_makes_no_files_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(File, **({**FOLDER, **wrong} if wrong else {}))


def test_two_tags_that_mean_the_same_files_are_told_of_since_their_lines_have_the_same_ids() -> None:
    text = """clients: {ga4: {measurement_ids: G-1}}
tags:
  orders: {type: file, path: events}
  others: {type: file, path: ./events/, name: orders}
  packed: {type: file, path: events, name: orders, compress: gzip}
  apart: {type: file, path: events}
"""
    loaded = load([SourceFile("a.yaml", text.encode())], registry=installed(), environ={}, read=lambda _: b"", serve=False)
    assert [str(problem) for problem in loaded.problems] == [
        "a.yaml:4:24: tags.others.path: writes into the files of tags.orders, where a line of an event that both write has the "
        "same `id`: give one of them another `name`"
    ]


def test_rows_go_together_and_are_shown_one_by_one() -> None:
    tag = made(File, **FOLDER)
    assert tag.batch is not None
    assert tag.batch.most_payloads == MOST
    packed = rows(tag, *[payload(tag)] * 3)
    assert [part.body for part in tag.parts(packed)] == list(packed.lines)
    assert packed.text.encode() == b"\n".join(packed.lines)


@pytest.mark.parametrize(("status", "outcome"), [(200, Delivered()), (503, Retry("HTTP 503")), (404, Rejected("HTTP 404"))])
def test_written_is_delivered(status: int, outcome: object) -> None:
    tag = made(File, **FOLDER)
    assert tag.judge(rows(tag, payload(tag)), Response(status)) == outcome
