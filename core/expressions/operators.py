"""The operators on two values. Each is total: what has no answer is False (comparing) or UNDEFINED (arithmetic)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from core.expressions.values import LONGEST_TEXT, bounded, comparable, number_of, same, scalar_text, text_of
from core.undefined import UNDEFINED

Binary: TypeAlias = Callable[[Any, Any], Any]


def _ordering(compare: Callable[[Any, Any], bool]) -> Binary:
    def ordered(left: Any, right: Any) -> bool:
        pair = comparable(left, right)
        return pair is not None and compare(*pair)

    return ordered


def contains(container: Any, value: Any) -> bool:
    """Whether a list has an element, a text a part, an object a key that is this value. Undefined is in nothing."""
    if value is UNDEFINED:
        return False
    if type(container) is list:
        return any(same(value, element) for element in container)
    text = scalar_text(value)
    return text is not None and type(container) in (str, dict) and text in container


def differs(left: Any, right: Any) -> bool:
    """The opposite of equal: true also where one side is undefined."""
    return not same(left, right)


COMPARISONS: Mapping[str, Binary] = {
    "eq": same,
    "ne": differs,
    "lt": _ordering(operator.lt),
    "lteq": _ordering(operator.le),
    "gt": _ordering(operator.gt),
    "gteq": _ordering(operator.ge),
    "in": lambda left, right: contains(right, left),
    "notin": lambda left, right: not contains(right, left),
}
"""By Jinja's names."""


def _arithmetic(calculate: Callable[[int | float, int | float], int | float]) -> Binary:
    def calculated(left: Any, right: Any) -> Any:
        first, second = number_of(left), number_of(right)
        if first is None or second is None:
            return UNDEFINED
        try:
            return bounded(calculate(first, second))
        except ZeroDivisionError:
            return UNDEFINED

    return calculated


ARITHMETIC: Mapping[str, Binary] = {
    "Add": _arithmetic(operator.add),
    "Sub": _arithmetic(operator.sub),
    "Mul": _arithmetic(operator.mul),
    "Div": _arithmetic(operator.truediv),
    "FloorDiv": _arithmetic(operator.floordiv),
    "Mod": _arithmetic(operator.mod),
}
"""By the names of Jinja's nodes. ``//`` and ``%`` round down, as Python's do."""


def negative(value: Any) -> Any:
    """``-value`` of a number."""
    number = number_of(value)
    return UNDEFINED if number is None else -number


def positive(value: Any) -> Any:
    """``+value``: the number that a text is."""
    number = number_of(value)
    return UNDEFINED if number is None else number


def concatenated(values: Sequence[Any]) -> Any:
    """The texts of the values in a row, nothing for what is undefined; UNDEFINED where that gets too long."""
    texts = [text_of(value) or "" for value in values]
    return "".join(texts) if sum(map(len, texts)) <= LONGEST_TEXT else UNDEFINED
