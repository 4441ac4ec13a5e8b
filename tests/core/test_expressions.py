"""The operators of the expression language, row by row; the rows are its documentation."""

from __future__ import annotations

from typing import Any

import pytest

from core.context import Context
from core.expressions import compile_condition
from core.types import Request
from core.undefined import UNDEFINED

EVENT: dict[str, Any] = {
    "event_name": "purchase",
    "one": 1,
    "two": 2,
    "half": 0.5,
    "zero": 0,
    "price": "12.50",
    "count": "7",
    "spaced": " 7 ",
    "word": "seven",
    "empty": "",
    "yes": True,
    "no": False,
    "nothing": None,
    "tags": ["red", "blue", 3],
    "holes": [None, 1],
    "none_left": [],
    "object": {"a": {"b": 2}},
    "same_object": {"a": {"b": 2}},
    "huge": 10**5000,
    "large": 10**18,
    "infinite": float("inf"),
    "not_a_number": float("nan"),
    "boolean_text": "true",
}


def evaluate(source: str) -> Any:
    context = Context(Request("r1", 0, "GET", "/"), "web", EVENT)
    return compile_condition(source).evaluate(context.on(EVENT))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1", 1),
        ("1.5", 1.5),
        ("'text'", "text"),
        ('"it\'s"', "it's"),
        ("'a' 'b'", "ab"),
        ("'é€😀'", "é€😀"),
        ("true", True),
        ("False", False),
        ("none", UNDEFINED),
        ("[1, 'a', event.one]", [1, "a", 1]),
        ("['a', 'b']", ["a", "b"]),
        ("[1, event.missing, none]", [1]),
        (r"'\d+'", r"\d+"),
        (r"'\n'", r"\n"),
        ("'C:\\'", "C:\\"),
        (r"'\u00e9\N{DASH}'", r"\u00e9\N{DASH}"),
    ],
)
def test_literals_stand_for_themselves_and_so_do_backslashes(source: str, value: Any) -> None:
    assert evaluate(source) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        # values of one kind
        ("event.one == 1", True),
        ("event.one == 1.0", True),
        ("event.one != 2", True),
        ("event.word == 'seven'", True),
        ("event.word == 'Seven'", False),
        ("'seven' == event.word", True),
        ("event.yes == true", True),
        ("event.tags == ['red', 'blue', 3]", True),
        ("event.object == event.same_object", True),
        ("event.tags != ['red']", True),
        # a number meets a text as numbers, if the text is a number
        ("event.price == 12.5", True),
        ("12.5 == event.price", True),
        ("event.count == 7", True),
        ("event.one == '1.0'", True),
        ("event.two == event.count", False),
        ("event.spaced == 7", True),
        ("event.word == 7", False),
        ("event.word != 7", True),
        # two texts are two texts
        ("event.count == '7'", True),
        ("event.count == '7.0'", False),
        # other mismatches are different, and never an error
        ("event.yes == 1", False),
        ("event.yes == 'true'", False),
        ("event.boolean_text == true", False),
        ("event.tags == 'red'", False),
        ("event.object == ['a']", False),
        ("event.huge == event.huge", True),
        ("event.huge == event.one", False),
        ("event.huge == '1'", False),
        ("event.not_a_number == event.not_a_number", False),
        # undefined, and null, equal nothing
        ("event.missing == 1", False),
        ("event.missing != 1", True),
        ("event.missing == 'x'", False),
        ("event.missing != 'x'", True),
        ("event.missing == event.missing", False),
        ("event.missing != event.missing", True),
        ("event.nothing == event.nothing", False),
        ("event.nothing == none", False),
        ("event.missing == ''", False),
    ],
)
def test_equality(source: str, value: bool) -> None:
    assert evaluate(source) is value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("event.one < 2", True),
        ("event.two < 2", False),
        ("event.two <= 2", True),
        ("event.two > 1", True),
        ("event.two >= 3", False),
        ("event.price > 12", True),
        ("event.price < 12", False),
        ("100 > event.price", True),
        ("event.count >= 7", True),
        ("0 < event.one < 2", True),
        ("0 < event.one < 1", False),
        ("'apple' < 'banana'", True),
        ("'10' < '9'", True),
        ("event.large >= event.one", True),
        ("event.huge > 1", True),
        ("event.huge > event.price", False),
        ("event.infinite > 1", True),
        ("event.not_a_number > 1", False),
        ("event.word > 1", False),
        ("event.word < 1", False),
        ("event.yes > 0", False),
        ("event.tags > 1", False),
        ("event.missing < 1", False),
        ("event.missing >= 1", False),
        ("not event.missing < 1", True),
        ("event.nothing < 1", False),
    ],
)
def test_order(source: str, value: bool) -> None:
    assert evaluate(source) is value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("event.word in ['six', 'seven']", True),
        ("event.word in ('six', 'seven')", True),
        ("event.word not in ['six']", True),
        ("event.count in [7]", True),
        ("'red' in event.tags", True),
        ("3 in event.tags", True),
        ("'3' in event.tags", True),
        ("'green' in event.tags", False),
        ("'eve' in event.word", True),
        ("7 in event.count", True),
        ("'a' in event.object", True),
        ("'b' in event.object", False),
        ("event.object in event.tags", False),
        ("event.tags in event.word", False),
        ("'a' in event.one", False),
        ("event.missing in ['a']", False),
        ("event.missing not in ['a']", True),
        ("'a' in event.missing", False),
        ("'a' not in event.missing", True),
        ("event.missing in event.holes", False),
    ],
)
def test_membership(source: str, value: bool) -> None:
    assert evaluate(source) is value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("event.one + event.two", 3),
        ("event.two - 5", -3),
        ("event.two * event.half", 1.0),
        ("event.one / 4", 0.25),
        ("7 // 2", 3),
        ("event.count // 2", 3),
        ("-7 // 2", -4),
        ("7 % 4", 3),
        ("-7 % 4", 1),
        ("-event.two", -2),
        ("+event.price", 12.5),
        ("-event.price", -12.5),
        ("event.price * 2", 25.0),
        ("event.price + event.count", 19.5),
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("'1e3' + 1", 1001.0),
        # no answer is undefined
        ("event.one / 0", UNDEFINED),
        ("event.one / event.zero", UNDEFINED),
        ("event.one // 0", UNDEFINED),
        ("event.one % 0", UNDEFINED),
        ("event.word + 1", UNDEFINED),
        ("'a' + 'b'", UNDEFINED),
        ("'a' * 3", UNDEFINED),
        ("event.yes + 1", UNDEFINED),
        ("-event.yes", UNDEFINED),
        ("+event.word", UNDEFINED),
        ("event.tags + ['x']", UNDEFINED),
        ("event.missing + 1", UNDEFINED),
        ("1 - event.missing", UNDEFINED),
        ("-event.missing", UNDEFINED),
        ("event.nothing * 2", UNDEFINED),
        ("'1_000' + 1", UNDEFINED),
        ("'٣' + 1", UNDEFINED),
        ("'nan' + 1", UNDEFINED),
        ("'infinity' + 1", UNDEFINED),
        ("'0x10' + 1", UNDEFINED),
        ("'1.2.3' + 1", UNDEFINED),
        # numbers are bounded by 1e18
        ("event.large + 1", UNDEFINED),
        ("event.large * event.large", UNDEFINED),
        ("-event.large", -(10**18)),
        ("event.huge + 1", UNDEFINED),
        ("event.huge // event.huge", UNDEFINED),
        ("-event.huge", UNDEFINED),
        ("event.infinite - event.infinite", UNDEFINED),
        ("event.not_a_number + 1", UNDEFINED),
    ],
)
def test_arithmetic_is_bounded_and_total(source: str, value: Any) -> None:
    found = evaluate(source)

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("event.yes and event.one", 1),
        ("event.no and event.missing", False),
        ("event.missing and event.one", UNDEFINED),
        ("event.missing or event.word", "seven"),
        ("event.empty or event.missing", UNDEFINED),
        ("event.no or event.empty or event.two", 2),
        ("event.one and event.two and event.zero", 0),
        ("not event.missing", True),
        ("not event.nothing", True),
        ("not event.empty", True),
        ("not event.none_left", True),
        ("not event.word", False),
        ("not not event.one", True),
        ("true or event.one and false", True),
        ("'a' if event.one == 1 else 'b'", "a"),
        ("'a' if event.one == 2 else 'b'", "b"),
        ("'a' if event.missing else 'b' if event.no else 'c'", "c"),
        ("'a' if event.missing", UNDEFINED),
        (" or ".join(["event.no"] * 400 + ["event.one"]), 1),
        (" and ".join(["event.yes"] * 400 + ["event.one"]), 1),
    ],
)
def test_logic_and_choice(source: str, value: Any) -> None:
    assert evaluate(source) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("'a' ~ 'b' ~ 'c'", "abc"),
        ("event.word ~ '-' ~ event.two", "seven-2"),
        ("event.word ~ event.missing ~ event.nothing", "seven"),
        ("event.missing ~ event.missing", ""),
        ("event.yes ~ event.no", "truefalse"),
        ("event.tags ~ ''", '["red","blue",3]'),
        ("event.object ~ ''", '{"a":{"b":2}}'),
        ("event.huge ~ ''", ""),
        ("event.infinite ~ event.not_a_number", ""),
        ("'n: ' ~ 1 + 1", UNDEFINED),
    ],
)
def test_joining_texts(source: str, value: Any) -> None:
    assert evaluate(source) == value
