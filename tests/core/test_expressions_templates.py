"""Texts with expressions in them."""

from __future__ import annotations

from typing import Any

import pytest

from core.context import Context, Scope
from core.expressions import ExpressionError, compile_condition, compile_template
from core.expressions.template import parts
from core.secret import SealedText, SecretValue
from core.types import Request
from core.undefined import UNDEFINED

EVENT: dict[str, Any] = {
    "n": 3.0,
    "word": "seven",
    "yes": True,
    "nothing": None,
    "list": [1, "a"],
    "evil": "{{ event.word }} ${TOKEN}",
    "longest": "x" * 65_536,
    "json": '{"a": "b"}',
}
TOKEN = SecretValue("TOKEN", "s3cret")


def scope() -> Scope:
    return Context(Request("r1", 0, "GET", "/"), "web", EVENT).on(EVENT)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        # one alone keeps the type of its value
        ("{{ event.n }}", 3.0),
        ("{{event.list}}", [1, "a"]),
        (" \n{{ event.yes }}  ", True),
        ("{{ 5 }}", 5),
        ("{{ event.missing }}", UNDEFINED),
        ("{{ event.nothing }}", UNDEFINED),
        ("{{ none }}", UNDEFINED),
        ("{{ event.longest }}", "x" * 65_536),
        # beside other things it becomes text
        ("n={{ event.n }}", "n=3"),
        ("{{ event.n }}{{ event.yes }}", "3true"),
        ("{{ event.word }} {{ event.n }} ", "seven 3 "),
        ("l={{ event.list }}", 'l=[1,"a"]'),
        ("[{{ event.missing }}|{{ event.nothing }}|{{ none }}]", "[||]"),
        ("{{ event.missing }}{{ event.missing }}", ""),
        ("{{ event.longest }}{{ event.longest }}", UNDEFINED),
        # what stands outside the braces stays as it is
        ("plain", "plain"),
        ("", ""),
        ("a\r\nb {{ 1 }} c\n", "a\r\nb 1 c\n"),
        ("}} {# {{ 1 }} #} %}", "}} {# 1 #} %}"),
        ('{"a":{"b":{{ event.n }}}}', '{"a":{"b":3}}'),
        (r"\d {{ event.word }} \1", r"\d seven \1"),
        # braces inside the expression
        ("x{{ '}}' ~ \"{{\" }}y", "x}}{{y"),
        ("x{{ 'it' ~ \"'}}'\" }}", "xit'}}'"),
        # what an event holds is never read as a template
        ("{{ event.evil }}", "{{ event.word }} ${TOKEN}"),
        ("a {{ event.evil }}", "a {{ event.word }} ${TOKEN}"),
    ],
)
def test_templates(source: str, value: Any) -> None:
    expression = compile_template(source)
    found = expression.evaluate(scope())

    assert (found, type(found)) == (value, type(value))
    assert expression.source == source


def test_references_and_warnings_of_every_expression_are_gathered() -> None:
    expression = compile_template("{{ event.a }} and {{ var.b if event.client_id > 1 }}")

    assert expression.references == {("event", "a"), ("var", "b"), ("event", "client_id")}
    assert expression.places["var", "b"] == expression.source.index("var.b")
    (warning,) = expression.warnings
    assert expression.source[warning.offset :].startswith("event.client_id > 1")


def test_what_is_named_twice_is_found_where_it_stands_first() -> None:
    assert compile_template("a {{ var.x }} {{ var.x }}").places == {("var", "x"): 5}


def test_places_beside_a_secret_count_its_mask() -> None:
    expression = compile_template(SealedText((TOKEN, " {{ var.x }} {{ event.client_id == 1 }}")))

    assert expression.source[expression.places["var", "x"] :].startswith("var.x")
    assert expression.source[expression.warnings[0].offset :].startswith("event.client_id")


def test_a_secret_beside_expressions_stays_sealed() -> None:
    expression = compile_template(SealedText(("Bearer ", TOKEN, "-{{ event.n }}-{{ var.x }}", TOKEN)))

    value = expression.evaluate(scope())

    assert isinstance(value, SealedText)
    assert value.reveal() == "Bearer s3cret-3-s3cret"
    assert expression.references == {("event", "n"), ("var", "x")}
    assert "s3cret" not in repr(expression) + expression.source + str(value)


def test_sealed_parts_are_texts_whatever_their_value() -> None:
    value = compile_template(SealedText(("{{ event.list }}", TOKEN, "{{ event.missing }}"))).evaluate(scope())

    assert value.reveal() == '[1,"a"]s3cret'


def test_a_sealed_text_that_gets_too_long_is_undefined() -> None:
    assert compile_template(SealedText((TOKEN, "{{ event.longest }}!"))).evaluate(scope()) is UNDEFINED


@pytest.mark.parametrize(
    ("sealed", "message"),
    [
        (("{{ '", TOKEN, "' }}"), "a secret cannot stand inside {{ }}: put it beside the expression"),
        (("{{ ", TOKEN, " }}"), "a secret cannot stand inside {{ }}: put it beside the expression"),
        ((TOKEN, "{{ event.n | uper }}"), "unknown filter 'uper', did you mean upper?"),
        ((TOKEN, "x" * 10_000), "a text with expressions may have 10000 characters, no more"),
    ],
)
def test_mistakes_beside_secrets(sealed: tuple[str | SecretValue, ...], message: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_template(SealedText(sealed))

    assert str(raised.value) == message
    assert (raised.value.offset is None) == ("no more" in message)


@pytest.mark.parametrize(
    ("source", "message", "offset"),
    [
        ("a {{ event.n", "{{ is never closed: write }} after the expression", 2),
        ("{{ 'a }}", "syntax error: the text that starts with ' has no end", 3),
        ("ab {{ }}", "there is nothing between {{ and }}", 5),
        ("{{- 1 }}", "{{- and -}} are not part of the language; for a minus, leave a space: {{ -1 }}", 2),
        ("{{ 1 -}}", "{{- and -}} are not part of the language; for a minus, leave a space: {{ -1 }}", 2),
        ("{{ 1 }} {% if x %}", "there are no {% %} blocks: write {{ a if condition else b }}", 8),
        ("{% if x %}{{ 1 }}", "there are no {% %} blocks: write {{ a if condition else b }}", 0),
        ("é {{ 1 }} {{ event.n | uper }}", "unknown filter 'uper', did you mean upper?", 23),
        ("{{ {'a': {'b': 1}} }}", "an object cannot be written in an expression: use a variable with lookup and map", 3),
        ("{{ 1 }}" * 2_000, "a text with expressions may have 10000 characters, no more", None),
    ],
)
def test_mistakes_say_what_and_where(source: str, message: str, offset: int | None) -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_template(source)

    assert (str(raised.value), raised.value.offset) == (message, offset)


def test_the_pieces_of_a_text_know_where_their_text_begins() -> None:
    found = [(part.text, part.expression, part.offset) for part in parts("a {{ b }}{{'}}'}}c")]

    assert found == [("a ", False, 0), (" b ", True, 4), ("'}}'", True, 11), ("c", False, 0)]


def test_evaluating_a_plain_true_or_false_condition() -> None:
    assert compile_condition(True).evaluate(scope()) is True
    assert compile_condition(False).evaluate(scope()) is False
    assert compile_condition(True).source == "true"
