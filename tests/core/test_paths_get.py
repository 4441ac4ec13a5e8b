"""How a key path reads an event: the whole text first, then dot by dot."""

from __future__ import annotations

from typing import Any

import pytest

from core.paths import get
from core.undefined import UNDEFINED

EVENT: dict[str, Any] = {
    "value": 1,
    "a.b": "whole",
    "a": {"b": "walked", "c.d": "rest as a whole", "c": {"d": "deeper", "e": 2}},
    "items": [{"price": 1}, {"price": 2}],
    "digits": {"0": "zero", "10": {"x": 1}},
    "nothing": None,
    "": {"": "empty keys"},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("value", 1),
        ("a.b", "whole"),
        ("a.c.d", "rest as a whole"),
        ("a.c.e", 2),
        ("items.0.price", 1),
        ("items.1", {"price": 2}),
        ("items.2", UNDEFINED),
        ("items.-1", UNDEFINED),
        ("items.٠", UNDEFINED),
        ("items.9999999999", UNDEFINED),
        ("items.price", UNDEFINED),
        ("digits.0", "zero"),
        ("digits.10.x", 1),
        ("nothing", None),
        ("nothing.below", UNDEFINED),
        ("value.below", UNDEFINED),
        ("missing", UNDEFINED),
        ("missing.below", UNDEFINED),
        (".", "empty keys"),
        ("a.", UNDEFINED),
    ],
)
def test_get(path: str, value: Any) -> None:
    assert get(EVENT, path) == value


@pytest.mark.parametrize("value", [None, 1, "text", True, UNDEFINED])
def test_nothing_stands_below_a_plain_value(value: Any) -> None:
    assert get(value, "a") is UNDEFINED
    assert get(value, "a.b") is UNDEFINED
