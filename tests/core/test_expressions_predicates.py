"""What may follow ``is``, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from core.context import Context, Shared
from core.expressions import compile_condition
from core.types import Request
from tests.budget.machine import takes_less

EVENT: dict[str, Any] = {
    "path": "/checkout/pay",
    "number": 42,
    "agent": "Mozilla/5.0 (compatible; Googlebot/2.1)",
    "tags": ["red", 3],
    "empty": "",
    "blank": " ",
    "zero": 0,
    "no": False,
    "nothing": None,
    "none_left": [],
    "object": {"a": 1},
    "no_keys": {},
    "v4": "203.0.113.7",
    "v6": "2001:db8::7",
    "mapped": "::ffff:203.0.113.7",
    "long": "a" * 65_536,
    "too_long": "a" * 65_537,
    "broken": "\ud800",
    "prefixes": ["/cart", "/checkout"],
    "prefix": "/check",
}
OFFICE = ["203.0.113.0/24", "no network", 7]


def holds(source: str) -> Any:
    shared = Shared(variables={"office": lambda _: OFFICE})
    context = Context(Request("r1", 0, "GET", "/"), "web", EVENT, shared=shared)
    return compile_condition(source).evaluate(context.on(EVENT))


@pytest.mark.parametrize(
    "source",
    [
        "event.path is starting_with '/checkout'",
        "event.path is starting_with ''",
        "event.path is starting_with ['/cart', '/checkout']",
        "event.path is starting_with event.prefix",
        "event.path is starting_with event.prefixes",
        "event.path is starting_with('/checkout')",
        "event.path is not starting_with '/cart'",
        "event.number is starting_with 4",
        "event.missing is not starting_with '/'",
        "event.path is ending_with 'pay'",
        "event.path is ending_with ['cart', 'pay']",
        "event.number is ending_with '2'",
        "event.path is not ending_with 'Pay'",
        "event.path is containing 'out'",
        "event.path is containing ['x', 'out']",
        "event.path is not containing 'OUT'",
        "event.number is containing 2",
        "event.tags is containing 'red'",
        "event.tags is containing 3",
        "event.tags is containing ['green', '3']",
        "event.tags is not containing 're'",
        "event.agent is matching '(?i)bot|crawl|spider|headless'",
        r"event.path is matching '^/\w+/pay$'",
        "event.path is matching ['^x', 'pay']",
        "event.path is not matching '^pay'",
        "event.number is matching '^4'",
        "event.long is matching 'a$'",
        "event.v4 is in_network '203.0.113.0/24'",
        "event.v4 is in_network '203.0.113.99/24'",
        "event.v4 is in_network '203.0.113.7'",
        "event.v4 is in_network ['10.0.0.0/8', '203.0.113.0/24']",
        "event.v4 is in_network var.office",
        "event.v6 is in_network '2001:db8::/32'",
        "event.mapped is in_network '203.0.113.0/24'",
        "event.v6 is not in_network '0.0.0.0/0'",
        "event.path is not in_network '0.0.0.0/0'",
        "event.path is defined",
        "event.empty is defined",
        "event.no is defined",
        "event.missing is not defined",
        "event.nothing is not defined",
        "event.empty is empty",
        "event.none_left is empty",
        "event.no_keys is empty",
        "event.missing is empty",
        "event.nothing is empty",
        "event.blank is not empty",
        "event.zero is not empty",
        "event.no is not empty",
        "event.object is not empty",
    ],
)
def test_holds(source: str) -> None:
    assert holds(source) is True


@pytest.mark.parametrize(
    "source",
    [
        "event.path is starting_with 'checkout'",
        "event.path is starting_with []",
        "event.path is starting_with event.missing",
        "event.path is starting_with event.object",
        "event.tags is starting_with 'r'",
        "event.no is starting_with 'f'",
        "event.missing is starting_with ''",
        "event.missing is ending_with ''",
        "event.missing is containing ''",
        "event.path is containing event.missing",
        "event.object is containing 'a'",
        "event.missing is matching '.*'",
        "event.tags is matching 'red'",
        "event.too_long is matching 'a'",
        "event.broken is matching '.'",
        "event.missing is in_network '0.0.0.0/0'",
        "event.number is in_network '0.0.0.0/0'",
        "event.v6 is in_network var.office",
        "event.v4 is in_network event.missing",
        "event.missing is defined",
        "event.missing is not empty",
    ],
)
def test_does_not_hold(source: str) -> None:
    assert holds(source) is False


def test_an_evil_pattern_on_the_longest_subject_stays_fast() -> None:
    event = {"long": "a" * 65_535 + "!"}
    scope = Context(Request("r1", 0, "GET", "/"), "web", event).on(event)
    expression = compile_condition("event.long is matching ['^(a+)+$', '(a|aa)+$', '(.*a){12}$']")
    assert expression.evaluate(scope) is False
    assert takes_less(lambda: expression.evaluate(scope), 1)
