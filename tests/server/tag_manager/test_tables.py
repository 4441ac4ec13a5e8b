"""Look-up tables, RegEx tables, and variables that are made of the gallery's templates."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.tag_manager.building import (
    Json,
    constant,
    entry_of,
    event_data,
    importing,
    reasons_of,
    tag,
    template,
    told,
    value_of,
    variable,
    written,
)

OTHERS = (event_data("y", "plan"), constant("brand", "Main"), variable("lost", "fs"))
NO_DATABASE = "no database lookups (a table in a file: `file`, `key`, `value`)"


def lookup(*rows: tuple[str, str], **values: Json) -> Json:
    """A look-up table of the event's plan."""
    table = [{"key": key, "value": value} for key, value in rows]
    return variable("x", "smm", {"input": "{{y}}", "map": table, **values})


def patterns(*rows: tuple[str, str], **values: Json) -> Json:
    """A RegEx table of the event's plan."""
    table = [{"key": key, "value": value} for key, value in rows]
    return variable("x", "remm", {"input": "{{y}}", "map": table, **values})


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("a", "Basic")], {"a": "Basic"}),
        ([("1", "One"), ("true", "Yes")], {"1": "One", "true": "Yes"}),
        ([("a", "{{y}}")], {"a": "{{ event.plan }}"}),
        ([("a", "{{brand}} Pro")], {"a": "{{ var.brand }} Pro"}),
        ([("a", "${X} {% b")], {"a": "$${X} {{ '{%' }} b"}),
        ([("", "empty")], {"": "empty"}),
        ([("a", "first"), ("a", "second")], {"a": "first"}),
        ([("{{y}}", "dynamic"), ("a", "b")], {"a": "b"}),
        ([("{{brand}}", "constant"), ("a", "b")], {"a": "b"}),
        ([("a", "{{lost}}"), ("b", "c")], {"b": "c"}),
        ([("${X}", "no"), ("b", "c")], {"b": "c"}),
    ],
)
def test_a_table_goes_from_key_to_result(rows: Any, expected: Any) -> None:
    assert entry_of(lookup(*rows), *OTHERS) == {"lookup": "{{ event.plan }}", "map": expected}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"setDefaultValue": True, "defaultValue": "Unknown"}, "Unknown"),
        ({"setDefaultValue": True, "defaultValue": "{{y}}"}, "{{ event.plan }}"),
        ({"setDefaultValue": True}, ""),
        ({"setDefaultValue": False, "defaultValue": "Unknown"}, None),
    ],
)
def test_a_table_may_have_a_default(values: Any, expected: Any) -> None:
    assert entry_of(lookup(("a", "b"), **values), *OTHERS).get("default") == expected
    assert entry_of(patterns(("a", "b"), **values), *OTHERS).get("default") == expected


@pytest.mark.parametrize(
    ("found", "reasons"),
    [
        (lookup(("a", "first"), ("a", "second")), ["'a' stands twice: the first counts"]),
        (lookup(("{{y}}", "b")), ["a row is left out: its key is an expression"]),
        (lookup(("{{brand}}", "b")), ["a row is left out: its key is an expression"]),
        (lookup(("${X}", "b")), ["the row '${X}' is left out: a key cannot hold ${"]),
        (lookup(("a", "{{lost}}")), [f"the row 'a' is left out: {NO_DATABASE}"]),
        (lookup(("a", "{{gone}}")), ["the row 'a' is left out: the export has no variable «gone»"]),
        (
            lookup(("a", "b"), setDefaultValue=True, defaultValue="{{lost}}"),
            [f"its default is left out: {NO_DATABASE}"],
        ),
        (
            patterns(("a(?=b)", "c"), ("d", "e")),
            ["a row is left out: RE2 has no look-ahead, look-behind and back-references"],
        ),
        (patterns(("a", "{{lost}}"), ("d", "e")), [f"a result is left out: {NO_DATABASE}"]),
        (
            patterns(("a", "{{y}}"), setDefaultValue=True, defaultValue="{{lost}}"),
            [f"its default is left out: {NO_DATABASE}"],
        ),
        (
            patterns(("^/p/(.*)", "$1"), replaceAfterMatch=True),
            ["the result replaces all of the text, not what was found in it"],
        ),
    ],
)
def test_what_is_not_in_the_table_is_said(found: Json, reasons: list[str]) -> None:
    assert reasons_of(found, *OTHERS) == ("approximated", reasons)


@pytest.mark.parametrize(
    ("flags", "pattern"),
    [
        ({}, "shop"),
        ({"fullMatch": True}, "^(?:shop)$"),
        ({"ignoreCase": True}, "(?i)shop"),
        ({"fullMatch": True, "ignoreCase": True}, "(?i)^(?:shop)$"),
        ({"fullMatch": False, "ignoreCase": False}, "shop"),
    ],
)
def test_a_pattern_may_have_to_fit_all_and_in_any_case(flags: Any, pattern: str) -> None:
    found = patterns(("shop", "german"), **flags)
    assert entry_of(found, *OTHERS) == {"regex": "{{ event.plan }}", "map": {pattern: "german"}}
    assert reasons_of(found, *OTHERS) == ("imported", [])


