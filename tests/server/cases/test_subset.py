"""What an expectation says is compared, and nothing else; what is wrong is told with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.undefined import UNDEFINED
from server.cases.subset import unmet, unmet_texts

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda of: st.lists(of, max_size=3) | st.dictionaries(st.text("ab", max_size=2), of, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({}, {"a": 1}),
        ({"a": 1}, {"a": 1.0, "b": 2}),
        ({"a": {"b": [{"c": "x"}]}}, {"a": {"b": [{"c": "x", "d": 1}], "e": 0}}),
        ({"a": None}, {}),
        ({"a": None}, {"a": None}),
        (None, UNDEFINED),
        ([], []),
        ("", ""),
        (True, True),
    ],
)
def test_it_holds(expected: Any, found: Any) -> None:
    assert list(unmet(expected, found, ())) == []


@pytest.mark.parametrize(
    ("expected", "found", "location", "message"),
    [
        ("a", "b", (), "expected 'a', got 'b'"),
        ("a", UNDEFINED, (), "expected 'a', got nothing"),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ("a", "b"), "expected 1, got 2"),
        ({"a": 1}, {"a": "1"}, ("a",), "expected 1, got '1'"),
        ({"a": 1}, {"a": True}, ("a",), "expected 1, got true"),
        ({"a": None}, {"a": 0}, ("a",), "expected nothing, got 0"),
        ({"a": None}, {"a": ""}, ("a",), "expected nothing, got ''"),
        ({"a": {}}, {}, ("a",), "expected {}, got nothing"),
        ({"a": {"b": 1}}, {"a": [1]}, ("a",), 'expected {"b": 1}, got [1]'),
        ({"a": {"b": 1}}, {"a": "x"}, ("a",), "expected {\"b\": 1}, got 'x'"),
        ([1], [1, 2], (), "expected 1 entry, got 2"),
        ([1, 2], [1], (), "expected 2 entries, got 1"),
        ([1, {"a": 2}], [1, {"a": 3}], (1, "a"), "expected 2, got 3"),
        ("a", "\x1b[31m", (), "expected 'a', got '\\x1b[31m'"),
    ],
)
def test_it_does_not_hold(expected: Any, found: Any, location: Any, message: str) -> None:
    (told,) = unmet(expected, found, ())
    assert (told.location, told.message) == (location, message)


def test_everything_that_is_wrong_is_told_at_its_own_place() -> None:
    found = list(unmet({"a": 1, "b": [{"c": 2}, {"c": 3}], "d": None}, {"a": 1, "b": [{"c": 0}, {}], "d": 4}, ("events", 0)))
    assert [each.location for each in found] == [("events", 0, "b", 0, "c"), ("events", 0, "b", 1, "c"), ("events", 0, "d")]


@given(JSON)
def test_whatever_is_found_holds_what_was_found(value: Any) -> None:
    assert list(unmet(value, value, ())) == []


@given(JSON, st.text("ab", max_size=2), JSON)
def test_more_than_is_expected_is_as_good(value: Any, name: str, more: Any) -> None:
    if isinstance(value, dict) and name not in value:
        assert list(unmet(value, {**value, name: more}, ())) == []


@given(JSON, JSON)
def test_what_holds_of_both_sides_is_the_same_but_for_nulls(one: Any, other: Any) -> None:
    if not list(unmet(one, other, ())) and not list(unmet(other, one, ())):
        assert _bare(one) == _bare(other)


def _bare(value: Any) -> Any:
    """Without what is null."""
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if item is not None}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def test_structures_that_differ_are_shown_line_by_line() -> None:
    (told,) = unmet([{"a": 1}], [{"a": 1}, 2], ())
    assert told.more == ("- expected", "+ got", "  [", "    {", '      "a": 1', "-   }", "+   },", "+   2", "  ]")


def test_texts_of_several_lines_are_shown_line_by_line() -> None:
    (told,) = unmet("one\ntwo", "one\n\x1btwo", ())
    assert told.more == ("- expected", "+ got", "  one", "- two", "+ \\x1btwo")


def test_long_texts_are_shown_from_where_they_differ() -> None:
    same = "x" * 500
    (told,) = unmet(f"{same}one{same}", f"{same}two{same}", ())
    assert told.message.startswith(f"expected '…{'x' * 30}onexxx")
    assert f"got '…{'x' * 30}twoxxx" in told.message
    assert len(told.message) < 250
    (longer,) = unmet(same, f"{same}y", ())
    assert longer.message.endswith(f"got '…{'x' * 30}y'")
    (from_the_start,) = unmet(f"a{same}", f"b{same}", ())
    assert from_the_start.message.startswith("expected 'axxx")


def test_what_is_too_long_to_be_compared_line_by_line_is_not() -> None:
    (told,) = unmet(list(range(300)), list(range(301)), ())
    assert told.more == ()
    assert json.loads(told.message.split("got ")[1]) == 301


@pytest.mark.parametrize(
    ("expected", "found", "messages"),
    [
        ({"a": 3, "b": True, "c": "x", "d": None}, {"a": "3", "b": "true", "c": "x"}, []),
        ({"a": ["b", 1]}, {"a": ["b", "1"]}, []),
        ({"a": ["b"]}, {"a": "b"}, []),
        ({"a": 0.5}, {"a": "0.50"}, ["expected '0.5', got '0.50'"]),
        ({"a": "b"}, {"a": ["b", "c"]}, ['expected \'b\', got ["b", "c"]']),
        ({"a": 1, "b": 2}, {}, ["expected '1', got nothing", "expected '2', got nothing"]),
    ],
)
def test_parameters_and_headers_are_texts(expected: Any, found: Any, messages: list[str]) -> None:
    told = list(unmet_texts(expected, found, ("query",)))
    assert [each.message for each in told] == messages
    assert all(each.location[0] == "query" for each in told)
