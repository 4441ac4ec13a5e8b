"""Numbers as they travel in a hit, read by one strict rule."""

from __future__ import annotations

import math
import re
from typing import Any

from core.numbers import javascript

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LONGEST = 32
_SURE = 15
"""Digits that a float holds, whatever they are."""
_EXACT = 2**53
_LARGEST = 2**63
"""What JSON, as others read and write it, has room for."""


def read(text: str) -> int | float | str:
    """The number; the text itself where it is none (``NaN``, ``1e999``), or has digits that no number here could keep."""
    if text.isdigit() and text.isascii() and len(text) <= _SURE and (text[0] != "0" or text == "0"):
        return int(text)
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        return text
    whole = int(text) if text.lstrip("-").isdigit() else None
    if whole is not None and abs(whole) <= _EXACT:
        return whole
    number = float(text)
    if math.isfinite(number) and _keeps(number, text):
        return number
    return text if whole is None or not -_LARGEST <= whole < _LARGEST else whole


def _keeps(number: float, text: str) -> bool:
    """Whether the number is written with the digits of the text."""
    if len(text) <= _SURE and "e" not in text and "E" not in text:
        return True
    written = javascript(number)
    return written is not None and (written == text or _digits(written) == _digits(text))


def _digits(text: str) -> tuple[str, int]:
    """The digits from the first to the last that is not 0, and the power of ten of the last."""
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    ends = len(digits) - len(digits.rstrip("0"))
    return digits.rstrip("0"), int(exponent or 0) - len(fraction) + ends if digits else 0


def is_number(value: Any) -> bool:
    """Whether a value of event data counts as a number: a boolean does not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_numeral(text: str) -> bool:
    """Whether a text is a number, however many digits it has."""
    return _NUMBER.fullmatch(text) is not None