@pytest.mark.parametrize(
    ("pattern", "result", "expected"),
    [
        ("^/p/(.*)", "product $1", r"product \1"),
        ("^(a)(b)$", "$2$1", r"\2\1"),
        ("^(a)$", "$12", r"\12"),
        ("^a$", "$1", "$1"),
        ("^(a)$", "$2", "$2"),
        ("^a$", "$&!", r"\0!"),
        ("^a$", "5$$", "5$"),
        ("^a$", "plain", "plain"),
    ],
)
def test_groups_of_the_pattern_may_stand_in_the_result(pattern: str, result: str, expected: str) -> None:
    found = patterns((pattern, result), replaceAfterMatch=True, fullMatch=True)
    assert entry_of(found, *OTHERS)["map"] == {f"^(?:{pattern})$": expected}
    assert reasons_of(found, *OTHERS) == ("imported", [])


def test_without_the_flag_a_group_is_a_text() -> None:
    assert entry_of(patterns(("(a)", "$1")), *OTHERS)["map"] == {"(a)": "$1"}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (patterns(("^gold", "{{y}}")), "event.plan if event.plan is matching '^gold' else none"),
        (
            patterns(("^gold", "{{y}}"), ("silver", "second")),
            "event.plan if event.plan is matching '^gold' else 'second' if event.plan is matching 'silver' else none",
        ),
        (
            patterns(("^gold", "{{brand}}"), setDefaultValue=True, defaultValue="other"),
            "var.brand if event.plan is matching '^gold' else 'other'",
        ),
        (patterns(("^gold", "a {{y}}")), "('a ' ~ event.plan) if event.plan is matching '^gold' else none"),
        (patterns(("^gold", r"back\1")), r"'back\1' if event.plan is matching '^gold' else none"),
        (patterns(("^gold", "{{ open")), "'{{ open' if event.plan is matching '^gold' else none"),
        (patterns(("^gold", "{{lost}}")), "none if event.plan is matching '^gold' else none"),
    ],
)
def test_results_that_are_more_than_texts_make_a_chain(found: Json, expected: str) -> None:
    assert entry_of(found, *OTHERS) == f"{{{{ {expected} }}}}"


TEMPLATES = (
    template("Advanced Lookup Table", "stape-io/advanced-lookup-table-variable", "1"),
    template("URL Parser", "gtm-templates-simo-ahava/url-parser", "2"),
    template("sha256 Hasher", "gtm-templates-simo-ahava/sha256-hasher", "3"),
    template("Object Property Extractor", "stape-io/object-property-extractor-variable", "4"),
    template("Consent", "analytics-engineers/gtm-server-variable-google-consent-mode-check", "5"),
)


def of_template(id: int, values: Any) -> Json:
    """What ``{{x}}``, which is made of a template, is worth: its entry, or where it is read."""
    rows = [{"fieldName": "p", "value": "{{x}}"}]
    file = written(
        variable=[variable("x", f"cvt_1_{id}", values), *OTHERS],
        customTemplate=TEMPLATES,
        tag=[tag(values={"eventParameters": rows})],
    )
    read = file["tags"]["tag"].get("parameters", {}).get("set", {}).get("p")
    return file["variables"]["x"] if read == "{{ var.x }}" else read


@pytest.mark.parametrize(
    ("rule", "right", "expected"),
    [
        ("equals", "a", "event.plan == 'a'"),
        ("doesNotEqual", "a", "event.plan != 'a'"),
        ("contains", "gold", "event.plan is containing 'gold'"),
        ("doesNotContain", "gold", "not (event.plan is containing 'gold')"),
        ("startsWith", "gold", "event.plan is starting_with 'gold'"),
        ("doesNotStartWith", "gold", "not (event.plan is starting_with 'gold')"),
        ("endsWith", "gold", "event.plan is ending_with 'gold'"),
        ("doesNotEndWith", "gold", "not (event.plan is ending_with 'gold')"),
        ("matchesRegEx", "^gold", "event.plan is matching '^gold'"),
        ("matchesRegExIgnoreCase", "^gold", "event.plan is matching '(?i)^gold'"),
        ("doesNotMatchRegEx", "^gold", "not (event.plan is matching '^gold')"),
        ("doesNotMatchRegExIgnoreCase", "^gold", "not (event.plan is matching '(?i)^gold')"),
        ("lessThan", "5", "(event.plan | number) < 5"),
        ("lessThanOrEqualTo", "5", "(event.plan | number) <= 5"),
        ("greaterThan", "5", "(event.plan | number) > 5"),
        ("greaterThanOrEqualTo", "5", "(event.plan | number) >= 5"),
    ],
)
def test_a_rule_of_the_advanced_table_is_a_condition(rule: str, right: str, expected: str) -> None:
    row = {"inputOne": "{{y}}", "rule": rule, "inputTwo": right, "output": "out"}
    assert of_template(1, {"table": [row]}) == f"{{{{ 'out' if {expected} else none }}}}"


