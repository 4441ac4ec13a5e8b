"""GA4 tags: ids, names, parameters and user properties, and what is said of what they cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.tag_manager.building import constant, event_data, importing, tag, told, variable, written

VARIABLES = (
    constant("const - id", "G-EXAMPLE0001"),
    constant("word", "order"),
    event_data("x", "x"),
    variable("lost", "fs"),
)
NO_DATABASE = "no database lookups (a table in a file: `file`, `key`, `value`)"
PLAIN = "it depends on the event, and a plain text is needed"


def of(values: Any) -> Any:
    """The settings of a GA4 tag, without what all tags have."""
    file = written(tag=[tag("t", values)], variable=VARIABLES)
    return {key: value for key, value in file["tags"]["t"].items() if key not in ("type", "note", "triggers")}


def reasons(values: Any) -> Any:
    """Status and reasons of such a tag."""
    ((status, _, found),) = told(importing(tag=[tag("t", values)], variable=VARIABLES), "tag")
    return status, found


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {}),
        ({"measurementId": "G-EXAMPLE0003"}, {"measurement_id": "G-EXAMPLE0003"}),
        ({"measurementId": "{{const - id}}"}, {"measurement_id": "G-EXAMPLE0001"}),
        ({"measurementId": ""}, {}),
        ({"eventName": "order_completed"}, {"event_name": "order_completed"}),
        ({"eventName": "{{Event Name}}"}, {}),
        ({"eventName": "{{_event}}"}, {}),
        ({"eventName": "srv_{{Event Name}}"}, {"event_name": "srv_{{ event.event_name }}"}),
        ({"eventName": "{{word}}"}, {"event_name": "{{ var.word }}"}),
        ({"eventName": ""}, {}),
        ({"epToIncludeDropdown": "all"}, {}),
        ({"epToIncludeDropdown": "none"}, {"parameters": {"include": "none"}}),
        (
            {"epToExclude": [{"fieldName": "a"}, {"fieldName": "b"}, {"fieldName": "a"}]},
            {"parameters": {"exclude": ["a", "b"]}},
        ),
        ({"epToExclude": [{"fieldName": "{{word}}"}, {"fieldName": ""}]}, {"parameters": {"exclude": ["order"]}}),
        (
            {"eventParameters": [{"fieldName": "a", "value": "1"}, {"fieldName": "b", "value": "{{x}}"}]},
            {"parameters": {"set": {"a": "1", "b": "{{ event.x }}"}}},
        ),
        (
            {"eventParameters": [{"fieldName": "a", "value": "1"}, {"fieldName": "a", "value": "2"}]},
            {"parameters": {"set": {"a": "2"}}},
        ),
        ({"eventParameters": [{"fieldName": "{{word}}", "value": "1"}]}, {"parameters": {"set": {"order": "1"}}}),
        ({"eventParameters": [{"name": "a", "value": "1"}]}, {"parameters": {"set": {"a": "1"}}}),
        ({"eventParameters": []}, {}),
        ({"upToIncludeDropdown": "none"}, {"user_properties": {"include": "none"}}),
        ({"upToExclude": [{"fieldName": "a"}]}, {"user_properties": {"exclude": ["a"]}}),
        (
            {"userProperties": [{"fieldName": "member", "value": "true"}]},
            {"user_properties": {"set": {"member": "true"}}},
        ),
        ({"redactVisitorIp": True}, {"redact_visitor_ip": True}),
        ({"redactVisitorIp": False}, {}),
        ({"enableGoogleSignals": True, "enableEuid": True, "isMeasurementIdMandatory": True}, {}),
    ],
)
def test_a_setting_is_written_where_it_is_no_default(values: Any, expected: Any) -> None:
    assert of(values) == expected
    assert reasons(values) == ("imported", [])


@pytest.mark.parametrize(
    ("values", "expected", "reason"),
    [
        ({"measurementId": "[PUT HERE]"}, {"paused": True}, "paused: the measurement id is a placeholder"),
        ({"measurementId": "G-XXXXXXXXXX"}, {"paused": True}, "paused: the measurement id is a placeholder"),
        ({"measurementId": "G-0000000000"}, {"paused": True}, "paused: the measurement id is a placeholder"),
        ({"measurementId": "UA-1-1"}, {"paused": True}, "paused: the measurement id is a placeholder"),
        ({"measurementId": "{{x}}"}, {"paused": True}, f"paused: the measurement id is left out: {PLAIN}"),
        ({"measurementId": "{{lost}}"}, {"paused": True}, f"paused: the measurement id is left out: {NO_DATABASE}"),
        ({"eventName": "{{lost}}"}, {}, f"eventName is left out: {NO_DATABASE}"),
        ({"epToIncludeDropdown": "some"}, {}, "epToIncludeDropdown is some: all are included"),
        ({"somethingNew": "on", "somethingOld": "false"}, {}, "somethingNew has no counterpart"),
        ({"epToExclude": [{"fieldName": "{{x}}"}]}, {}, f"a row of epToExclude is left out: {PLAIN}"),
        ({"eventParameters": [{"fieldName": "a", "value": "{{lost}}"}]}, {}, f"a is left out: {NO_DATABASE}"),
        ({"eventParameters": [{"fieldName": "{{x}}", "value": "1"}]}, {}, f"a row of eventParameters is left out: {PLAIN}"),
        ({"userProperties": [{"fieldName": "a", "value": "{{lost}}"}]}, {}, f"a is left out: {NO_DATABASE}"),
    ],
)
def test_what_cannot_be_is_said_and_never_sends_more(values: Any, expected: Any, reason: str) -> None:
    assert of(values) == expected
    assert reasons(values) == ("approximated", [reason])
