"""Variables: what each type is worth, where it is written, and what is said where it has no translation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.tag_manager.building import (
    condition,
    constant,
    entry_of,
    event_data,
    importing,
    reasons_of,
    tag,
    told,
    trigger,
    value_of,
    variable,
    written,
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("plan", "event.plan"),
        ("user_data.address.city", "event.user_data.address.city"),
        ("items.0.price", "event.items[0].price"),
        ("x-ga-gcs", "event['x-ga-gcs']"),
        ("a.x-b.c", "event.a['x-b'].c"),
        ("it's", 'event["it\'s"]'),
        ("größe", "event['größe']"),
        ("", "event"),
        ("a..b", "event.a.b"),
    ],
)
def test_event_data_is_read_by_its_path(path: str, expected: str) -> None:
    assert value_of(event_data("x", path)) == f"{{{{ {expected} }}}}"


def test_a_path_may_be_another_variable() -> None:
    assert value_of(event_data("y", "plan"), event_data("x", "{{y}}")) == "{{ event[event.plan] }}"


def test_a_path_may_be_no_text_with_a_variable_in_it() -> None:
    assert reasons_of(event_data("y", "plan"), event_data("x", "a.{{y}}")) == ("skipped", ["its key path depends on the event"])


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ("EUR", "{{ event.currency | default('EUR') }}"),
        ("", "{{ event.currency | default('') }}"),
        ("{{y}}", "{{ event.currency | default(event.y) }}"),
        ("a {{y}}", "{{ event.currency | default(('a ' ~ event.y)) }}"),
    ],
)
def test_a_default_makes_it_an_entry_of_its_own(default: str, expected: str) -> None:
    found = variable("x", "ed", {"keyPath": "currency", "setDefaultValue": True, "defaultValue": default})
    assert value_of(found, event_data("y", "y")) == "{{ var.x }}"
    assert entry_of(found, event_data("y", "y")) == expected


def test_a_default_that_is_not_wanted_is_none() -> None:
    found = variable("x", "ed", {"keyPath": "a", "setDefaultValue": False, "defaultValue": "EUR"})
    assert value_of(found) == "{{ event.a }}"


@pytest.mark.parametrize(
    ("type", "values", "expected"),
    [
        ("qp", {"queryParamName": "gclid"}, "request.query.gclid"),
        ("qp", {"queryParamName": "a-b"}, "request.query['a-b']"),
        ("sgtmk", {"name": "session_id"}, "request.cookies.session_id"),
        ("sgtmk", {"name": "_ga.x"}, "request.cookies['_ga.x']"),
        ("rh", {"headerName": "Accept-Language"}, "request.headers['accept-language']"),
        ("rh", {"headerName": "Referer"}, "request.headers['referer']"),
    ],
)
def test_the_request_is_read(type: str, values: Any, expected: str) -> None:
    assert value_of(variable("x", type, values)) == f"{{{{ {expected} }}}}"
    assert reasons_of(variable("x", type, values)) == ("imported", [])


def test_a_name_may_be_a_constant() -> None:
    assert value_of(constant("n", "gclid"), variable("x", "qp", {"queryParamName": "{{n}}"})) == "{{ request.query.gclid }}"


@pytest.mark.parametrize(
    ("header", "expected", "reason"),
    [
        ("X-GEO-Country", "request.country", "x-geo-country is a header of Stape's: request.country instead"),
        ("x-geo-region", "request.region", "x-geo-region is a header of Stape's: request.region instead"),
        ("x-geo-city", "request.city", "x-geo-city is a header of Stape's: request.city instead"),
        ("x-real-ip", "request.ip", "x-real-ip is a header of Stape's: request.ip instead"),
        (
            "x-geo-postal",
            "request.headers['x-geo-postal']",
            "x-geo-postal is a header of Stape's: your proxy has to send it",
        ),
        (
            "X-Stape-User-Id",
            "request.headers['x-stape-user-id']",
            "x-stape-user-id is a header of Stape's: your proxy has to send it",
        ),
        (
            "x-device-os",
            "request.headers['x-device-os']",
            "x-device-os is a header of Stape's: your proxy has to send it",
        ),
    ],
)
def test_a_hosters_headers_are_named(header: str, expected: str, reason: str) -> None:
    found = variable("x", "rh", {"headerName": header})
    assert value_of(found) == f"{{{{ {expected} }}}}"
    assert reasons_of(found) == ("approximated", [reason])


def test_the_visitors_region_is_what_the_proxy_tells() -> None:
    assert (
        entry_of(variable("x", "vr")) == "{{ (request.country ~ ('-' ~ request.region if request.region is defined else '')) }}"
    )
    assert reasons_of(variable("x", "vr")) == ("approximated", ["country and region as the proxy tells them"])


@pytest.mark.parametrize(
    ("type", "values", "reason"),
    [
        ("fs", {}, "no database lookups (a table in a file: `file`, `key`, `value`)"),
        ("jsm", {}, "no variable of the type jsm"),
        ("qp", {}, "it has no name"),
        ("qp", {"queryParamName": "{{y}}"}, "it depends on the event, and a plain text is needed"),
        ("rh", {"headerName": "{{gone}}"}, "the export has no variable «gone»"),
        ("ed", {"keyPath": "{{gone}}"}, "the export has no variable «gone»"),
        ("ed", {"keyPath": "a", "setDefaultValue": True, "defaultValue": "{{lost}}"}, "needs lost, which was not imported"),
        ("smm", {"input": "{{lost}}"}, "needs lost, which was not imported"),
        ("remm", {"input": "{{lost}}"}, "needs lost, which was not imported"),
    ],
)
def test_what_has_no_translation_says_why(type: str, values: Any, reason: str) -> None:
    others = (event_data("y", "y"), variable("lost", "fs"))
    assert reasons_of(variable("x", type, values), *others) == ("skipped", [reason])
    assert value_of(variable("x", type, values), *others) is None


def test_a_parameter_whose_value_is_lost_is_left_out_and_named() -> None:
    rows = [{"fieldName": "p", "value": "{{x}}"}, {"fieldName": "q", "value": "kept"}]
    made = importing(variable=[variable("x", "fs")], tag=[tag(values={"eventParameters": rows})])
    reason = "p is left out: no database lookups (a table in a file: `file`, `key`, `value`)"
    assert told(made, "tag") == [("approximated", "tag", [reason])]


@pytest.mark.parametrize(
    ("text", "written_as"),
    [
        ("Main Brand", "Main Brand"),
        ("true", "true"),
        ("${X}", "$${X}"),
        ("{% if %}", "{{ '{%' }} if %}"),
        ("{{ open", "{{ '{{' }} open"),
        ("", ""),
        ("a\nb", "a\nb"),
    ],
)
def test_a_constant_is_a_text(text: str, written_as: str) -> None:
    assert value_of(constant("x", text)) == "{{ var.x }}"
    assert entry_of(constant("x", text)) == written_as


def test_a_constant_that_is_put_in_everywhere_is_not_written() -> None:
    made = importing(
        variable=[constant("id", "G-EXAMPLE0001"), constant("name", "purchase")],
        tag=[tag(values={"measurementId": "{{id}}"}, firingTriggerId=["1"])],
        trigger=[trigger("t", condition("EQUALS", "{{_event}}", "{{name}}"))],
    )
    assert told(made, "variable") == [
        ("imported", None, ["written where it is used"]),
        ("imported", None, ["written where it is used"]),
    ]
    assert "variables:" not in made.text


def test_what_nothing_uses_is_not_written() -> None:
    made = importing(variable=[constant("a", "b"), event_data("c", "d"), variable("e", "fs"), variable("f", "smm")])
    assert told(made, "variable") == [("unused", None, ["nothing uses it"])] * 4
    assert "variables:" not in made.text


def test_what_only_a_comment_uses_is_one_with_all_that_it_needs() -> None:
    table = variable("table", "smm", {"input": "{{Debug Mode}}", "map": [{"key": "true", "value": "{{k}}"}]})
    made = importing(
        variable=[table, constant("k", "v")],
        tag=[tag(type="sgtmnew", values={"a": "{{table}}"})],
    )
    assert told(made, "variable") == [
        ("imported", "table", ["a comment: only what is a comment uses it"]),
        ("imported", "k", ["a comment: only what is a comment uses it"]),
    ]
    assert '#environment:\n  # -- only what is a comment uses it\n  #GTM_DEBUG_MODE: "false"\n' in made.text


def test_variables_stand_in_the_order_of_their_first_use() -> None:
    rows = [{"fieldName": name, "value": f"{{{{{name}}}}}"} for name in ("c", "a", "b")]
    file = written(variable=[constant(name, name) for name in "abc"], tag=[tag(values={"eventParameters": rows})])
    assert list(file["variables"]) == ["c", "a", "b"]


def test_of_two_with_one_name_the_first_counts() -> None:
    assert value_of(event_data("x", "first"), event_data(" x ", "second")) == "{{ event.first }}"
    made = importing(variable=[event_data("x", "first"), event_data(" x ", "second")])
    assert told(made, "variable") == [
        ("unused", None, ["nothing uses it"]),
        ("unused", None, ["another of its name stands before it"]),
    ]


def test_a_users_variable_goes_before_a_built_in() -> None:
    assert value_of(event_data("Event Name", "own"), name="Event Name") == "{{ event.own }}"


def test_a_text_with_several_references_has_each_in_its_place() -> None:
    parameters = {"eventParameters": [{"fieldName": "p", "value": "a {{x}} b {{k}} {{x}}"}]}
    file = written(variable=[event_data("x", "y"), constant("k", "v")], tag=[tag(values=parameters)])
    assert file["tags"]["tag"]["parameters"]["set"]["p"] == "a {{ event.y }} b {{ var.k }} {{ event.y }}"


@pytest.mark.parametrize(
    ("needs", "reasons"),
    [
        ({"a": "a"}, {"a": "goes round in a circle: a -> a"}),
        (
            {"a": "b", "b": "a"},
            {"a": "goes round in a circle: a -> b -> a", "b": "goes round in a circle: a -> b -> a"},
        ),
        (
            {"a": "b", "b": "c", "c": "b"},
            {
                "a": "needs b, which was not imported",
                "b": "goes round in a circle: b -> c -> b",
                "c": "goes round in a circle: b -> c -> b",
            },
        ),
        (
            {"a": "b", "b": "c", "c": "a"},
            dict.fromkeys("abc", "goes round in a circle: a -> b -> c -> a"),
        ),
    ],
)
def test_what_needs_itself_is_left_out(needs: dict[str, str], reasons: dict[str, str]) -> None:
    variables = [variable(name, "smm", {"input": f"{{{{{other}}}}}"}) for name, other in needs.items()]
    made = importing(variable=variables, tag=[tag(values={"eventParameters": [{"fieldName": "p", "value": "{{a}}"}]})])
    assert told(made, "variable") == [("skipped", None, [reasons[name]]) for name in needs]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"caseConversionType": "LOWERCASE"}, "{{ event.v | lower }}"),
        ({"caseConversionType": "uppercase"}, "{{ event.v | upper }}"),
        ({"convertUndefinedToValue": "none"}, "{{ event.v | default('none') }}"),
        ({"convertNullToValue": "none"}, "{{ event.v | default('none') }}"),
        ({"convertNullToValue": "a", "convertUndefinedToValue": "b"}, "{{ event.v | default('b') }}"),
        ({"caseConversionType": "LOWERCASE", "convertNullToValue": "a"}, "{{ event.v | lower | default('a') }}"),
        ({"convertTrueToValue": "yes"}, "{{ 'yes' if event.v == true else event.v }}"),
        ({"convertFalseToValue": "no"}, "{{ 'no' if event.v == false else event.v }}"),
        (
            {"convertTrueToValue": "yes", "convertFalseToValue": "no"},
            "{{ 'no' if event.v == false else ('yes' if event.v == true else event.v) }}",
        ),
        ({"convertTrueToValue": "{{k}}"}, "{{ var.k if event.v == true else event.v }}"),
    ],
)
def test_a_value_may_be_converted(asked: dict[str, str], expected: str) -> None:
    format = {
        key: value if key == "caseConversionType" else {"type": "TEMPLATE", "key": key, "value": value}
        for key, value in asked.items()
    }
    found = variable("x", "ed", {"keyPath": "v"}, formatValue=format)
    assert entry_of(found, constant("k", "K")) == expected
    assert reasons_of(found, constant("k", "K")) == ("imported", [])


def test_a_format_that_asks_for_nothing_changes_nothing() -> None:
    assert value_of(variable("x", "ed", {"keyPath": "v"}, formatValue={})) == "{{ event.v }}"
    assert value_of(variable("x", "ed", {"keyPath": "v"}, formatValue={"caseConversionType": "NONE"})) == "{{ event.v }}"
    assert value_of(variable("x", "ed", {"keyPath": "v"}, formatValue="odd")) == "{{ event.v }}"


def test_a_constant_is_converted_now() -> None:
    found = variable("x", "c", {"value": "Brand"}, formatValue={"caseConversionType": "LOWERCASE"})
    assert entry_of(found) == "brand"


def test_a_tables_result_is_converted_where_it_is_read() -> None:
    rows = [{"key": "a", "value": "Basic"}]
    found = variable("x", "smm", {"input": "{{y}}", "map": rows}, formatValue={"caseConversionType": "LOWERCASE"})
    assert value_of(found, event_data("y", "plan")) == "{{ (var.x | lower) }}"
    assert entry_of(found, event_data("y", "plan")) == {"lookup": "{{ event.plan }}", "map": {"a": "Basic"}}


def test_what_a_conversion_needs_and_has_not_loses_the_variable() -> None:
    format = {"convertNullToValue": {"type": "TEMPLATE", "key": "convertNullToValue", "value": "{{lost}}"}}
    found = variable("x", "ed", {"keyPath": "v"}, formatValue=format)
    assert reasons_of(found, variable("lost", "fs")) == ("skipped", ["needs lost, which was not imported"])
