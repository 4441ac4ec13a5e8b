"""How values meet: what is a number, what is the text of a value, when two are the same. Nothing here raises."""

from __future__ import annotations

from typing import Any, Final

import orjson

from core.numbers import javascript
from core.undefined import UNDEFINED

LONGEST_TEXT: Final = 65_536
"""Characters a text may have that an expression makes; a longer one is undefined."""

LONGEST_LIST: Final = 256 << 10
"""Characters of what is made for each element of a list, as JSON: as many as a request may have."""

LARGEST_NUMBER: Final = 10**18
"""The bound, on both sides of zero, of every number that arithmetic takes or gives."""

LONGEST_NUMBER: Final = 40
"""Characters of the longest text that is read as a number."""

_NUMBERS = frozenset({int, float})
_PLAIN = frozenset({int, float, str, bool})


def number_of(value: Any) -> int | float | None:
    """The number that a number or a text is; None for anything else, and beyond the bound."""
    if type(value) is str:
        return _number_in(value)
    if type(value) in _NUMBERS and -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        number: int | float = value
        return number
    return None


def bounded(number: int | float) -> Any:
    """The number, or UNDEFINED beyond the bound (infinity and NaN are)."""
    return number if -LARGEST_NUMBER <= number <= LARGEST_NUMBER else UNDEFINED


def _number_in(text: str) -> int | float | None:
    if len(text) > LONGEST_NUMBER or "_" in text or not text.isascii():
        return None
    try:
        number = float(text) if "." in text else int(text)
    except ValueError:
        number = _exponential(text)
    return number if -LARGEST_NUMBER <= number <= LARGEST_NUMBER else None


def _exponential(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def text_of(value: Any) -> str | None:
    """The value inside a longer text: numbers as JavaScript writes them, lists and objects as JSON; None if there is none."""
    kind = type(value)
    if kind is str:
        text: str = value
        return text
    if kind is bool:
        return "true" if value else "false"
    if kind in _NUMBERS:
        return javascript(value)
    return json_text(value) if kind is list or kind is dict else None


def scalar_text(value: Any) -> str | None:
    """The text of a text or a number; None for anything else. What tests and text filters work on."""
    if type(value) is str:
        text: str = value
        return text
    return javascript(value) if type(value) in _NUMBERS else None


def json_text(value: Any) -> str | None:
    """Compact JSON, or None where JSON cannot say it (nested too deep, a number beyond 64 bits, half a character)."""
    try:
        return orjson.dumps(value).decode()
    except (TypeError, RecursionError):
        return None


def short(text: str | None) -> Any:
    """The text, or UNDEFINED where there is none or it is too long."""
    return UNDEFINED if text is None or len(text) > LONGEST_TEXT else text


def same(left: Any, right: Any) -> bool:
    """Equality: a number meets a text as numbers; otherwise values of different kinds differ; undefined equals nothing."""
    kind, other = type(left), type(right)
    if kind is other or (kind in _NUMBERS and other in _NUMBERS):
        return bool(left == right) if kind in _PLAIN else _same_inside(left, right)
    if kind in _NUMBERS and other is str:
        return bool(left == _number_in(right))
    return bool(right == _number_in(left)) if kind is str and other in _NUMBERS else False


def _same_inside(left: Any, right: Any) -> bool:
    try:
        return left is not UNDEFINED and left is not None and bool(left == right)
    except RecursionError:
        return False


def comparable(left: Any, right: Any) -> tuple[Any, Any] | None:
    """The two as they are put in order, as texts or as numbers; None where they have no order."""
    kind, other = type(left), type(right)
    if kind in _NUMBERS and other in _NUMBERS:
        return left, right
    if kind is str and other is str:
        return left, right
    first, second = number_of(left), number_of(right)
    return None if first is None or second is None else (first, second)


def known(value: Any) -> Any:
    """The value; JSON's null is as undefined as what is not there."""
    return UNDEFINED if value is None else value
