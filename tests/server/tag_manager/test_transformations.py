"""Transformations: what they change, for which tags, under which conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.server.tag_manager.building import client, constant, event_data, importing, tag, template, told, variable, written

TAGS = [tag("A"), tag("B"), tag("Stub", type="sgtmflc"), tag("M", {}, "sgtmadsct")]
VARIABLES = [constant("brand", "Nordlicht"), event_data("ed", "plan"), constant("a token", "EAAInvented0123456789")]
COLUMNS = {
    "tf_allow_params": ("allowedParamsTable", "allowedParams"),
    "tf_exclude_params": ("excludedParamsTable", "excludedParams"),
}
EXCLUDE = {"excludedParamsTable": [{"excludedParams": "a"}]}
AUGMENT = {"augmentEventTable": [{"paramName": "a", "paramValue": "b"}]}


def lists(type: str, values: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An export with this transformation and some tags."""
    change = variable("C", type, values, **fields)
    return {
        "tag": TAGS,
        "variable": VARIABLES,
        "transformation": [change],
        "client": [client("GA4"), client("MP", "mpaw_client")],
    }


def made(type: str, values: dict[str, Any], **fields: Any) -> Any:
    """It in the file, without type and note; None where it is a comment."""
    found = written(**lists(type, values, **fields)).get("transformations") or {}
    return {key: value for key, value in found["c"].items() if key not in ("type", "note")} if "c" in found else None


def outcome(type: str, values: dict[str, Any], **fields: Any) -> tuple[str, Sequence[str]]:
    """Its status and reasons."""
    ((status, _, reasons),) = told(importing(**lists(type, values, **fields)), "transformation")
    return status, reasons


def names(*tags: str) -> list[dict[str, str]]:
    return [{"tagReference": name} for name in tags]


def when(*rows: tuple[str, str, str], joined: str = "") -> dict[str, Any]:
    """Conditions, all of which must hold."""
    table = [{"variableReference": left, "expressionType": kind, "expressionValue": right} for left, kind, right in rows]
    return {"matchingConditionsEnabled": True, "matchingConditionsTable": table, "booleanExpressionString": joined}


@pytest.mark.parametrize("type", COLUMNS)
class TestNames:
    """Of parameters that stay or go."""

    def test_they_are_as_they_were(self, type: str) -> None:
        table, column = COLUMNS[type]
        rows = [{column: name} for name in ("email", "user_data.address", "items.price", "x-ga-measurement_id", "email")]
        found = made(type, {"allTagsExcept": True, table: rows})
        assert found == {"parameters": ["email", "user_data.address", "items.price", "x-ga-measurement_id"]}
        assert outcome(type, {"allTagsExcept": True, table: rows}) == ("imported", [])

    def test_constants_are_put_in(self, type: str) -> None:
        table, column = COLUMNS[type]
        assert made(type, {"allTagsExcept": True, table: [{column: "{{brand}}"}]}) == {"parameters": ["Nordlicht"]}

    def test_what_depends_on_the_event_is_left_out(self, type: str) -> None:
        table, column = COLUMNS[type]
        values = {"allTagsExcept": True, table: [{column: "{{ed}}"}, {column: "a"}]}
        assert made(type, values) == {"parameters": ["a"]}
        why = "a row is left out: it depends on the event, and a plain text is needed"
        assert outcome(type, values) == ("approximated", [why])

    def test_without_a_row_it_is_a_comment(self, type: str) -> None:
        table, _ = COLUMNS[type]
        assert made(type, {"allTagsExcept": True, table: []}) is None
        assert outcome(type, {"allTagsExcept": True, table: []}) == ("skipped", ["no row of it has a translation"])


class TestAugmentations:
    """Values that are set."""

    def test_texts_and_expressions(self) -> None:
        rows = [
            {"paramName": "a", "paramValue": "b"},
            {"paramName": "user_data.city", "paramValue": "{{ed}}"},
            {"paramName": "c", "paramValue": "{{brand}} of {{ed}}"},
        ]
        assert made("tf_augment_event", {"allTagsExcept": True, "augmentEventTable": rows}) == {
            "parameters": {"a": "b", "user_data.city": "{{ event.plan }}", "c": "{{ var.brand }} of {{ event.plan }}"}
        }

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("{{gone}}", "a is left out: the export has no variable «gone»"),
            ("{{a token}}", "a is left out: a variable cannot hold a secret"),
            ("EAAInvented0123456789", "a is left out: a secret cannot stand there"),
        ],
    )
    def test_a_row_without_a_translation_is_left_out(self, value: str, reason: str) -> None:
        rows = [{"paramName": "a", "paramValue": value}, {"paramName": "b", "paramValue": "c"}]
        values = {"allTagsExcept": True, "augmentEventTable": rows}
        assert made("tf_augment_event", values) == {"parameters": {"b": "c"}}
        assert outcome("tf_augment_event", values) == ("approximated", [reason])

    def test_without_a_row_that_is_left_it_is_a_comment(self) -> None:
        rows = [{"paramName": "a", "paramValue": "{{gone}}"}]
        values = {"allTagsExcept": True, "augmentEventTable": rows}
        assert outcome("tf_augment_event", values) == ("skipped", ["no row of it has a translation"])


