"""Twins: a parameter that is kept under another key is reached by every filter that names it."""

from __future__ import annotations

from typing import Any

import pytest

from core.component import Setup
from core.context import Context
from core.types import Event, Request
from transformations.allow import Allow, AllowSettings
from transformations.exclude import Exclude, ExcludeSettings
from wire.ga4 import collisions
from wire.ga4.collisions import set_aside
from wire.ga4.decode import decode_hit

START = "v=2&tid=G-1&cid=1.2&en=sign_up&"


def context(event: Event) -> Context:
    return Context(Request("r", 1, "POST", "/g/collect"), "web", event)


def excluded(event: Event, *parameters: str) -> Event:
    settings = ExcludeSettings.model_validate({"parameters": list(parameters)})
    return Exclude(settings, Setup()).apply(event, context(event))


def allowed(event: Event, *parameters: str) -> Event:
    settings = AllowSettings.model_validate({"parameters": list(parameters)})
    return Allow(settings, Setup()).apply(event, context(event))


@pytest.mark.parametrize(
    ("hit", "name"),
    [
        ("epn.email=5&ep.email=a%40b.c", "email"),
        ("uid=U-1&ep.user_id=a%40b.c", "user_id"),
        ("epn.email=a%40b.c", "email"),
        ("up.email=a%40b.c&upn.email=5", "x-ga-mp2-user_properties.email"),
        ("user_data.email=a%40b.c", "user_data"),
        ("user_data.email=a%40b.c", "user_data.email"),
        ("epn.email=5&ep.email=a%40b.c", "e*"),
    ],
)
def test_what_is_excluded_is_gone_with_its_twin(hit: str, name: str) -> None:
    (event,) = decode_hit(START + hit, b"").events
    assert "a@b.c" in str(event)
    assert "a@b.c" not in str(excluded(event, name))


def test_what_is_allowed_comes_with_its_twin_and_nothing_else_does() -> None:
    (event,) = decode_hit(START + "epn.email=5&ep.email=a%40b.c&epn.phone=1&ep.phone=%2B49", b"").events
    kept = allowed(event, "event_name", "client_id", "email", "x-ga-*")
    assert kept["x-ga-mp2-ep.email"] == "a@b.c"
    assert kept["x-ga-measurement_id"] == "G-1"
    assert "x-ga-mp2-ep.phone" not in kept


def test_a_twin_may_be_allowed_by_its_own_key() -> None:
    event: dict[str, Any] = {"event_name": "x", "x-ga-mp2-ep.phone": "1"}
    assert allowed(event, "x-ga-mp2-ep.phone") == {"x-ga-mp2-ep.phone": "1"}


def test_the_list_of_names_goes_with_its_key_and_follows_what_is_left_otherwise() -> None:
    (event,) = decode_hit(START + "ep.currency=EUR&ep.page_title=T", b"").events
    assert allowed(event, "event_name", "currency")["x-ga-custom_parameters"] == ["ep.currency"]
    assert excluded(event, "page_title")["x-ga-custom_parameters"] == ["ep.currency"]
    for name in ("x-*", "x-ga-custom_parameters"):
        assert "x-ga-custom_parameters" not in excluded(event, name, "page_title")


def test_an_event_without_twins_is_not_touched() -> None:
    event: dict[str, Any] = {"event_name": "x", "x-ga-mp2-frm": "0"}
    assert set_aside(event) == []
    assert excluded(event, "email") is event


def test_a_key_that_was_seen_before_is_told_from_a_twin_all_the_same() -> None:
    event: dict[str, Any] = {"event_name": "x", "shoe": 1, "x-ga-mp2-ep.shoe": "2", "k" * 200: 3}
    for _ in range(2):
        assert set_aside(event) == [("x-ga-mp2-ep.shoe", {"shoe": True})]
        assert set_aside({"shoe": 1}) == []


def test_however_many_keys_come_few_are_kept() -> None:
    assert set_aside({f"made_up_{number}": 1 for number in range(10_000)}) == []
    assert len(collisions._ORDINARY) <= 2 * collisions._MOST_KNOWN
    assert [key for key, _ in set_aside({"yet_another": 1, "x-ga-mp2-ep.yet_another": 2})] == ["x-ga-mp2-ep.yet_another"]
