"""Triggers: by event, by client and by conditions; what has no translation matches nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.tag_manager.building import (
    asked,
    client,
    condition,
    constant,
    event_data,
    importing,
    tag,
    told,
    trigger,
    written,
)

EVENT = "{{_event}}"
CLIENT = "{{Client Name}}"
X = "{{x}}"
READ = (event_data("x", "x"), constant("const - word", "purchase"), constant("star", "a*"))
CLIENTS = (client("GA4"), client("GA4 (MP)", "mpaw_client"), client("Mystery", "other"), client("Other", "other"))


@pytest.mark.parametrize(
    ("operator", "right", "expected"),
    [
        ("EQUALS", "purchase", {"event": ["purchase"]}),
        ("EQUALS", "{{const - word}}", {"event": ["purchase"]}),
        ("EQUALS", "my {{const - word}}", {"event": ["my purchase"]}),
        ("EQUALS", "größe", {"event": ["größe"]}),
        ("EQUALS", "true", {"event": ["true"]}),
        ("EQUALS", "${A}", {"event": ["$${A}"]}),
        ("MATCH_REGEX", "^(purchase|add_to_cart)$", {"event": ["purchase", "add_to_cart"]}),
        ("MATCH_REGEX", "^(purchase)$", {"event": ["purchase"]}),
        ("CONTAINS", "cart", {"event": ["*cart*"]}),
        ("STARTS_WITH", "view_", {"event": ["view_*"]}),
        ("ENDS_WITH", "_item", {"event": ["*_item"]}),
        ("MATCH_REGEX", ".*", {}),
        ("MATCH_REGEX", ".+", {}),
        ("EQUALS", "rate_5*", {"when": "event.event_name == 'rate_5*'"}),
        ("EQUALS", "{{star}}", {"when": "event.event_name == (var.star | text | default('undefined'))"}),
        ("EQUALS", "", {"when": "event.event_name == ''"}),
        ("CONTAINS", "", {"when": "event.event_name is containing ''"}),
        ("EQUALS", X, {"when": "event.event_name == (event.x | text | default('undefined'))"}),
        ("MATCH_REGEX", "^purchase$", {"when": "event.event_name is matching '^purchase$'"}),
        ("MATCH_REGEX", "^(a.c|b)$", {"when": "event.event_name is matching '^(a.c|b)$'"}),
        ("MATCH_REGEX", "purchase|refund", {"when": "event.event_name is matching 'purchase|refund'"}),
        ("GREATER", "5", {"when": "(event.event_name | number) > 5"}),
    ],
)
@pytest.mark.parametrize("name", [EVENT, "{{Event Name}}"])
def test_the_events_name_is_asked_for_by_event_where_that_says_it_all(
    name: str, operator: str, right: str, expected: Any
) -> None:
    assert asked(condition(operator, name, right), variables=READ) == expected


@pytest.mark.parametrize(
    ("operator", "right", "flags", "expected"),
    [
        ("EQUALS", "a", {"negate": True}, "event.event_name != 'a'"),
        ("MATCH_REGEX", ".*", {"negate": True}, "not (event.event_name is matching '.*')"),
        ("CONTAINS", "a", {"negate": True}, "not (event.event_name is containing 'a')"),
        ("MATCH_REGEX", "^(a|b)$", {"ignore_case": True}, "event.event_name is matching '(?i)^(a|b)$'"),
        ("EQUALS", "undefined", {"negate": True}, "event.event_name != 'undefined'"),
        ("EQUALS", "123", {"negate": True}, "event.event_name != '123'"),
    ],
)
def test_a_negation_of_the_events_name_is_a_condition(operator: str, right: str, flags: Any, expected: str) -> None:
    assert asked(condition(operator, EVENT, right, **flags), variables=READ) == {"when": expected}


def test_only_the_first_condition_on_the_events_name_is_event() -> None:
    conditions = (condition("STARTS_WITH", EVENT, "a"), condition("ENDS_WITH", EVENT, "z"))
    assert asked(*conditions) == {"event": ["a*"], "when": "event.event_name is ending_with 'z'"}


def test_a_pattern_for_every_event_is_no_condition_beside_others() -> None:
    conditions = (condition("MATCH_REGEX", EVENT, ".*"), condition("EQUALS", EVENT, "a"))
    assert asked(*conditions) == {"event": ["a"]}


def test_filters_of_both_kinds_must_hold() -> None:
    found = asked(
        condition("EQUALS", X, "1a"),
        variables=READ,
        type="CUSTOM_EVENT",
        customEventFilter=[condition("EQUALS", EVENT, "purchase")],
    )
    assert found == {"event": ["purchase"], "when": "event.x == '1a'"}


def test_several_conditions_are_a_list() -> None:
    found = asked(condition("EQUALS", X, "a"), condition("CONTAINS", X, "b"), variables=READ)
    assert found == {"when": ["event.x == 'a'", "event.x is containing 'b'"]}


@pytest.mark.parametrize("type", ["CUSTOM_EVENT", "customEvent"])
def test_a_custom_event_without_conditions_is_every_event(type: str) -> None:
    assert asked(type=type) == {}


@pytest.mark.parametrize("type", ["SERVER_PAGEVIEW", "serverPageview"])
def test_a_page_view_is_an_event_and_that_is_said(type: str) -> None:
    made = importing(trigger=[trigger("t", type=type)], tag=[tag(firingTriggerId=["1"])])
    assert told(made, "trigger") == [("approximated", "t", ["taken for: the event page_view"])]
    assert asked(type=type) == {"event": ["page_view"]}


@pytest.mark.parametrize("type", ["LINK_CLICK", "timer", "TRIGGER_GROUP", "?"])
def test_another_type_matches_nothing(type: str) -> None:
    made = importing(trigger=[trigger("t", type=type)], tag=[tag(firingTriggerId=["1"])])
    reason = f"matches nothing: the trigger type {type} is not one of a server container"
    assert told(made, "trigger") == [("skipped", "t", [reason])]
    assert asked(type=type) == {"when": False}


def test_one_condition_that_is_lost_makes_the_whole_match_nothing() -> None:
    found = asked(condition("EQUALS", EVENT, "a"), condition("CSS_SELECTOR", X, "b"), variables=READ)
    assert found == {"when": False}


@pytest.mark.parametrize(
    ("operator", "right", "expected"),
    [
        ("EQUALS", "GA4", {"client": ["ga4"]}),
        ("CONTAINS", "GA4", {"client": ["ga4", "ga4_mp"]}),
        ("STARTS_WITH", "GA4 (", {"client": ["ga4_mp"]}),
        ("ENDS_WITH", "4", {"client": ["ga4"]}),
        ("MATCH_REGEX", "^GA4", {"client": ["ga4", "ga4_mp"]}),
        ("MATCH_REGEX", "MP|Nothing", {"client": ["ga4_mp"]}),
        ("EQUALS", "Mystery", {"when": "client == 'mystery'"}),
        ("MATCH_REGEX", "Mystery|Other", {"when": "client in ['mystery', 'other']"}),
        ("MATCH_REGEX", "GA4$|Mystery", {"when": "client in ['ga4', 'mystery']"}),
        ("EQUALS", "Stripe Webhook", {"when": "client == 'stripe_webhook'"}),
    ],
)
def test_which_clients_are_meant_is_worked_out_now(operator: str, right: str, expected: Any) -> None:
    assert asked(condition(operator, CLIENT, right), clients=CLIENTS) == expected


@pytest.mark.parametrize(
    ("operator", "right", "expected"),
    [
        ("EQUALS", "GA4", {"when": "client != 'ga4'"}),
        ("CONTAINS", "GA4", {"when": "client not in ['ga4', 'ga4_mp']"}),
        ("MATCH_REGEX", "Mystery", {"when": "client != 'mystery'"}),
        ("EQUALS", "Stripe Webhook", {}),
    ],
)
def test_all_but_some_clients_may_be_meant(operator: str, right: str, expected: Any) -> None:
    assert asked(condition(operator, CLIENT, right, negate=True), clients=CLIENTS) == expected


def test_a_client_by_its_name_in_any_case() -> None:
    assert asked(condition("MATCH_REGEX", CLIENT, "ga4$", ignore_case=True), clients=CLIENTS) == {"client": ["ga4"]}


def test_a_second_condition_on_the_client_must_hold_too() -> None:
    conditions = (condition("CONTAINS", CLIENT, "GA4"), condition("ENDS_WITH", CLIENT, ")"))
    assert asked(*conditions, clients=CLIENTS) == {"client": ["ga4", "ga4_mp"], "when": "client == 'ga4_mp'"}


def test_a_client_that_the_export_lacks_is_named() -> None:
    made = importing(
        client=CLIENTS, trigger=[trigger("t", condition("EQUALS", CLIENT, "Stripe Webhook"))], tag=[tag(firingTriggerId=["1"])]
    )
    reason = "the export has no client «Stripe Webhook»: name yours stripe_webhook"
    assert told(made, "trigger") == [("approximated", "t", [reason])]


def test_the_client_that_was_added_may_be_meant() -> None:
    assert asked(condition("EQUALS", CLIENT, "GA4")) == {"client": ["ga4"]}
    assert asked(condition("EQUALS", CLIENT, "GA4 (web)")) == {"when": "client == 'ga4_web'"}


@pytest.mark.parametrize(
    ("operator", "right", "reason"),
    [
        ("EQUALS", X, "it depends on the event, and a plain text is needed"),
        ("MATCH_REGEX", "(?=a)", "RE2 has no look-ahead, look-behind and back-references"),
        ("LESS", "5", "the operator LESS of a client's name"),
        ("EQUALS", "{{gone}}", "the export has no variable «gone»"),
    ],
)
def test_a_condition_on_the_client_that_cannot_be_worked_out_matches_nothing(operator: str, right: str, reason: str) -> None:
    made = importing(
        client=CLIENTS,
        variable=READ,
        trigger=[trigger("t", condition(operator, CLIENT, right))],
        tag=[tag(firingTriggerId=["1"])],
    )
    assert told(made, "trigger") == [("skipped", "t", [f"matches nothing: {reason}"])]


def test_a_clients_name_as_the_right_side_is_a_value_and_that_is_said() -> None:
    made = importing(
        client=CLIENTS,
        variable=READ,
        builtInVariable=[{"type": "CLIENT_NAME", "name": "Client Name"}],
        trigger=[trigger("t", condition("EQUALS", X, CLIENT))],
        tag=[tag(firingTriggerId=["1"])],
    )
    assert told(made, "built_in") == [("approximated", None, ["as a value it is the client's key in the file"])]


def test_the_note_has_the_name_where_the_key_does_not() -> None:
    conditions = [condition("EQUALS", EVENT, "a")]
    named = [trigger("ga4_a", *conditions), trigger("GA4 - a", *conditions), trigger("b", *conditions, notes="why\nso")]
    file = written(trigger=named, tag=[tag(firingTriggerId=["1", "2", "3"])])
    assert file["triggers"] == {
        "ga4_a": {"event": ["a"]},
        "ga4_a_2": {"note": "GA4 - a", "event": ["a"]},
        "b": {"note": "b: why so", "event": ["a"]},
    }


def test_a_trigger_that_nothing_uses_is_a_comment() -> None:
    made = importing(trigger=[trigger("t", condition("EQUALS", EVENT, "a"))], tag=[tag()])
    assert told(made, "trigger") == [("unused", "t", ["nothing uses it"])]
    assert "#triggers:\n  # -- nothing uses it\n  #t: {event: [a]}\n" in made.text


def test_a_trigger_that_only_a_comment_uses_is_one() -> None:
    made = importing(
        trigger=[trigger("t", condition("EQUALS", EVENT, "a")), trigger("u", condition("EQUALS", EVENT, "b"))],
        tag=[tag("live", firingTriggerId=["2"]), tag("other", type="sgtmnew", firingTriggerId=["1", "2"])],
    )
    assert told(made, "trigger") == [("imported", "t", ["a comment: only what is a comment uses it"]), ("imported", "u", [])]
    assert "  # -- only what is a comment uses it\n  #t: {event: [a]}\n" in made.text
