"""Event data by the paths that expressions read, what people name first before what machines do."""

from __future__ import annotations

import json
from typing import Any

from core.expressions import compile_expression
from core.undefined import UNDEFINED
from server.inspection.event_data import MOST_VALUES, event_data, event_json
from server.inspection.look import Look
from server.inspection.present import value
from tests.server.inspection.conftest import Desk

PURCHASE: dict[str, Any] = {
    "x-ga-gcs": "G111",
    "language": "en-gb",
    "plan": "pro",
    "items": [{"item_id": "A", "price": 12.5, "tags": ["new", ""]}, {"item_id": "B", "odd key": None}],
    "currency": "EUR",
    "value": 120,
    "empty_list": [],
    "empty_object": {},
    "page_location": "https://shop.example/",
    "user_data": {"email": "a@b.example", "address": {"city": "Bern"}},
    "event_name": "purchase",
}


def given(desk: Desk, event: dict[str, Any], *, reveal: bool = False) -> Look:
    """Somebody looks at event data that a client is taken to have read."""
    record = desk.hit()
    run = record.run
    object.__setattr__(run.events[0], "event", event)
    return Look(record, 0, reveal)


def test_what_people_name_comes_before_what_machines_do(desk: Desk) -> None:
    shown = event_data(given(desk, PURCHASE), 0)
    assert [each["key"] for each in shown] == [
        "event_name",
        "page_location",
        "value",
        "currency",
        "items[0].item_id",
        "items[0].price",
        "items[0].tags[0]",
        "items[0].tags[1]",
        "items[1].item_id",
        "items[1]['odd key']",
        "user_data.email",
        "user_data.address.city",
        "plan",
        "empty_list",
        "empty_object",
        "x-ga-gcs",
        "language",
    ]
    assert [each["key"] for each in shown if each["technical"]] == ["x-ga-gcs", "language"]


def test_each_value_has_its_kind_and_an_empty_text_is_one(desk: Desk) -> None:
    told = {each["key"]: (each["value"]["kind"], each["value"]["text"]) for each in event_data(given(desk, PURCHASE), 0)}
    assert told["value"] == ("number", "120")
    assert told["items[0].tags[1]"] == ("text", "")
    assert told["items[1]['odd key']"] == ("text", "null")
    assert (told["empty_list"], told["empty_object"]) == (("list", "[]"), ("object", "{}"))
    assert told["user_data.email"] == ("masked", "•••")


def test_expressions_read_the_same_by_the_same_path(desk: Desk) -> None:
    look = given(desk, PURCHASE, reveal=True)
    for each in event_data(look, 0):
        key = each["key"] if each["key"][0] != "x" else f"['{each['key']}']"
        found = compile_expression(f"event{key}" if key.startswith("[") else f"event.{key}").evaluate(look.scope(0))
        assert each["value"] == value(found) or (found is UNDEFINED and each["value"]["text"] == "null")


def test_as_json_it_is_the_whole_event_masked(desk: Desk) -> None:
    masked, revealed = (json.loads(event_json(given(desk, PURCHASE, reveal=reveal), 0)) for reveal in (False, True))
    assert revealed == PURCHASE
    assert masked == {**PURCHASE, "user_data": {"email": "•••", "address": {"city": "•••"}}}
    assert list(masked) == list(PURCHASE)


def test_of_very_many_values_the_first_are_told(desk: Desk) -> None:
    many = {"event_name": "e", "items": [{"item_id": str(at), "price": at} for at in range(MOST_VALUES)], "x-ga-y": 1}
    shown = event_data(given(desk, many), 0)
    assert (len(shown), shown[0]["key"], shown[1]["key"]) == (MOST_VALUES, "event_name", "items[0].item_id")


def test_names_that_visitors_make_up_are_told_as_they_are(desk: Desk) -> None:
    hostile = {"<b>": "<i>", "a.b": 1, "\u202e": "rtl", "'": {"]": 2}, "n" * 3000: "x"}
    shown = event_data(given(desk, hostile), 0)
    assert [each["key"] for each in shown] == ["<b>", "a.b", "\u202e", "'[']']", "n" * 3000]
