"""Why a condition holds or not: the parts that decided, the values they saw, and what could not be compared."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from core.context import Context, Scope, Shared
from core.expressions import Decided, ExpressionError, compile_condition, explain, names_of
from core.secret import SealedText, SecretValue
from core.types import Event
from core.undefined import UNDEFINED
from tests.core.anything import EVENTS, SOURCES, VALUES, scope
from tests.core.tiny import REQUEST, always_says

SHOP: Event = {
    "event_name": "purchase",
    "value": "12 EUR",
    "price": 3,
    "size": "42",
    "title": "Shop",
    "items": [{"price": 5}],
    "at": 0,
    "flag": True,
    "address": {"city": "Bonn"},
    "ip": "203.0.113.7",
}
SURROUNDINGS = Shared(
    variables={"margin": always_says(2.5), "token": always_says(SealedText((SecretValue("TOKEN", "hush"),)))},
    readers={"consent": lambda *_: {"ad_storage": "denied"}},
)


def on(event: Event) -> Scope:
    return Context(REQUEST, "web", event, 0, SURROUNDINGS).on(event)


def why(source: str, event: Event = SHOP) -> Decided:
    return explain(compile_condition(source), on(event))


def leaves(part: Decided) -> list[tuple[str, bool]]:
    if not part.children:
        return [(part.source, part.holds)]
    return [leaf for child in part.children for leaf in leaves(child)]


def test_every_part_of_a_condition_is_told_also_those_that_no_longer_mattered() -> None:
    decided = why("event.price > 5 and not (event.title == 'Shop' or consent.ad_storage == 'granted')")

    assert not decided.holds
    assert not decided.values
    first, second = decided.children
    assert (first.source, first.holds, first.values) == ("event.price > 5", False, (("event.price", 3),))
    assert (second.source, second.holds) == ("not (event.title == 'Shop' or consent.ad_storage == 'granted')", False)
    assert [child.source for child in second.children] == ["event.title == 'Shop' or consent.ad_storage == 'granted'"]
    assert leaves(decided)[1:] == [("event.title == 'Shop'", True), ("consent.ad_storage == 'granted'", False)]


@pytest.mark.parametrize(("word", "holds"), [("and", False), ("or", True)])
def test_a_long_row_of_parts_is_told_side_by_side(word: str, holds: bool) -> None:
    decided = why(f" {word} ".join(["event.flag"] * 500 + ["event.none"]))
    assert (len(decided.children), decided.holds) == (501, holds)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("event.title if event.flag else event.none", [("event.flag", True), ("event.title", True)]),
        ("event.title if event.at else event.none", [("event.at", False), ("event.none", False)]),
        ("event.title if event.at", [("event.at", False)]),
    ],
)
def test_of_a_choice_the_test_and_the_chosen_branch_are_told(source: str, told: list[tuple[str, bool]]) -> None:
    assert leaves(why(source)) == told


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("event.price == 3", {"event.price": 3}),
        ("3 == 3", {}),
        ("event.nothing", {"event.nothing": UNDEFINED}),
        ("event.nothing is not defined", None),
        ("event.price == event.price", {"event.price": 3}),
        ("event.items[event.at]['price'] == 5", {"event.items[event.at]['price']": 5, "event.at": 0}),
        ("event.price * 2 > var.margin", {"event.price": 3, "var.margin": 2.5, "event.price * 2": 6}),
        ("event.title | lower is containing ['shop', 'x']", {"event.title": "Shop", "event.title | lower": "shop"}),
        ("event.price in [1, event.at]", {"event.price": 3, "event.at": 0, "[1, event.at]": [1, 0]}),
        ("(event.title | split('h'))[1] == 'op'", {"event.title": "Shop", "(event.title | split('h'))[1]": "op"}),
        ("event.price - 3", {"event.price": 3, "event.price - 3": 0}),
        ("client == 'web'", {"client": "web"}),
        ("true", {}),
    ],
)
def test_a_part_shows_each_name_it_looked_at_and_what_it_made_of_them(source: str, values: dict[str, Any] | None) -> None:
    decided = why(source)
    if values is None:
        (decided,) = decided.children
        values = {"event.nothing": UNDEFINED}
    assert list(decided.values) == list(values.items())


def test_what_is_not_there_can_be_told_from_every_value() -> None:
    ((_, value),) = why("event.nothing == ''").values
    assert value is UNDEFINED


@pytest.mark.parametrize(
    ("source", "note"),
    [
        ("event.value > 100", "event.value is a text that is no number and 100 is a number"),
        ("100 == event.value", "100 is a number and event.value is a text that is no number"),
        ("event.price != 'abc'", "event.price is a number and 'abc' is a text that is no number"),
        ("event.flag == 'true'", "event.flag is true or false and 'true' is a text"),
        ("event.flag < true", "event.flag is true or false and true is true or false"),
        ("event.items == event.address", "event.items is a list and event.address is an object"),
        ("event.nothing == 'a'", "event.nothing is undefined"),
        ("event.nothing != event.none", "event.nothing is undefined and event.none is undefined"),
        ("event.value * 2 > 1", "event.value * 2 is undefined"),
        ("1 < event.nothing < event.value", "event.nothing is undefined"),
        ("'a' < event.price < event.value", "'a' is a text that is no number and event.price is a number; "
                                            "event.price is a number and event.value is a text that is no number"),
        ("event.title in event.price", "event.title is a text and event.price is a number"),
        ("event.items in event.title", "event.items is a list and event.title is a text"),
        ("event.nothing not in ['a']", "event.nothing is undefined"),
        ("var.token == 1", "var.token is a secret and 1 is a number"),
        ("event.items is starting_with 'a'", "event.items is a list"),
        ("event.address is containing 'city'", "event.address is an object"),
        ("event.nothing is matching 'a'", "event.nothing is undefined"),
        ("event.title is containing event.nothing", "event.nothing is undefined"),
        ("event.title is in_network '10.0.0.0/8'", "event.title is no address"),
        ("event.price is in_network '10.0.0.0/8'", "event.price is no address"),
    ],
)  # fmt: skip
def test_what_could_not_be_compared_is_said(source: str, note: str) -> None:
    assert why(source).note == note


@pytest.mark.parametrize(
    "source",
    [
        "event.size > 5",
        "event.size == 42",
        "event.price == 3.0",
        "event.title == 'shop'",
        "event.size == 'Shop'",
        "event.title < 'Z'",
        "event.flag == true",
        "event.address == event.address",
        "event.title in ['a', 1]",
        "'op' in event.title",
        "'city' in event.address",
        "event.nothing is defined",
        "event.nothing is empty",
        "event.price is starting_with '3'",
        "event.items is containing 'a'",
        "event.title is containing 'h'",
        "event.ip is in_network ['10.0.0.0/8', '2001:db8::/32']",
        "event.nothing",
        "event.nothing | default('a')",
    ],
)
def test_what_can_be_compared_has_no_note_whether_it_holds_or_not(source: str) -> None:
    assert why(source).note == ""


@pytest.mark.parametrize("value", [True, False])
def test_a_condition_may_be_plainly_true_or_false(value: bool) -> None:
    assert explain(compile_condition(value), on({})) == Decided(str(value).lower(), value)


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(SOURCES, EVENTS, VALUES)
def test_the_explanation_never_disagrees_with_the_condition(source: str, event: dict[str, Any], item: Any) -> None:
    seen = scope(event, item)
    with contextlib.suppress(ExpressionError):
        condition = compile_condition(source)
        assert explain(condition, seen).holds is bool(condition.evaluate(seen))


def follows(part: Decided) -> bool:
    """Whether the children of an ``and``, ``or`` or ``not`` say what the part says."""
    held = [child.holds for child in part.children]
    if not held or " if " in part.source:
        return True
    return part.holds is not held[0] if len(held) == 1 else part.holds in (all(held), any(held))


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(SOURCES, EVENTS, VALUES)
def test_the_parts_add_up_to_the_whole(source: str, event: dict[str, Any], item: Any) -> None:
    with contextlib.suppress(ExpressionError):
        waiting = [explain(compile_condition(source), scope(event, item))]
        while waiting:
            part = waiting.pop()
            waiting += part.children
            assert follows(part)
            assert not (part.children and part.values)


@pytest.mark.parametrize(
    ("sources", "names"),
    [
        (["event.value > 100 and event.value < 200"], ["event.value"]),
        (["event.items[0].price * var.rate"], ["event.items[0].price", "var.rate"]),
        (["event['odd key'] | default(user.email)"], ["event['odd key']", "user.email"]),
        (["var.table[event.plan]"], ["var.table[event.plan]", "event.plan"]),
        (["'a' ~ 1", "request.ip", "request.ip"], ["request.ip"]),
        ([], []),
    ],
)
def test_every_name_of_expressions_is_told_once_with_the_keys_below_it(sources: list[str], names: list[str]) -> None:
    assert names_of(sources) == names