@pytest.mark.parametrize(
    ("values", "expected", "reasons"),
    [
        ({"allTagsExcept": True}, {}, []),
        ({"allTagsExcept": True, "affectedTags": names("A")}, {"except": ["a"]}, []),
        ({"allTagsExcept": True, "affectedTags": names("A", "Stub")}, {"except": ["a"]}, []),
        ({"allTagsExcept": True, "affectedTags": names("Stub")}, {}, []),
        (
            {"allTagsExcept": True, "affectedTagTypes": [{"tagType": "sgtmgaaw", "tagTypeExceptions": names("A")}]},
            {"except": ["b"]},
            [],
        ),
        ({"affectedTags": names("A")}, {"tags": ["a"]}, []),
        ({"affectedTags": names("B", "A", "B")}, {"tags": ["b", "a"]}, []),
        ({"affectedTags": names("A", "Stub")}, {"tags": ["a"]}, []),
        ({"affectedTags": names(" A ")}, {"tags": ["a"]}, []),
        ({"affectedTags": names("A", "Gone")}, {"tags": ["a"]}, ["the export has no tag «Gone»"]),
        ({"affectedTagTypes": [{"tagType": "sgtmgaaw"}]}, {"tags": ["a", "b"]}, []),
        ({"affectedTagTypes": [{"tagType": "sgtmgaaw"}, {"tagType": "sgtmflc"}]}, {"tags": ["a", "b"]}, []),
        ({"affectedTagTypes": [{"tagType": "sgtmgaaw", "tagTypeExceptions": names("A")}]}, {"tags": ["b"]}, []),
        ({"affectedTags": names("A"), "affectedTagTypes": [{"tagType": "sgtmgaaw"}]}, {"tags": ["a", "b"]}, []),
        ({}, {}, ["names no tag: works for all"]),
        ({"affectedTags": [], "affectedTagTypes": []}, {}, ["names no tag: works for all"]),
    ],
)
def test_which_tags_it_is_for(values: dict[str, Any], expected: dict[str, Any], reasons: Sequence[str]) -> None:
    assert made("tf_exclude_params", {**EXCLUDE, **values}) == {"parameters": ["a"], **expected}
    assert outcome("tf_exclude_params", {**EXCLUDE, **values}) == ("approximated" if reasons else "imported", reasons)


@pytest.mark.parametrize(
    "values",
    [
        {"affectedTags": names("Stub")},
        {"affectedTags": names("Gone")},
        {"affectedTagTypes": [{"tagType": "sgtmflc"}]},
        {"affectedTagTypes": [{"tagType": "none"}]},
        {"affectedTagTypes": [{"tagType": "sgtmgaaw", "tagTypeExceptions": names("A", "B")}]},
    ],
)
def test_where_none_of_its_tags_is_there_it_is_a_comment(values: dict[str, Any]) -> None:
    assert made("tf_exclude_params", {**EXCLUDE, **values}) is None
    assert outcome("tf_exclude_params", {**EXCLUDE, **values}) == ("skipped", ["none of its tags was imported"])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("{{Event Name}}", "EQUALS", "purchase")], "event.event_name == 'purchase'"),
        ([("{{Event Name}}", "REGEX", "^(a|b)$")], "event.event_name is matching '^(a|b)$'"),
        ([("{{ed}}", "CONTAINS", "pro")], "event.plan is containing 'pro'"),
        ([("{{ed}}", "GREATER_OR_EQUAL", "5")], "(event.plan | number) >= 5"),
        ([("{{ed}}", "LESS", "5")], "(event.plan | number) < 5"),
        ([("{{Client Name}}", "EQUALS", "GA4")], "client == 'ga4'"),
        ([("{{Client Name}}", "REGEX", "GA4|MP")], "client in ['ga4', 'mp']"),
        ([("{{Client Name}}", "EQUALS", "Gone")], "client == 'gone'"),
        (
            [("{{Event Name}}", "EQUALS", "a"), ("{{ed}}", "EQUALS", "pro")],
            ["event.event_name == 'a'", "event.plan == 'pro'"],
        ),
        ([], None),
    ],
)
@pytest.mark.parametrize(("type", "values"), [("tf_exclude_params", EXCLUDE), ("tf_augment_event", AUGMENT)])
def test_conditions(type: str, values: dict[str, Any], rows: list[tuple[str, str, str]], expected: Any) -> None:
    assert made(type, {"allTagsExcept": True, **values, **when(*rows)}).get("when") == expected


