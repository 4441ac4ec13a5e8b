"""Keys of the file, and texts as what stands for them."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis import given as given_by
from hypothesis import strategies as st

from core.context import Context
from core.expressions import compile_condition, compile_template
from core.types import Request
from server.tag_manager import literals
from server.tag_manager.export import Entity
from server.tag_manager.names import LONGEST, Naming, constant_name, key_of

often = settings(
    max_examples=200, deadline=None, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck)
)
NOTHING = Context(Request("", 0, "", ""), "", {}).on({})
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=20) | st.text(
    "'\"${}% a~|\\", max_size=12
)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("GA4", "ga4"),
        ("GA4 - Purchase", "ga4_purchase"),
        ("  a  -  b  ", "a_b"),
        ("Größe & Maß — 1°", "grosse_mass_1"),
        ("Ærø Łódź đ ø", "aero_lodz_d_o"),
        ("Éé", "ee"),
        ("ﬁne", "fine"),
        ("50% off", "trigger_50_off"),
        ("購入", "trigger_11"),
        ("🛒", "trigger_11"),
        ("", "trigger_11"),
        ("_a_", "a"),
        ("x" * 90, "x" * LONGEST),
        ("const - a", "const_a"),
        ("true", "true"),
    ],
)
def test_a_name_gives_a_key(name: str, key: str) -> None:
    assert key_of(name, "trigger", "11") == key


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("const - brand", "brand"),
        ("constant - brand", "brand"),
        ("c - brand", "brand"),
        ("Const-Brand", "Brand"),
        ("CONSTANT -brand", "brand"),
        ("brand", "brand"),
        ("constable", "constable"),
        ("c", "c"),
        ("const - ", "const - "),
    ],
)
def test_a_constant_need_not_say_that_it_is_one(name: str, rest: str) -> None:
    assert constant_name(name) == rest


def entity(name: str, kind: str = "trigger", type: str = "ALWAYS", id: str = "1") -> Entity:
    return Entity(kind, id, name, type, {})


def test_a_key_that_is_taken_gets_a_number() -> None:
    naming = Naming(str)
    assert [naming.of("triggers", entity(name)) for name in ("a-b", "a b", "A  B")] == ["a_b", "a_b_2", "a_b_3"]


def test_sections_do_not_compete() -> None:
    naming = Naming(str)
    assert naming.take("tags", "ga4") == "ga4"
    assert naming.take("clients", "ga4") == "ga4"
    assert naming.take("clients", "ga4") == "ga4_2"


@pytest.mark.parametrize(
    ("section", "kind", "keys"),
    [
        ("triggers", "trigger", ["all_trigger", "all_trigger_2"]),
        ("tags", "tag", ["all_tag", "all_tag_2"]),
        ("clients", "client", ["all", "all_2"]),
        ("variables", "variable", ["all", "all_2"]),
    ],
)
def test_all_is_built_in_for_tags_and_triggers(section: str, kind: str, keys: list[str]) -> None:
    naming = Naming(str)
    assert [naming.of(section, entity("All", kind)) for _ in keys] == keys


def test_a_constants_key_is_of_its_name_alone() -> None:
    naming = Naming(str)
    assert naming.of("variables", entity("const - brand", "variable", "c")) == "brand"
    assert naming.of("variables", entity("const - brand", "variable", "ed")) == "const_brand"
    assert naming.of("variables", entity("const - 変数", "variable", "c", "45")) == "variable_45"


@often
@given_by(st.text(max_size=80), st.sampled_from(["tag", "trigger", "client"]), st.integers(1, 99).map(str))
def test_every_key_is_one(name: str, kind: str, id: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", key_of(name, kind, id))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("a", [(False, "a")]),
        ("{{x}}", [(True, "x")]),
        ("{{ x }}", [(True, "x")]),
        ("a {{x}} b {{y}}", [(False, "a "), (True, "x"), (False, " b "), (True, "y")]),
        ("{{x}}{{y}}", [(True, "x"), (True, "y")]),
        ("{{ open", [(False, "{{ open")]),
        ("}} {{x}}", [(False, "}} "), (True, "x")]),
        ("{{}}", [(False, "{{}}")]),
    ],
)
def test_a_text_has_parts(text: str, parts: list[tuple[bool, str]]) -> None:
    assert list(literals.parts(text)) == parts


@pytest.mark.parametrize(
    ("text", "name"),
    [("{{x}}", "x"), ("{{ a b }}", "a b"), ("x", None), ("", None), (" {{x}}", None), ("{{x}}{{y}}", None)],
)
def test_one_reference_may_stand_alone(text: str, name: str | None) -> None:
    assert literals.lone_reference(text) == name


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", "'plain'"),
        ("it's", '"it\'s"'),
        ('"', "'\"'"),
        ('it\'s "so"', '("it" ~ "\'" ~ \'s "so"\')'),
        ("${A}", "('$' ~ '{A}')"),
        ("", "''"),
    ],
)
def test_a_literal_of_an_expression_has_no_escapes(text: str, written: str) -> None:
    assert literals.in_expression(text).replace("'it'", '"it"') == written


@often
@given_by(TEXTS)
def test_a_literal_is_worth_its_text_in_an_expression(text: str) -> None:
    expression = literals.in_expression(text)
    assert "${" not in expression
    assert compile_condition(expression).evaluate(NOTHING) == text


@often
@given_by(TEXTS)
def test_a_literal_is_worth_its_text_in_a_template(text: str) -> None:
    assume(text == text.strip())  # blanks beside one expression alone are none of its value
    template = literals.in_template(text).replace("$${", "${")
    assert compile_template(template).evaluate(NOTHING) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A  B", "A  B"),
        ("one\ntwo", "one two"),
        ("one \r\n  two", "one two"),
        (" around ", "around"),
        ("tab\there", "tab here"),
        ("esc\x1b[31m", "esc [31m"),
        ("line\u2028break", "line break"),
        ("値 🛒", "値 🛒"),
    ],
)
def test_what_is_said_is_one_line(text: str, line: str) -> None:
    assert literals.spoken(text) == line


@pytest.mark.parametrize(
    ("text", "written"),
    [("a", "a"), ("${A}", "$${A}"), ("{{ a", "{{ a"), ("{{ ${A}", "{{ $ {A}"), ("{{x}} ${", "{{x}} $ {")],
)
def test_a_text_that_is_taken_as_it_is_names_no_secret(text: str, written: str) -> None:
    assert literals.as_written(text) == written


@pytest.mark.parametrize(
    "text", ["{{", "{{}}", "{{}}}}", "{{{a}}}", "{{a}}{{b}}", "{{ {{a}} }}", "}}{{", "a{{b\n}}c", "{{a}", "{{a}}}}", "{{{{{{"]
)
def test_references_are_where_a_pattern_finds_them(text: str) -> None:
    found = [match[1].strip() for match in re.finditer(r"\{\{(.+?)\}\}", text, re.DOTALL)]
    assert [piece for is_name, piece in literals.parts(text) if is_name] == found
    assert literals.has_reference(text) is bool(found)


def test_a_text_that_opens_and_never_closes_takes_no_longer_than_others() -> None:
    assert list(literals.parts("{{" * 500_000)) == [(False, "{{" * 500_000)]
