"""Conditions: each operator as an expression, which holds exactly where Google's holds."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis import given as given_by
from hypothesis import strategies as st

from core.context import Context
from core.expressions import compile_condition
from core.types import Request
from tests.server.tag_manager.building import asked, condition, constant, event_data, variable

X = "{{x}}"
Y = "{{y}}"
VARIABLES = (event_data("x", "x"), event_data("y", "y"), constant("const - k", "50"), constant("word", "gold"))


def when(operator: str, left: str, right: str, **flags: bool) -> Any:
    """The ``when`` of a trigger with this condition."""
    return asked(condition(operator, left, right, **flags), variables=VARIABLES)["when"]


@pytest.mark.parametrize(
    ("operator", "right", "expected", "negated"),
    [
        ("EQUALS", "gold", "event.x == 'gold'", "event.x != 'gold'"),
        ("EQUALS", "", "event.x == ''", "event.x != ''"),
        ("EQUALS", "it's", 'event.x == "it\'s"', 'event.x != "it\'s"'),
        ("EQUALS", "true", "(event.x | text) == 'true'", "(event.x | text) != 'true'"),
        ("EQUALS", "false", "(event.x | text) == 'false'", "(event.x | text) != 'false'"),
        ("EQUALS", "100", "(event.x | text) == '100'", "(event.x | text) != '100'"),
        ("EQUALS", "-1.5", "(event.x | text) == '-1.5'", "(event.x | text) != '-1.5'"),
        (
            "EQUALS",
            "undefined",
            "(event.x | default('undefined')) == 'undefined'",
            "(event.x | default('undefined')) != 'undefined'",
        ),
        ("CONTAINS", "gold", "event.x is containing 'gold'", "not (event.x is containing 'gold')"),
        (
            "CONTAINS",
            "def",
            "(event.x | default('undefined')) is containing 'def'",
            "not ((event.x | default('undefined')) is containing 'def')",
        ),
        ("STARTS_WITH", "/shop", "event.x is starting_with '/shop'", "not (event.x is starting_with '/shop')"),
        (
            "STARTS_WITH",
            "un",
            "(event.x | default('undefined')) is starting_with 'un'",
            "not ((event.x | default('undefined')) is starting_with 'un')",
        ),
        ("ENDS_WITH", ".html", "event.x is ending_with '.html'", "not (event.x is ending_with '.html')"),
        (
            "ENDS_WITH",
            "ed",
            "(event.x | default('undefined')) is ending_with 'ed'",
            "not ((event.x | default('undefined')) is ending_with 'ed')",
        ),
        ("MATCH_REGEX", r"promo=\d+", r"event.x is matching 'promo=\d+'", r"not (event.x is matching 'promo=\d+')"),
        (
            "MATCH_REGEX",
            "^t",
            "(event.x | text) is matching '^t'",
            "not ((event.x | text) is matching '^t')",
        ),
        (
            "MATCH_REGEX",
            ".*",
            "(event.x | text | default('undefined')) is matching '.*'",
            "not ((event.x | text | default('undefined')) is matching '.*')",
        ),
        (
            "MATCH_REGEX",
            "^undefined$",
            "(event.x | default('undefined')) is matching '^undefined$'",
            "not ((event.x | default('undefined')) is matching '^undefined$')",
        ),
        ("GREATER", "100", "(event.x | number) > 100", "not ((event.x | number) > 100)"),
        ("GREATER_OR_EQUALS", "1.5", "(event.x | number) >= 1.5", "not ((event.x | number) >= 1.5)"),
        ("LESS", "-3", "(event.x | number) < -3", "not ((event.x | number) < -3)"),
        ("LESS_OR_EQUALS", "0", "(event.x | number) <= 0", "not ((event.x | number) <= 0)"),
        ("LESS", "many", "(event.x | number) < ('many' | number)", "not ((event.x | number) < ('many' | number))"),
        ("LESS", "007", "(event.x | number) < ('007' | number)", "not ((event.x | number) < ('007' | number))"),
    ],
)
def test_an_operator_is_an_expression(operator: str, right: str, expected: str, negated: str) -> None:
    assert when(operator, X, right) == expected
    assert when(operator, X, right, negate=True) == negated


@pytest.mark.parametrize("operator", ["EQUALS", "equals", "Equals"])
def test_the_api_spells_operators_in_its_own_way(operator: str) -> None:
    assert when(operator, X, "a") == "event.x == 'a'"


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("MATCH_REGEX", "(event.x | text | default('undefined')) is matching '(?i)E'"),
        ("matchRegex", "(event.x | text | default('undefined')) is matching '(?i)E'"),
    ],
)
def test_case_may_be_ignored_by_patterns(operator: str, expected: str) -> None:
    assert when(operator, X, "E", ignore_case=True) == expected


@pytest.mark.parametrize("operator", ["EQUALS", "CONTAINS", "STARTS_WITH", "ENDS_WITH", "GREATER", "LESS_OR_EQUALS"])
@pytest.mark.parametrize("negate", [True, False])
def test_in_any_case_other_operators_are_unknown(operator: str, negate: bool) -> None:
    assert when(operator, X, "5", negate=negate, ignore_case=True) is False
    assert when(operator, "{{_event}}", "5", negate=negate, ignore_case=True) is False
    assert when(operator, "{{Client Name}}", "5", negate=negate, ignore_case=True) is False


@pytest.mark.parametrize(
    ("operator", "right", "expected"),
    [
        ("EQUALS", Y, "(event.x | text | default('undefined')) == (event.y | text | default('undefined'))"),
        ("EQUALS", "{{word}}", "(event.x | text | default('undefined')) == (var.word | text | default('undefined'))"),
        ("EQUALS", "a {{y}}", "(event.x | text | default('undefined')) == ('a ' ~ event.y)"),
        ("CONTAINS", Y, "(event.x | text | default('undefined')) is containing event.y"),
        ("CONTAINS", "{{word}}", "event.x is containing var.word"),
        ("LESS_OR_EQUALS", "{{const - k}}", "(event.x | number) <= (var.k | number)"),
        ("GREATER", Y, "(event.x | number) > (event.y | number)"),
        ("MATCH_REGEX", "{{word}}|silver", "event.x is matching 'gold|silver'"),
    ],
)
def test_the_right_side_may_be_a_variable(operator: str, right: str, expected: str) -> None:
    assert when(operator, X, right) == expected


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        ("{{Debug Mode}}", "env.GTM_DEBUG_MODE == 'true'"),
        ("{{Container Version}}", "'5' == 'true'"),
        ("{{Request Path}}", "(request.path | text) == 'true'"),
        ("{{x}}-{{y}}", "(event.x ~ '-' ~ event.y) == 'true'"),
        ("plain", "'plain' == 'true'"),
        ("", "'' == 'true'"),
    ],
)
def test_the_left_side_may_be_anything(left: str, expected: str) -> None:
    assert when("EQUALS", left, "true") == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"\u00e9", r"event.x is matching '\x{00e9}'"),
        (r"\\u00e9", r"event.x is matching '\\u00e9'"),
        (r"a${", r"event.x is matching 'a$\x7b'"),
        (r"a\${b}", r"event.x is matching 'a\x24{b}'"),
        (r"[${]", r"event.x is matching '[$\x7b]'"),
        (r"\\Ab", r"event.x is matching '\\Ab'"),
        (r"\(?b", r"event.x is matching '\(?b'"),
        (r"(?:a)(?<n>b)", "event.x is matching '(?:a)(?<n>b)'"),
        ("it's", 'event.x is matching "it\'s"'),
        ("both ' and \"", 'event.x is matching "both \' and \\x22"'),
    ],
)
def test_patterns_of_javascript_become_those_of_re2(pattern: str, expected: str) -> None:
    assert when("MATCH_REGEX", X, pattern) == expected


ONLY_RE2 = ["(?i)shop", "(?s)a.b", "(?P<a>b)", r"\Ashop", r"shop\z", r"\Qa.b\E", r"\pL", r"\x{41}", "[[:alpha:]]x", r"a\\\Ab"]


@pytest.mark.parametrize(
    ("operator", "right", "reason"),
    [
        ("MATCH_REGEX", "^(?!admin)", "RE2 has no look-ahead, look-behind and back-references"),
        ("MATCH_REGEX", "(?<=a)b", "RE2 has no look-ahead, look-behind and back-references"),
        ("MATCH_REGEX", r"(a)\1", "RE2 has no look-ahead, look-behind and back-references"),
        ("MATCH_REGEX", "a(", "RE2 does not know the pattern"),
        *(("MATCH_REGEX", each, "RE2 reads the pattern otherwise than JavaScript") for each in ONLY_RE2),
        ("MATCH_REGEX", "x" * 1100, "a pattern may have 1024 bytes"),
        pytest.param("MATCH_REGEX", "\\" * 1_000_000, "a pattern may have 1024 bytes", id="long to look at"),
        ("MATCH_REGEX", Y, "a pattern that is not known now: it depends on the event, and a plain text is needed"),
        ("CSS_SELECTOR", ".a", "the operator CSS_SELECTOR is not one of a server container"),
        ("URL_MATCHES", "a", "the operator URL_MATCHES is not one of a server container"),
        ("LIST_CONTAINS", "a", "the operator LIST_CONTAINS is not one of a server container"),
        ("EQUALS", "{{gone}}", "the export has no variable «gone»"),
        ("GREATER", "{{gone}}", "the export has no variable «gone»"),
        ("CONTAINS", "{{gone}}", "the export has no variable «gone»"),
    ],
)
def test_what_has_no_translation_matches_nothing(operator: str, right: str, reason: str) -> None:
    from tests.server.tag_manager.building import importing, tag, told, trigger

    made = importing(
        trigger=[trigger("t", condition(operator, X, right))],
        tag=[tag(firingTriggerId=["1"])],
        variable=VARIABLES,
    )
    assert told(made, "trigger") == [("skipped", "t", [f"matches nothing: {reason}"])]
    assert when(operator, X, right) is False
    assert when(operator, X, right, negate=True) is False


def test_dollar_and_brace_never_stand_together() -> None:
    assert when("EQUALS", X, "a${b") == "event.x == ('a$' ~ '{b')"
    assert when("CONTAINS", X, "${") == "event.x is containing ('$' ~ '{')"


MISSING = object()
LETTERS = st.text("aetru1fdslno.-0", max_size=5)
TEXTS = st.sampled_from(["", "true", "false", "undefined", "100", "1", "1.0", "0", "gold", "un", "TRUE", "e"]) | LETTERS
VALUES = TEXTS | st.booleans() | st.integers(-200, 200) | st.sampled_from([1.5, 100.0, 0.1]) | st.just(MISSING)
PATTERNS = st.sampled_from(
    ["^t", "e$", ".*", "^$", "undefined", "^(un)?", "[0-9]+", "gold|true", "\\d", "a.c", "^-?1", "^false$"]
)
OPERATORS = st.sampled_from(["EQUALS", "CONTAINS", "STARTS_WITH", "ENDS_WITH"])


def javascript(value: object) -> str:
    """``String(value)``."""
    if value is MISSING:
        return "undefined"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def holds(expression: Any, value: object) -> bool:
    event = {} if value is MISSING else {"x": value}
    scope = Context(Request("", 0, "", ""), "ga4", {}).on(event)
    return bool(compile_condition(expression).evaluate(scope))


def google(operator: str, left: str, right: str) -> bool:
    """What Google's own operators say of two texts."""
    if operator == "EQUALS":
        return left == right
    if operator == "CONTAINS":
        return right in left
    if operator == "STARTS_WITH":
        return left.startswith(right)
    if operator == "ENDS_WITH":
        return left.endswith(right)
    return re.search(right, left) is not None


