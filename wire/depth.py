"""How deep JSON is nested: what is deeper than any real document would cost stacks further on."""

from __future__ import annotations

from typing import Any, Final

MOST_LEVELS: Final = 32
"""Objects and lists within each other. A payload of Measurement Protocol has six: events, event, params, items, item."""


def is_deep(body: bytes, value: Any) -> bool:
    """Whether the value, as which the body was read, has more levels than that."""
    return body.count(b"{") + body.count(b"[") > MOST_LEVELS and nests_deep(value)


def nests_deep(value: Any) -> bool:
    """The same of a value that nobody has written down."""
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [inner for outer in level for inner in _within(outer) if isinstance(inner, dict | list)]
    return bool(level)


def _within(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value
