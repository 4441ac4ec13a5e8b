"""Values at the edges: how numbers are written, and what is nested too deeply."""

from __future__ import annotations

from typing import Any

import pytest

from core.context import Context
from core.expressions import compile_condition
from core.types import Request


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (3, "3"),
        (3.0, "3"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (12.5, "12.5"),
        (1e15, "1000000000000000"),
        (1e20, "100000000000000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (0.000001, "0.000001"),
        (-0.00000123, "-0.00000123"),
        (1e-7, "1e-7"),
        (-1.25e-9, "-1.25e-9"),
        (2**64, "18446744073709551616"),
    ],
)
def test_numbers_inside_a_text_are_written_as_javascript_writes_them(number: float, text: str) -> None:
    event = {"n": number}
    scope = Context(Request("r1", 0, "GET", "/"), "web", event).on(event)

    assert compile_condition("event.n ~ ''").evaluate(scope) == text


def test_comparing_values_that_are_nested_very_deeply_is_false_and_not_an_error() -> None:
    left: list[Any] = []
    right: list[Any] = []
    for _ in range(100_000):
        left, right = [left], [right]
    event = {"left": left, "right": right}
    scope = Context(Request("r1", 0, "GET", "/"), "web", event).on(event)

    assert compile_condition("event.left == event.right").evaluate(scope) is False
    assert compile_condition("event.left ~ 'x'").evaluate(scope) == "x"
