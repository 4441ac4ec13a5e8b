"""Whatever is written and whatever is sent: compiling raises ExpressionError only, evaluating raises nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.context import Context, Scope, Surroundings
from core.expressions import Expression, ExpressionError, compile_condition, compile_template
from core.expressions.filters import FILTERS
from core.expressions.values import LARGEST_NUMBER, LONGEST_TEXT
from core.types import Request
from core.undefined import UNDEFINED

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**30), max_value=10**30)
    | st.floats()
    | st.text(alphabet=st.characters(), max_size=12)
    | st.sampled_from(["", "1", "-2.5", "1e5", "https://a.b/c?d=e#f", "203.0.113.7", "\ud800", "x" * 70_000, 10**400])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=8
)
NAMES = ["a", "b", "c", "page_location", "items"]
EVENTS = st.dictionaries(st.sampled_from(NAMES), VALUES)

ATOMS = st.sampled_from(
    [
        *[f"event.{name}" for name in NAMES],
        *[
            "event.page_path",
            "event.a.b",
            "event.items[0].a",
            "original.a",
            "item",
            "item.b",
            "var.v",
            "var.list",
            "env.E",
            "client",
        ],
        *[
            "request.ip",
            "request.query.x",
            "request.time",
            "consent.ad_storage",
            "user.email",
            "user_properties.x",
            "ga.client_id",
        ],
        *["0", "1", "2.5", "999999999999999999", "'a'", "''", "'1'", "true", "none", "['a', 1]", "[event.a, event.b]", "event"],
    ]
)
BINARY = st.sampled_from(["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in", "not in"])
FILTER = st.sampled_from([entry.example or name for name, entry in FILTERS.items()])
ARGUED = st.sampled_from(["default", "join", "split", "url_query", "round", "truncate", "bucket"])
STATE = st.sampled_from(["defined", "empty", "matching 'a|1'", "matching ['^a', 'b']", "in_network '0.0.0.0/0'"])
ARGUED_TEST = st.sampled_from(["starting_with", "ending_with", "containing", "in_network"])


def composed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.builds("({} {} {})".format, inner, BINARY, inner)
        | st.builds("({} if {} else {})".format, inner, inner, inner)
        | st.builds("(not {})".format, inner)
        | st.builds("(-{})".format, inner)
        | st.builds("({} | {})".format, inner, FILTER)
        | st.builds("({} | {}({}))".format, inner, ARGUED, inner)
        | st.builds("({} is {})".format, inner, STATE)
        | st.builds("({} is not {} [{}, {}])".format, inner, ARGUED_TEST, inner, inner)
        | st.builds("{}[{}]".format, st.sampled_from(["event", "event.a", "var.list", "item"]), inner)
    )


SOURCES = st.recursive(ATOMS, composed, max_leaves=8)


def scope(event: dict[str, Any], item: Any) -> Scope:
    variables = {"v": lambda scope: scope.event.get("b"), "list": lambda _: ["203.0.113.0/24", "a", 1]}
    surroundings = Surroundings({"E": "e"}, variables, {"user": lambda *_: {"email": "a@b.c"}})
    return Scope(event, Context(Request("r", 1, "GET", "/", ip="::1"), "web", event, 0, surroundings), item)


def is_within_bounds(value: Any) -> bool:
    if type(value) in (int, float):
        return bool(-LARGEST_NUMBER <= value <= LARGEST_NUMBER)
    return type(value) is not str or len(value) <= LONGEST_TEXT


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SOURCES, EVENTS, VALUES)
def test_evaluating_never_raises_and_never_gives_none(source: str, event: dict[str, Any], item: Any) -> None:
    seen = scope(event, item)
    with contextlib.suppress(ExpressionError):
        condition, template = compile_condition(source), compile_template(f"<{{{{ {source} }}}}>")
        assert condition.evaluate(seen) is not None
        text = template.evaluate(seen)
        assert text is UNDEFINED or isinstance(text, str)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["+", "-", "*", "/", "//", "%"]), VALUES, VALUES)
def test_arithmetic_stays_within_bounds(operator: str, left: Any, right: Any) -> None:
    event = {"a": left, "b": right}

    assert is_within_bounds(compile_condition(f"event.a {operator} event.b").evaluate(scope(event, UNDEFINED)))


@settings(max_examples=400, deadline=None)
@given(FILTER.filter(lambda name: not name.startswith(("default", "first", "last"))), VALUES)
def test_every_filter_is_capped(name: str, value: Any) -> None:
    assert is_within_bounds(compile_condition(f"event.a | {name}").evaluate(scope({"a": value}, UNDEFINED)))


@settings(max_examples=300, deadline=None)
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


@settings(max_examples=500, deadline=None)
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


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_characters="'", exclude_categories=["Cs"]), max_size=30))
def test_a_text_in_quotes_is_that_text(text: str) -> None:
    if "\r" not in text:
        assert compile_condition(f"'{text}'").evaluate(scope({}, UNDEFINED)) == text
