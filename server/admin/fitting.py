"""How much of a request fits on a page: what visitors send may be of any size, a page may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

LONGEST: Final = 2000
"""Characters of one value that a page shows; all of it is to be had as text."""

_MARKUP: Final = 120
"""Characters that a row of a table takes besides what it says."""
_ESCAPED: Final = "&<>'\""
_ENTITY: Final = 4
"""Characters by which the longest entity, ``&#34;``, is longer than what it stands for."""

Row = TypeVar("Row")


def fitting(rows: Sequence[Row], room: int) -> Sequence[Row]:
    """The first rows, as many as a page has room for (in characters of HTML); one at least."""
    for count, row in enumerate(rows):
        room -= _weight(row) + _MARKUP
        if room < 0:
            return rows[: max(1, count)]
    return rows


def clipped(text: str, room: int) -> str:
    """The beginning of the text that takes no more characters of HTML than this."""
    if len(text) * (_ENTITY + 1) <= room:
        return text
    beginning = text[:room]
    while (over := len(beginning) + _entities(beginning) - room) > 0:
        beginning = beginning[: len(beginning) - max(1, over // (_ENTITY + 1))]
    return beginning


def _weight(shown: object) -> int:
    if isinstance(shown, str):
        beginning = shown[:LONGEST]
        return len(beginning) + _entities(beginning)
    if isinstance(shown, Mapping):
        return sum(map(_weight, shown.values()))
    if isinstance(shown, Sequence):
        return sum(map(_weight, shown))
    return 0


def _entities(text: str) -> int:
    return _ENTITY * sum(map(text.count, _ESCAPED))
