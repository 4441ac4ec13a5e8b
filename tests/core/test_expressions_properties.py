"""Whatever is written and whatever is sent: compiling raises ExpressionError only, evaluating raises nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.expressions import Expression, ExpressionError, compile_condition, compile_template
from core.expressions.values import LARGEST_NUMBER, LONGEST_TEXT
from core.undefined import UNDEFINED
from tests.core.anything import EVENTS, FILTER, SOURCES, VALUES, scope


def is_within_bounds(value: Any) -> bool:
    if type(value) in (int, float):
        return bool(-LARGEST_NUMBER <= value <= LARGEST_NUMBER)
    return type(value) is not str or len(value) <= LONGEST_TEXT


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(SOURCES, EVENTS, VALUES)
def test_evaluating_never_raises_and_never_gives_none(source: str, event: dict[str, Any], item: Any) -> None:
    seen = scope(event, item)
    with contextlib.suppress(ExpressionError):
        condition, template = compile_condition(source), compile_template(f"<{{{{ {source} }}}}>")
        assert condition.evaluate(seen) is not None
        text = template.evaluate(seen)
        assert text is UNDEFINED or isinstance(text, str)


@settings(max_examples=300)
@given(st.sampled_from(["+", "-", "*", "/", "//", "%"]), VALUES, VALUES)
def test_arithmetic_stays_within_bounds(operator: str, left: Any, right: Any) -> None:
    event = {"a": left, "b": right}

    assert is_within_bounds(compile_condition(f"event.a {operator} event.b").evaluate(scope(event, UNDEFINED)))


@settings(max_examples=400)
@given(FILTER.filter(lambda name: not name.startswith(("default", "first", "last"))), VALUES)
def test_every_filter_is_capped(name: str, value: Any) -> None:
    assert is_within_bounds(compile_condition(f"event.a | {name}").evaluate(scope({"a": value}, UNDEFINED)))


@settings(max_examples=300)
@given(VALUES, VALUES)
def test_comparisons_agree_with_each_other(left: Any, right: Any) -> None:
    seen = scope({"a": left, "b": right}, UNDEFINED)

    def holds(source: str) -> Any:
        return compile_condition(source).evaluate(seen)

    assert holds("event.a != event.b") is not holds("event.a == event.b")
    assert holds("event.a == event.b") is holds("event.b == event.a")
    assert holds("event.a < event.b") is holds("event.b > event.a")
    assert not (holds("event.a < event.b") and holds("event.a > event.b"))
    assert holds("event.a not in [event.b]") is not holds("event.a in [event.b]")
    assert not (left is None and (holds("event.a == event.b") or holds("event.a <= event.b")))


def mistake(compile_text: Callable[[str], Expression], text: str) -> ExpressionError | None:
    try:
        compile_text(text).evaluate(scope({}, UNDEFINED))
    except ExpressionError as error:
        return error
    return None


@settings(max_examples=500)
@given(st.text(alphabet="event.a|is'\"()[]{}%#-+*/~<=>!_0159,: \\\n٣é\ud800", max_size=40) | st.text(max_size=30))
@example("0٣.5")
@example("1__0")
@example("event.a is matching '\ud800'")
@example("{# ")
@example("{% raw %}")
def test_compiling_raises_nothing_but_its_own_error(text: str) -> None:
    for compile_text in (compile_condition, lambda text: compile_template(f"{{{{ {text} }}}}"), compile_template):
        error = mistake(compile_text, text)
        assert error is None or (str(error) and 0 <= (error.offset or 0) <= len(text) + 6)


@settings(max_examples=200)
@given(st.text(st.characters(exclude_characters="'", exclude_categories=["Cs"]), max_size=30))
def test_a_text_in_quotes_is_that_text(text: str) -> None:
    if "\r" not in text:
        assert compile_condition(f"'{text}'").evaluate(scope({}, UNDEFINED)) == text