def test_rows_of_the_advanced_table_are_asked_in_their_order() -> None:
    rows = [
        {"inputOne": "{{y}}", "rule": "equals", "inputTwo": "a", "output": "{{brand}}"},
        {"inputOne": "{{y}}", "rule": "equals", "inputTwo": "b", "output": "{{lost}}"},
        {"inputOne": "{{y}}", "rule": "sounds like", "inputTwo": "b", "output": "c"},
    ]
    values = {"table": rows, "setDefaultValue": True, "defaultValue": "{{y}}"}
    expected = "{{ var.brand if event.plan == 'a' else none if event.plan == 'b' else event.plan }}"
    assert of_template(1, values) == expected
    status, reasons = reasons_of(variable("x", "cvt_1_1", values), *OTHERS, templates=TEMPLATES)
    assert status == "approximated"
    assert reasons == [
        f"a result is left out: {NO_DATABASE}",
        "a row is left out: the operator sounds like is not one of a server container",
    ]


@pytest.mark.parametrize(
    ("id", "values", "expected"),
    [
        (2, {"componentType": "query", "queryKey": "utm_source"}, "{{ event.page_location | url_query('utm_source') }}"),
        (2, {"componentType": "hostName", "urlSource": "default_page_location"}, "{{ event.page_location | url_host }}"),
        (2, {"componentType": "path", "urlSource": "{{y}}"}, "{{ event.plan | url_path }}"),
        (2, {"componentType": "fullUrl"}, "{{ event.page_location }}"),
        (2, {"componentType": "fullUrl", "urlSource": "{{y}}"}, "{{ event.plan }}"),
        (2, {"componentType": "hostName", "urlSource": "https://{{y}}/"}, "{{ ('https://' ~ event.plan ~ '/') | url_host }}"),
        (3, {"input": "{{y}}", "encoding": "hex"}, "{{ event.plan | sha256 }}"),
        (3, {"input": "{{brand}}"}, "{{ var.brand | sha256 }}"),
        (4, {"object_var": "{{y}}", "object_property": "items.0.x-y"}, "{{ event.plan.items[0]['x-y'] }}"),
        (5, {"consentType": "ad_storage"}, "{{ 'granted' if consent.ad_storage == 'granted' else 'denied' }}"),
    ],
)
def test_a_template_of_the_gallery_is_an_expression(id: int, values: Any, expected: str) -> None:
    assert of_template(id, values) == expected


@pytest.mark.parametrize(
    ("id", "values", "reason"),
    [
        (2, {"componentType": "fragment"}, "no filter for the part fragment of a URL"),
        (2, {"componentType": "query", "queryKey": "{{y}}"}, "it depends on the event, and a plain text is needed"),
        (2, {"componentType": "path", "urlSource": "{{lost}}"}, "needs lost, which was not imported"),
        (3, {"input": "{{lost}}"}, "needs lost, which was not imported"),
        (3, {"input": "{{y}}", "encoding": "base64"}, "no filter for SHA-256 in base64"),
        (4, {"object_var": "{{gone}}"}, "the export has no variable «gone»"),
        (4, {"object_var": "{{y}}", "object_property": "{{y}}"}, "it depends on the event, and a plain text is needed"),
        (5, {"consentType": "functionality_storage"}, "no consent type functionality_storage"),
        (5, {"consentType": "{{y}}"}, "it depends on the event, and a plain text is needed"),
        (6, {}, "no variable for cvt_1_6, which the export does not contain"),
    ],
)
def test_what_a_template_asks_and_has_no_translation_says_why(id: int, values: Any, reason: str) -> None:
    found = variable("x", f"cvt_1_{id}", values)
    assert reasons_of(found, *OTHERS, templates=TEMPLATES) == ("skipped", [reason])
    assert of_template(id, values) is None


def test_www_stays_and_that_is_said() -> None:
    found = variable("x", "cvt_1_2", {"componentType": "hostName", "stripWww": True})
    assert reasons_of(found, templates=TEMPLATES) == ("approximated", ["www. stays"])


def test_a_known_template_is_imported_where_it_is_used() -> None:
    made = importing(variable=[variable("x", "cvt_1_3", {"input": "a"})], customTemplate=TEMPLATES[:3])
    assert told(made, "template") == [
        ("unused", None, ["nothing uses it"]),
        ("unused", None, ["nothing uses it"]),
        ("imported", None, []),
    ]


def test_a_table_reads_what_is_computed() -> None:
    defaulted = variable("d", "ed", {"keyPath": "a", "setDefaultValue": True, "defaultValue": "b"})
    assert value_of(variable("x", "smm", {"input": "{{d}}"}), defaulted) == "{{ var.x }}"
    assert entry_of(variable("x", "smm", {"input": "{{d}}"}), defaulted) == {"lookup": "{{ var.d }}", "map": {}}
