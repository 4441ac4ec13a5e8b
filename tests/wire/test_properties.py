"""What of an event becomes properties at platforms that take any: its own data, and nobody's name."""

from __future__ import annotations

from typing import Any

import pytest

from wire.conversions.properties import properties, user_properties

EVENT = {
    "event_name": "purchase",
    "client_id": "1.2",
    "user_id": "u-7",
    "event_id": "e-51",
    "ip_override": "203.0.113.9",
    "user_agent": "ExampleBrowser/2",
    "client_hints": {"mobile": False},
    "email": "a@b.example",
    "phone_number": "+16505551212",
    "user_data": {"email": "a@b.example"},
    "x-ga-gcs": "G111",
    "x-sst-system_properties": {"a": 1},
    "x-mp-timestamp_micros": 1,
    "value": 0,
    "coupon": "",
    "x-fb-ud-em": "a@b.example",
    "page_title": "Done",
    "items": [{"item_id": "P1"}],
}


def test_an_event_s_own_data_and_nothing_else() -> None:
    assert properties(EVENT) == {"value": 0, "page_title": "Done", "items": [{"item_id": "P1"}]}
    assert properties(EVENT, "page_title", "items") == {"value": 0}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"plan": "pro", "seats": 3}, {"plan": "pro", "seats": 3}),
        ({"plan": {"value": "pro"}, "gone": {"value": None}, "odd": ["a"]}, {"plan": "pro"}),
        (None, {}),
        ("x", {}),
    ],
)
def test_user_properties(said: Any, found: object) -> None:
    assert user_properties({"x-ga-mp2-user_properties": said}) == found
