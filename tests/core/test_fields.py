"""What a value in the YAML may be, and what it is once it has been read."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from core.fields import Condition, Duration, KeyPath, Many, Size, Template, in_words
from core.secret import SealedText, SecretValue
from core.undefined import UNDEFINED
from tests.core.tiny import context

SCOPE = context({"event_name": "purchase", "value": 10, "items": [1, 2], "name": "${TOKEN} {{ event.value }}"}).on(
    {"event_name": "purchase", "value": 10, "items": [1, 2], "name": "${TOKEN} {{ event.value }}"}
)
TOKEN = SecretValue("TOKEN", "hunter2")


def read(kind: Any, value: Any) -> Any:
    return TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(("value", "expected"), [("a", ["a"]), (["a", "b"], ["a", "b"]), ([], [])])
def test_a_single_value_stands_for_a_list_of_one(value: Any, expected: list[str]) -> None:
    assert read(Many[str], value) == expected


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("500ms", 0.5),
        ("10s", 10),
        ("5m", 300),
        ("72h", 259_200),
        ("30d", 2_592_000),
        ("1.5 h", 5400),
        (" 10 S ", 10),
        (90, 90),
        (0.25, 0.25),
        (0, 0),
        ("90", 90),
    ],
)
def test_durations(value: Any, seconds: float) -> None:
    assert read(Duration, value) == seconds


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("1 B", 1),
        ("512 KiB", 524_288),
        ("1MiB", 1 << 20),
        ("16 GiB", 16 << 30),
        ("1 TiB", 1 << 40),
        ("1 kb", 1000),
        ("2 MB", 2_000_000),
        ("1 GB", 10**9),
        ("1.5 KiB", 1536),
        (1000, 1000),
        (0, 0),
        ("1000", 1000),
    ],
)
def test_sizes(value: Any, size: int) -> None:
    assert read(Size, value) == size


@pytest.mark.parametrize(
    "value", ["10 parsecs", "s", "-5s", "1e3s", "1,5s", "", None, True, [], {}, "10s 5m", "٣s", "9" * 13 + "s"]
)
@pytest.mark.parametrize(("kind", "example"), [(Duration, "10s"), (Size, "1 MiB")])
def test_what_is_no_quantity_is_refused_with_an_example(kind: Any, example: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=f"must be a number with a unit, such as .*{example}"):
        read(kind, value)


@pytest.mark.parametrize("kind", [Duration, Size])
@pytest.mark.parametrize("value", [-1, -1.5, float("nan")])
def test_a_quantity_is_not_negative(kind: Any, value: Any) -> None:
    with pytest.raises(ValidationError):
        read(kind, value)


@pytest.mark.parametrize("path", ["", "x" * 201, 5])
def test_what_is_no_key_path_is_refused(path: Any) -> None:
    with pytest.raises(ValidationError):
        read(KeyPath, path)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("plain", "plain"),
        (5, 5),
        (None, None),
        (True, True),
        ([1, {"a": "b"}], [1, {"a": "b"}]),
        ("a { b } }}", "a { b } }}"),
        ("{{ event.value }}", 10),
        ("{{ event.items }}", [1, 2]),
        ("<{{ event.value }}>", "<10>"),
        ("{{ event.missing }}", UNDEFINED),
        ("<{{ event.missing }}>", "<>"),
        ({"a": "{{ event.value }}", "b": "{{ event.missing }}", "c": 1}, {"a": 10, "c": 1}),
        (["{{ event.value }}", "{{ event.missing }}", 3], [10, 3]),
        ({"a": [{"b": "{{ event.value }}"}]}, {"a": [{"b": 10}]}),
        ({"a": {"b": "{{ event.missing }}"}}, {"a": {}}),
        ("{{ event.name }}", "${TOKEN} {{ event.value }}"),
    ],
)
def test_a_template_is_evaluated_to_any_depth(written: Any, value: Any) -> None:
    template = read(Template, written)
    assert template.evaluate(SCOPE) == value
    assert template.constant == ("event" not in str(written))


def test_a_template_keeps_its_secrets_sealed() -> None:
    sealed = SealedText(("Bearer ", TOKEN))
    assert Template(sealed).evaluate(SCOPE) is sealed
    assert Template(sealed).constant
    mixed = Template({"authorization": SealedText(("{{ event.value }} ", TOKEN))})
    assert not mixed.constant
    assert mixed.evaluate(SCOPE)["authorization"] == SealedText(("10 ", TOKEN))


def test_a_templates_expressions_can_be_listed() -> None:
    template = Template({"a": "{{ var.x }}", "b": ["{{ event.y }}", "plain"]})
    assert sorted(reference for each in template.expressions for reference in each.references) == [("event", "y"), ("var", "x")]


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("event.value > 1", True),
        (["event.value > 1", "event.value < 5"], False),
        ([], True),
        (True, True),
        ([True, False], False),
        ("event.missing", False),
    ],
)
def test_a_condition_holds_when_every_expression_is_true(when: Any, holds: bool) -> None:
    assert read(Condition, when).holds(SCOPE) == holds


def test_a_condition_or_template_that_has_been_read_stays_what_it_is() -> None:
    condition, template = Condition("true"), Template("{{ event.a }}")
    assert read(Condition, condition) is condition
    assert read(Template, template) is template


@pytest.mark.parametrize("value", ["event.", "{{ event.value }}", "event.value | uper", 5, None, ["event.value >"], {"a": 1}])
def test_what_is_no_condition_is_a_validation_error(value: Any) -> None:
    with pytest.raises(ValidationError) as raised:
        read(Condition, value)
    assert raised.value.errors()[0]["type"] == "condition"


@pytest.mark.parametrize("value", ["{{ event. }}", "{{ {{ }}", ["x", {"a": "{{ nobody.x }}"}]])
def test_what_is_no_template_is_a_validation_error(value: Any) -> None:
    with pytest.raises(ValidationError) as raised:
        read(Template, value)
    assert raised.value.errors()[0]["type"] == "expression"


def test_the_schemas_say_what_may_be_written() -> None:
    class Model(BaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True)
        template: Template
        when: Condition
        names: Many[str]
        wait: Duration
        size: Size

    properties = Model.model_json_schema()["properties"]
    assert "expressions" in properties["template"]["description"]
    assert {"type": ["string", "boolean"]} in properties["when"]["anyOf"]
    assert [each["type"] for each in properties["names"]["anyOf"]] == ["string", "array"]
    assert [each["type"] for each in properties["wait"]["anyOf"]] == ["string", "number"]
    assert [each["type"] for each in properties["size"]["anyOf"]] == ["string", "integer"]


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (Duration, 0.25, "250ms"),
        (Duration, 1, "1s"),
        (Duration, 90.0, "90s"),
        (Duration, 600.0, "10m"),
        (Duration, 3600.0, "1h"),
        (Duration, 259200.0, "3d"),
        (Duration, 0.0, "0"),
        (Duration | None, 5.0, "5s"),
        (list[Duration], 5.0, "5s"),
        (Size, 512, "512"),
        (Size, 1 << 10, "1 KiB"),
        (Size, 3 << 19, "1536 KiB"),
        (Size, 16 << 30, "16 GiB"),
        (float, 60.0, "60"),
        (int, 1 << 20, "1048576"),
        (None, 0.1, "0.1"),
    ],
)
def test_a_number_is_written_as_a_file_would_and_reads_back_as_the_same(kind: Any, value: float, words: str) -> None:
    assert in_words(value, kind) == words
    if kind in (Duration, Size):
        assert read(kind, words) == value
