"""Where an expression compares what cannot be compared: nothing raises there, and whoever asks is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from core.addresses import address_in
from core.expressions.predicates import STATES
from core.expressions.values import comparable, number_of, scalar_text
from core.undefined import UNDEFINED

Operand: TypeAlias = tuple[str, Any]
"""An operand's source, and its value."""

_EQUALITY = frozenset({"eq", "ne"})
_MEMBERSHIP = frozenset({"in", "notin"})
_KINDS = {str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}


def of_comparison(operator: str, left: Operand, right: Operand) -> str:
    """What is wrong between the two, in words; empty where nothing is. The operator goes by Jinja's name."""
    return _missing([left, right]) or ("" if _meet(operator, left[1], right[1]) else _two_kinds(operator, left, right))


def of_test(name: str, subject: Operand, arguments: Sequence[Operand]) -> str:
    """What is wrong with the subject or the arguments of a test, in words; empty where nothing is."""
    return "" if name in STATES else _missing([subject, *arguments]) or _unfit(name, *subject)


def _missing(operands: Sequence[Operand]) -> str:
    return " and ".join(f"{source} is undefined" for source, value in operands if value is UNDEFINED)


def _unfit(name: str, source: str, value: Any) -> str:
    if name == "in_network":
        return "" if isinstance(value, str) and address_in(value) else f"{source} is no address"
    fits = scalar_text(value) is not None or (name == "containing" and isinstance(value, list))
    return "" if fits else f"{source} is {_kind(value)}"


def _meet(operator: str, left: Any, right: Any) -> bool:
    if operator in _MEMBERSHIP:
        return isinstance(right, list) or (isinstance(right, str | dict) and scalar_text(left) is not None)
    if operator in _EQUALITY and _kind(left) == _kind(right):
        return True
    return comparable(left, right) is not None


def _two_kinds(operator: str, left: Operand, right: Operand) -> str:
    """Both kinds; a text beside a number it is to be compared with is told to be none."""
    beside = (None, None) if operator in _MEMBERSHIP else (right[1], left[1])
    return f"{left[0]} is {_kind(left[1], beside[0])} and {right[0]} is {_kind(right[1], beside[1])}"


def _kind(value: Any, beside: Any = None) -> str:
    kind = _KINDS.get(type(value), "a secret")
    is_odd = type(value) is str and _KINDS.get(type(beside)) == "a number" and number_of(value) is None
    return f"{kind} that is no number" if is_odd else kind