often = settings(
    max_examples=150, deadline=None, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck)
)


@often
@given_by(OPERATORS, VALUES, TEXTS, st.booleans())
def test_texts_meet_as_they_do_at_googles(operator: str, value: object, right: str, negate: bool) -> None:
    expression = when(operator, X, right, negate=negate)
    assert holds(expression, value) == (google(operator, javascript(value), right) != negate)


@often
@given_by(VALUES, PATTERNS, st.booleans())
def test_patterns_are_searched_as_they_are_at_googles(value: object, pattern: str, negate: bool) -> None:
    expression = when("MATCH_REGEX", X, pattern, negate=negate)
    assert holds(expression, value) == (google("MATCH_REGEX", javascript(value), pattern) != negate)


@often
@given_by(VALUES, VALUES, st.booleans())
def test_two_variables_meet_as_they_do_at_googles(left: object, right: object, negate: bool) -> None:
    expression = when("EQUALS", X, Y, negate=negate)
    event = {name: value for name, value in (("x", left), ("y", right)) if value is not MISSING}
    scope = Context(Request("", 0, "", ""), "ga4", {}).on(event)
    assert bool(compile_condition(expression).evaluate(scope)) == ((javascript(left) == javascript(right)) != negate)


@often
@given_by(st.integers(-300, 300) | st.sampled_from([1.5, -0.5]), st.integers(-300, 300), st.booleans(), st.booleans())
def test_numbers_are_compared_as_numbers_also_where_they_are_texts(value: float, right: int, text: bool, negate: bool) -> None:
    expression = when("GREATER", X, str(right), negate=negate)
    assume(text or isinstance(value, int))
    assert holds(expression, str(value) if text else value) == ((value > right) != negate)


def test_a_variable_that_has_a_default_is_read_with_it() -> None:
    defaulted = variable("d", "ed", {"keyPath": "d", "setDefaultValue": True, "defaultValue": "none"})
    assert asked(condition("EQUALS", "{{d}}", "none"), variables=[defaulted]) == {"when": "var.d == 'none'"}