def test_conditions_that_are_switched_off_do_not_count() -> None:
    values = {**EXCLUDE, "allTagsExcept": True, **when(("{{ed}}", "EQUALS", "a")), "matchingConditionsEnabled": False}
    assert "when" not in made("tf_exclude_params", values)


@pytest.mark.parametrize(
    ("conditions", "reason"),
    [
        (when(("{{ed}}", "EQUALS", "a"), joined="1 OR 2"), "conditions joined by an expression of their own"),
        (when(("{{gone}}", "EQUALS", "a")), "the export has no variable «gone»"),
        (when(("{{ed}}", "NEARLY", "a")), "the operator NEARLY is not one of a server container"),
        (when(("{{ed}}", "EQUALS", "EAAInvented0123456789")), "a secret cannot stand there"),
    ],
)
class TestConditionsThatAreLost:
    """An exclusion works always, an augmentation never."""

    def test_an_exclusion_works_always(self, conditions: dict[str, Any], reason: str) -> None:
        values = {**EXCLUDE, "allTagsExcept": True, **conditions}
        assert made("tf_exclude_params", values) == {"parameters": ["a"]}
        why = f"works always: its condition cannot be written: {reason}"
        assert outcome("tf_exclude_params", values) == ("approximated", [why])

    def test_an_allowance_works_always(self, conditions: dict[str, Any], reason: str) -> None:
        values = {"allowedParamsTable": [{"allowedParams": "a"}], "allTagsExcept": True, **conditions}
        assert made("tf_allow_params", values) == {"parameters": ["a"]}
        assert outcome("tf_allow_params", values)[0] == "approximated"
        del reason

    def test_an_augmentation_is_a_comment(self, conditions: dict[str, Any], reason: str) -> None:
        values = {**AUGMENT, "allTagsExcept": True, **conditions}
        assert made("tf_augment_event", values) is None
        assert outcome("tf_augment_event", values) == ("skipped", [f"its condition cannot be written: {reason}"])


@pytest.mark.parametrize(
    ("priority", "expected"),
    [
        ({"type": "INTEGER", "value": "5"}, 5),
        ({"value": "-3"}, -3),
        (7, 7),
        ("8", 8),
        ({"value": "0"}, None),
        ({"value": "soon"}, None),
        (None, None),
    ],
)
def test_priorities(priority: Any, expected: int | None) -> None:
    assert made("tf_exclude_params", {**EXCLUDE, "allTagsExcept": True}, priority=priority).get("priority") == expected


@pytest.mark.parametrize(
    ("type", "reason"),
    [
        ("tf_new", "no transformation for the transformation type tf_new"),
        ("cvt_1_90", "no transformation for example-agency/enricher"),
        ("cvt_1_99", "no transformation for cvt_1_99, which the export does not contain"),
    ],
)
def test_unknown_ones_are_comments_with_their_own_settings(type: str, reason: str) -> None:
    change = variable("C", type, {"mode": "full", "allTagsExcept": True, "matchingConditionsEnabled": False})
    made = importing(tag=TAGS, transformation=[change], customTemplate=[template("Enricher", "example-agency/enricher")])
    assert told(made, "transformation") == [("skipped", "c", [reason])]
    assert f"  # -- {reason}\n  #c:\n  #  type: unknown\n  #  note: C\n  #  settings: {{mode: full}}\n" in made.text


def test_the_note_says_its_name() -> None:
    file = written(**lists("tf_exclude_params", {**EXCLUDE, "allTagsExcept": True}, notes="why"))
    assert file["transformations"]["c"]["note"] == "C: why"


def test_what_a_transformation_needs_is_live() -> None:
    file = written(
        **lists(
            "tf_augment_event",
            {"allTagsExcept": True, "augmentEventTable": [{"paramName": "a", "paramValue": "{{brand}}"}]},
        )
    )
    assert file["variables"] == {"brand": "Nordlicht"}


def test_what_only_a_comment_needs_is_a_comment() -> None:
    values = {"affectedTags": names("Stub"), "augmentEventTable": [{"paramName": "a", "paramValue": "{{brand}}"}]}
    made = importing(**lists("tf_augment_event", values))
    assert "#variables:\n  # -- only what is a comment uses it\n  #brand: Nordlicht\n" in made.text
