"""Limits and numbers that several checks share."""

from __future__ import annotations

import re
from typing import Any, Final

LONGEST_NAME: Final = 40
LONGEST_VALUE: Final = 100
MOST_EXAMINED: Final = 200
"""Events, parameters, items or user properties that are looked at one by one; of more than that only the number is told."""

NUMBERS: Final = frozenset({int, float})
"""Types of which every value is a number."""

_is_number_text: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?").fullmatch


def is_number(value: Any) -> bool:
    """A number of JSON; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_numeric(value: Any) -> bool:
    """A number, or a text that is one, as in Google's own samples."""
    return is_number(value) or (isinstance(value, str) and _is_number_text(value) is not None)
