"""How values are written into a query, a form and a header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.expressions.values import text_of

_CONTROL: Final = dict.fromkeys((*range(32), 127), " ")


def pairs(fields: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Names and texts; a list repeats its name."""
    listed = [(name, value if isinstance(value, list) else [value]) for name, value in fields.items()]
    return [(name, text(item)) for name, items in listed for item in items]


def text(value: Any) -> str:
    """A value in one text; empty where there is none."""
    return text_of(value) or ""


def header_text(value: Any) -> str:
    """One line, as UTF-8 bytes in the latin-1 text that a connection writes."""
    return text(value).translate(_CONTROL).strip().encode(errors="replace").decode("latin-1")
