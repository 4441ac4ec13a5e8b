"""Where a character of a value stands in the file, however the value is written: plain, in quotes, over several lines.

YAML folds lines and takes indentation away, so white space alone differs between a value and what is written: the places of
all other characters follow from their order. ``${NAME}`` is replaced before an expression is compiled: its places are
counted from the ``{{`` before them, of which a replaced value brings none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from config.nodes import ScalarNode
from config.source import Position

_ESCAPED: Final = re.compile(r"\\(?:x.{2}|u.{4}|U.{8}|.|$)")
_WHITE_ESCAPES: Final = frozenset("tnvfrN_LP \t")
"""Letters of escapes that stand for white space."""
_WORD: Final = re.compile(r"'[^']*'|\"[^\"]*\"|\$\{\w*\}?|is(?: +not)? +\w+|[\w.]+|\{[{%]|\}\}|[=<>!&|]+")
_OPEN: Final = "{{"


class Spot(NamedTuple):
    """A character of a text as it was compiled."""

    text: str
    offset: int


def place_of(node: ScalarNode, spot: Spot) -> Position:
    """Where the word, the test or the sign that begins there is written; the whole value where that cannot be told."""
    offset = _as_written(node.text, spot)
    if offset is None:
        return node.place
    found = _WORD.match(node.text, offset)
    return place_at(node, offset, len(found[0]) if found else 1)


def place_at(node: ScalarNode, offset: int, length: int) -> Position:
    """Where these characters of the value are written, as far as they are on one line."""
    before, wanted, all_of_it = _solid(node.text[:offset]), _solid(node.text[offset : offset + length]), _solid(node.text)
    places = list(islice(_written(node), min(before + max(1, wanted), all_of_it)))
    if not places:
        return node.place
    line, column, _ = places[min(before, len(places) - 1)]
    _, last, width = next(place for place in reversed(places) if place[0] == line)
    return Position(node.place.source, line + 1, column + 1, last + width - column)


def _solid(text: str) -> int:
    """How many of its characters are no white space."""
    return sum(map(len, text.split()))


def _as_written(raw: str, spot: Spot) -> int | None:
    if spot.text == raw:
        return spot.offset
    opened = spot.text.rfind(_OPEN, 0, spot.offset + len(_OPEN))
    if opened < 0:
        return None
    at = -1
    for _ in range(spot.text.count(_OPEN, 0, opened) + 1):
        at = raw.find(_OPEN, at + 1 if at < 0 else at + len(_OPEN))
    return at + spot.offset - opened


def _written(node: ScalarNode) -> Iterator[tuple[int, int, int]]:
    """Line, column and width of every character of the value that is no white space, in their order, counted from 0."""
    lines, line, column = node.place.source.lines, node.place.line - 1, node.place.column - 1
    style = lines[line][column : column + 1]
    if style in ("|", ">"):
        line, column = line + 1, 0
    elif style in ("'", '"'):
        column += 1
    while line < len(lines):
        for at, width, solid in _characters(lines[line], column, style):
            if solid:
                yield line, at, width
        line, column = line + 1, 0


def _characters(line: str, column: int, style: str) -> Iterator[tuple[int, int, bool]]:
    """Of one line: where each character begins, how many it is written with, and whether it is more than white space."""
    while column < len(line):
        width, solid = 1, not line[column].isspace()
        if style == "'" and line.startswith("''", column):
            width = 2
        elif style == '"' and (found := _ESCAPED.match(line, column)):
            width, solid = len(found[0]), _is_solid(found[0][1:])
        yield column, width, solid
        column += width


def _is_solid(escaped: str) -> bool:
    """Whether an escape, without its backslash, stands for more than white space; a line's end stands for nothing."""
    if escaped[1:]:
        return not chr(int(escaped[1:], 16)).isspace()
    return escaped != "" and escaped not in _WHITE_ESCAPES
