"""What an unquoted scalar of the YAML means, by short rules of our own: no surprising times, octals and booleans.

``true`` and ``false``, ``null`` or nothing at all, whole numbers of up to 18 digits and decimal numbers, neither with
leading zeros or a plus; everything else is the text as written. So ``on``, ``yes``, ``0123``, ``12:30:45``, ``1e5`` and
``2024-01-01`` are texts.
"""

from __future__ import annotations

import re
from typing import TypeAlias

Constant: TypeAlias = str | int | float | bool | None

_WORDS: dict[str, Constant] = {"": None, "null": None, "true": True, "false": False}
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,30}(?:[eE][-+]?[0-9]{1,2})?")


def resolve(text: str) -> Constant:
    """The value of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text
