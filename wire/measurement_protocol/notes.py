"""What is noted while a payload is read: checks that found something, to be told with all others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from wire.measurement_protocol.checks import Check

MOST_PER_CHECK: Final = 25
"""Findings of one check that are kept."""


class Note(NamedTuple):
    """A check and what fills in its words."""

    check: Check
    values: Mapping[str, Any]


class Notes:
    """Notes in the order in which they were made; of one check no more than are told."""

    __slots__ = ("exact", "found", "within")

    def __init__(self) -> None:
        self.found: list[Note] = []
        self.within = ""
        """The path of the payload that is read, where there are several."""
        self.exact = False
        """There may be numbers that are kept digit by digit."""

    def add(self, check: Check, **values: Any) -> None:
        """Notes a finding; ``path`` among the values is that within the payload."""
        if sum(note.check is check for note in self.found) < MOST_PER_CHECK:
            if self.within and "path" in values:
                values["path"] = f"{self.within}.{values['path']}"
            self.found.append(Note(check, values))

    def shape(self, path: str, given: str, meant: str) -> None:
        """Notes that a value has another shape than the schema's, and as what it is read; the body itself has the empty path."""
        self.add(Check.SHAPE, path=path, what=path or "The body", given=given, meant=meant)
