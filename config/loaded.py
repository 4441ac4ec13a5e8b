"""What reading a configuration gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from config.document import Document
from config.problem import Path, Problem
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of the files. ``settings`` is None exactly where a problem is an error.

    ``secrets`` holds the value of every secret the files name, ``placeholders`` the names of those that have none.
    """

    settings: Settings | None
    problems: tuple[Problem, ...]
    secrets: Mapping[str, str] = field(repr=False)
    environment: Mapping[str, str]
    placeholders: tuple[str, ...]
    document: Document = field(repr=False, compare=False)

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What is as it should be if it was meant; it fails nothing."""
        return tuple(self.document.report.notes)

    def problem(self, location: Path, message: str) -> Problem:
        """Something wrong with what the file says at this location, such as ``("tests", 1, "sent")``, found later on."""
        return self.document.problem(location, message)
