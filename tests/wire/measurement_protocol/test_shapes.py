"""Payloads in another shape than the documented one: which of them are understood, and what is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.wire.measurement_protocol.read_payloads import EVENT, NOW, codes, payload

SHAPES: list[tuple[str, Any, Any, list[str]]] = [
    ("one event", {"events": EVENT}, {"events": [EVENT]}, ["events"]),
    ("events by index", {"events": {"0": EVENT, "2": EVENT}}, {"events": [EVENT, EVENT]}, ["events"]),
    ("events in a text", {"events": json.dumps([EVENT])}, {"events": [EVENT]}, ["events"]),
    ("one event in a text", {"events": json.dumps(EVENT)}, {"events": [EVENT]}, ["events", "events"]),
    ("an event in a text", {"events": [json.dumps(EVENT)]}, {"events": [EVENT]}, ["events[0]"]),
    (
        "params as pairs",
        {"events": [{"name": "a", "params": [{"key": "x", "value": 1}, {"key": "y", "value": {"string_value": "z"}}]}]},
        {"events": [{"name": "a", "params": {"x": 1, "y": "z"}}]},
        ["events[0].params"],
    ),
    (
        "params as an export has them",
        {"events": [{"name": "a", "params": [{"key": "x", "intValue": 1, "stringValue": None}]}]},
        {"events": [{"name": "a", "params": {"x": 1}}]},
        ["events[0].params"],
    ),
    (
        "params as pairs called name",
        {"events": [{"name": "a", "params": [{"name": "x", "value": 0}]}]},
        {"events": [{"name": "a", "params": {"x": 0}}]},
        ["events[0].params"],
    ),
    (
        "params one by one",
        {"events": [{"name": "a", "params": [{"x": 1}, {"y": 2}]}]},
        {"events": [{"name": "a", "params": {"x": 1, "y": 2}}]},
        ["events[0].params"],
    ),
    (
        "params in a text",
        {"events": [{"name": "a", "params": '{"x":1}'}]},
        {"events": [{"name": "a", "params": {"x": 1}}]},
        ["events[0].params"],
    ),
    (
        "items in a text",
        {"events": [{"name": "a", "params": {"items": '[{"item_id":"A"}]'}}]},
        {"events": [{"name": "a", "params": {"items": [{"item_id": "A"}]}}]},
        ["events[0].params.items"],
    ),
    (
        "one item",
        {"events": [{"name": "a", "params": {"items": {"item_name": "A"}}}]},
        {"events": [{"name": "a", "params": {"items": [{"item_name": "A"}]}}]},
        ["events[0].params.items"],
    ),
    (
        "items by index",
        {"events": [{"name": "a", "params": {"items": {"1": {"item_id": "A"}}}}]},
        {"events": [{"name": "a", "params": {"items": [{"item_id": "A"}]}}]},
        ["events[0].params.items"],
    ),
    (
        "bare user properties",
        {"user_properties": {"tier": "gold", "age": 0, "b": True}, "events": [EVENT]},
        {"user_properties": {"tier": {"value": "gold"}, "age": {"value": 0}, "b": {"value": True}}, "events": [EVENT]},
        ["user_properties.tier", "user_properties.age", "user_properties.b"],
    ),
    (
        "user properties as pairs",
        {"userProperties": [{"key": "tier", "value": "gold", "timestampMicros": NOW}], "events": [EVENT]},
        {"user_properties": {"tier": {"value": "gold", "timestamp_micros": NOW}}, "events": [EVENT]},
        ["user_properties"],
    ),
    (
        "objects in texts",
        {"consent": '{"adUserData":"DENIED"}', "device": '{"model":"x"}', "events": [EVENT]},
        {"consent": {"ad_user_data": "DENIED"}, "device": {"model": "x"}, "events": [EVENT]},
        ["consent", "device"],
    ),
]


@pytest.mark.parametrize(("written", "read_", "paths"), [each[1:] for each in SHAPES], ids=[each[0] for each in SHAPES])
def test_another_shape_is_understood_and_told(written: Any, read_: Any, paths: list[str]) -> None:
    written = {"client_id": "1.2", **written}
    assert payload(written) == {"client_id": "1.2", **read_}
    assert [path for path, code in codes(written) if code == "UNUSUAL_SHAPE"] == paths


NOT_UNDERSTOOD: list[tuple[Any, tuple[str, str]]] = [
    ({"events": "soon"}, ("", "VALUE_INVALID")),
    ({"events": {"purchase": {"value": 1}}}, ("", "VALUE_INVALID")),
    ({"events": "[{"}, ("", "VALUE_INVALID")),
    ({"events": [{"name": "a", "params": [{"key": "x", "value": 1}, {"key": "x", "value": 2}]}]}, ("", "VALUE_INVALID")),
    ({"events": [{"name": "a", "params": [{"a": 1, "b": 2}, {"a": 3}]}]}, ("", "VALUE_INVALID")),
    ({"events": [{"name": "a", "params": ["x", 1]}]}, ("", "VALUE_INVALID")),
    ({"events": [{"name": "a", "params": []}]}, ("", "VALUE_INVALID")),
    ({"events": [{"name": "a", "params": {"items": "A, B"}}]}, ("events[0].params.items", "VALUE_INVALID")),
    ({"events": [{"name": "a", "params": {"items": {"sku": {}}}}]}, ("events[0].params.items", "VALUE_INVALID")),
    ({"events": [EVENT], "user_properties": {"a": ["x"]}}, ("", "VALUE_INVALID")),
    ({"events": [EVENT], "consent": "GRANTED"}, ("", "VALUE_INVALID")),
]


@pytest.mark.parametrize(("written", "finding"), NOT_UNDERSTOOD)
def test_what_has_no_one_reading_stays_and_what_was_expected_is_told(written: Any, finding: tuple[str, str]) -> None:
    written = {"client_id": "1.2", **written}
    assert payload(written) == written
    assert codes(written)[0] == finding
