"""What a piece of a hit (``name=text``) says, whatever stands beside it, and whether it may leave again as it came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from wire.address import is_address
from wire.ga4.families import member
from wire.ga4.findings import Findings
from wire.ga4.query import decoded, may_leave, named
from wire.ga4.table import FALLBACK, GROUPS, PARAMETERS, Parameter, fallback_place
from wire.ga4.values import NUMBER

Reading: TypeAlias = tuple[str, str, Any, str]
"""The group of parameters, the key, the value, and the piece if it may leave as it came, else nothing.

The group is empty for a key of the event, names the object (``client_hints``) for a key in there, or is one of those below.
"""

UNSENT: Final = "-"
"""The group of what is put into the event, and never leaves again."""
FAMILY: Final = "*"
"""The group of what waits for the others of the hit: the key is how the name begins, the value the rest of it and the text."""
ODD: Final = "?"
"""The group of what is put into the event, and worth a finding, if it is the first of its name: the value is an Odd."""
NOTHING: Final = "&"
"""The group of an empty piece."""


class Odd(NamedTuple):
    """What is read of a piece that is odd, and how to tell."""

    value: Any
    tell: Callable[[Findings, str, str], None]
    name: str
    text: str


class Named(NamedTuple):
    """Name and text of a piece, decoded, and the piece if it may leave as it is: then its name is plain, and its text sound."""

    name: str
    text: str
    left: str


def named_in(piece: str) -> Named:
    """Takes a piece apart."""
    if may_leave(piece):
        name, _, text = piece.partition("=")
        if "%" not in piece and ";" not in name:
            return Named(name, text, piece)
        if "%" not in name and ";" not in name:
            plain, sound = decoded(text)
            return Named(name, plain, piece if sound else "")
    return Named(*named(piece), "")


def read(piece: Named) -> Reading:
    """What it says."""
    name, text, left = piece
    row = _READERS.get(name)
    if row is None:
        return _read_unnamed(name, text, left)
    group, key, read_text = row
    value: Any = text if read_text is None else read_text(text)
    if value is None and text and not group and not is_address(text):
        return ODD, key, Odd(value, Findings.not_an_address, name, text), left
    if value is text and read_text is NUMBER.read and not group:
        return ODD, key, Odd(value, Findings.not_a_number, name, text), left
    return group, key, value, "" if type(value) is dict else left


def _read_unnamed(name: str, text: str, left: str) -> Reading:
    of_family = member(name)
    if of_family:
        head, rest = of_family
        return FAMILY, head, (rest, text), left
    if not (name or text or left):
        return NOTHING, "", "", ""
    return UNSENT if fallback_place(name) is None else "", FALLBACK + name, text, left


_Reader: TypeAlias = Callable[[str], Any]


def _target(row: Parameter) -> tuple[str, str]:
    group, dot, entry = row.key.partition(".")
    if dot and group in GROUPS:
        return group, entry
    return UNSENT if row.name in ("v", "richsstsse") else "", row.key


_READERS: Final[Mapping[str, tuple[str, str, _Reader | None]]] = {row.name: (*_target(row), row.type.read) for row in PARAMETERS}


def remembered(piece: str, readings: Readings, named: Named | None = None) -> Reading:
    """The reading of a piece that is not among these. It is kept there, unless it is long, odd, or user data."""
    reading = read(named or named_in(piece))
    if len(piece) <= LONGEST and reading[0] != ODD and type(reading[2]) is not dict and "user_data" not in piece:
        if len(readings) >= MOST:
            readings.clear()
        readings[piece] = reading
    return reading


Readings: TypeAlias = dict[str, Reading]
"""By their pieces."""
READINGS: Final[Readings] = {}
"""Of pieces that were read before, of any hit: most of a hit is what others of the site, and of like browsers, say too."""
MOST: Final = 4096
LONGEST: Final = 200
"""Characters of a piece that is kept: those of a browser with all its client hints are no longer."""
