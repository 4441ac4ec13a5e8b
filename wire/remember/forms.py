"""How the cookies of platforms are written: an id, with the time and more around it. One text writes a form and reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_PLACES: Final[Mapping[str, str]] = {
    "{level}": r"[0-2]",
    "{ms}": r"\d{10,16}",
    "{s}": r"\d{1,12}",
    "{tail}": r"(\.(?:[A-Za-z0-9_-]{2}|[A-Za-z0-9_-]{8}))?",
    "{more}": r"([^\r\n]*)",
}
"""What may stand in a form besides the id. Meta's libraries add a tail of 2 or 8 characters, Google's server more fields."""
_PLACE: Final = re.compile(r"(\{\w+\})")
_LEVELS: Final = 2


@dataclass(frozen=True, slots=True)
class Moment:
    """When a cookie is made (``at`` in microseconds), and how many labels the domain has that it is for."""

    at: int
    labels: int


class Form:
    """``text`` has ``{id}`` and other places; ``id`` is the pattern of an id."""

    def __init__(self, text: str, id: str = r"[^\r\n]+") -> None:
        self._text = text
        places = {**_PLACES, "{id}": f"({id})"}
        pieces = (places.get(piece) or re.escape(piece) for piece in _PLACE.split(text))
        self._pattern = re.compile("".join(pieces), re.ASCII)
        self._has_tail = "{tail}" in text

    def write(self, id: str, moment: Moment) -> str:
        """The cookie's value."""
        level = min(moment.labels - 1, _LEVELS)
        return self._text.format(id=id, level=level, ms=moment.at // 1000, s=moment.at // 1_000_000, tail="", more="")

    def read(self, value: str) -> str | None:
        """The id in a cookie's value; None for any other text."""
        found = self._pattern.fullmatch(value)
        return found[1] if found else None

    def is_of(self, value: str, id: str) -> bool:
        """Whether the value has this id; what looks like a tail may be its end."""
        found = self._pattern.fullmatch(value)
        return found is not None and (found[1] == id or (self._has_tail and found[1] + (found[2] or "") == id))


PLAIN: Final = Form("{id}")
FBC: Final = Form("fb.{level}.{ms}.{id}{tail}", r"[A-Za-z0-9_.-]+?")
FBP: Final = Form("fb.{level}.{ms}.{id}{tail}", r"\d{1,10}")
GCL_OF_A_PAGE: Final = Form("GCL.{s}.{id}", r"[\w.-]+")
GCL_OF_A_SERVER: Final = Form("2.1.k{id}$i{s}{more}", r"[^$\r\n]+")
UET: Final = Form("_uet{id}", r"[\w-]+")
DATED: Final = Form("{ms}.{id}", r"[\w-]{1,64}")
