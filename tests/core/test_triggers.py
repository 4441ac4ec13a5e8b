"""Which events a trigger matches."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from core.context import Context
from core.triggers import ALL, TriggerSettings, always, compile_trigger, names_in
from core.types import Event
from tests.core.tiny import REQUEST


def matches(settings: dict[str, Any], event: Event, client: str = "web") -> bool:
    return compile_trigger(TriggerSettings.model_validate(settings))(Context(REQUEST, client, event).on(event))


@pytest.mark.parametrize(
    ("settings", "name", "expected"),
    [
        ({}, "anything", True),
        ({"event": []}, "anything", True),
        ({"event": "purchase"}, "purchase", True),
        ({"event": ["purchase", "refund"]}, "refund", True),
        ({"event": "purchase"}, "Purchase", False),
        ({"event": "purchase"}, "purchases", False),
        ({"event": "purchase"}, "", False),
        ({"event": ["begin_checkout", "checkout_*"]}, "checkout_2", True),
        ({"event": ["begin_checkout", "checkout_*"]}, "checkout_", True),
        ({"event": ["begin_checkout", "checkout_*"]}, "my_checkout_2", False),
        ({"event": "*_checkout"}, "begin_checkout", True),
        ({"event": "a*b*c"}, "a-b-b-c", True),
        ({"event": "a*b*c"}, "a-c", False),
        ({"event": "ab*b"}, "ab", False),
        ({"event": "*"}, "x", True),
        ({"event": "page.view"}, "pageXview", False),
        ({"event": "[a-z]+"}, "abc", False),
    ],
)
def test_event_names_are_matched_whole_and_a_star_is_any_text(settings: dict[str, Any], name: str, expected: bool) -> None:
    assert matches(settings, {"event_name": name}) is expected


@pytest.mark.parametrize("event", [{}, {"event_name": None}, {"event_name": 5}, {"event_name": ["purchase"]}, {"event_name": {}}])
@pytest.mark.parametrize("pattern", ["purchase", "N*", "*", "None", "5"])
def test_an_event_without_a_name_that_is_a_text_matches_no_name(event: Event, pattern: str) -> None:
    assert not matches({"event": pattern}, event)


def test_an_event_without_a_name_is_still_any_event() -> None:
    assert matches({}, {})


@pytest.mark.parametrize(("client", "expected"), [("web", True), ("apps", True), ("backend", False), ("web2", False)])
def test_clients_go_by_name(client: str, expected: bool) -> None:
    assert matches({"client": ["web", "apps"]}, {"event_name": "x"}, client) is expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("event.value > 100", True),
        ("event.value > 200", False),
        (["event.value > 100", "event.currency == 'EUR'"], True),
        (["event.value > 100", "event.currency == 'USD'"], False),
        ("event.missing > 1", False),
        ("event.missing != 1", True),
        (True, True),
        (False, False),
    ],
)
def test_every_expression_must_hold(when: Any, expected: bool) -> None:
    assert matches({"when": when}, {"event_name": "x", "value": 150, "currency": "EUR"}) is expected


@pytest.mark.parametrize("wrong", [{"event": "refund"}, {"client": "apps"}, {"when": "event.value > 200"}])
def test_every_part_must_match(wrong: dict[str, Any]) -> None:
    right = {"event": "purchase", "client": "web", "when": "event.value > 100", "note": "free text"}
    event = {"event_name": "purchase", "value": 150}
    assert matches(right, event)
    assert not matches({**right, **wrong}, event)


def test_all_is_built_in_and_matches_everything() -> None:
    assert ALL == "all"
    assert always(Context(REQUEST, "", {}).on({}))


@pytest.mark.parametrize("settings", [{"evnt": "x"}, {"when": "event."}, {"event": {"a": 1}}])
def test_what_is_no_trigger_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TriggerSettings.model_validate(settings)


@pytest.mark.parametrize(
    ("triggers", "names"),
    [
        ([{"event": "purchase"}], {"purchase"}),
        (
            [{"event": ["purchase", "refund"], "client": "web"}, {"event": "sign_up", "when": "event.value > 1"}],
            {"purchase", "refund", "sign_up"},
        ),
        ([{"event": "purchase"}, {"event": "checkout_*"}], None),
        ([{"event": "purchase"}, {"client": "web"}], None),
        ([{"event": "purchase"}, None], None),
    ],
)
def test_which_event_names_alone_may_match(triggers: list[dict[str, Any] | None], names: set[str] | None) -> None:
    assert names_in(TriggerSettings.model_validate(each) if each else None for each in triggers) == names
