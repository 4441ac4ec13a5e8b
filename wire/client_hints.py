"""The header ``Sec-CH-UA``: which browser it is, among brands that are made up."""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 1000
_QUOTED: Final = r'"((?:[^"\\]|\\.)*)"'
_BRAND: Final = re.compile(rf"{_QUOTED}\s*(?:;\s*v\s*=\s*{_QUOTED})?")
_BACKSLASHED: Final = re.compile(r"\\(.)")


def read_brands(header: str) -> list[dict[str, str]]:
    """``"Chromium";v="142", "Not A;Brand";v="99"`` as brands and their versions; none of a header longer than any real one."""
    found = _BRAND.findall(header) if len(header) <= _LONGEST else []
    return [{"brand": _unquoted(brand), "version": _unquoted(version)} for brand, version in found]


def _unquoted(text: str) -> str:
    return _BACKSLASHED.sub(r"\1", text)
