"""What is wrong with a configuration, or doubtful, and where. One problem is one line, or three with its excerpt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from config.source import Position

Severity: TypeAlias = Literal["error", "warning", "note"]
PathPart: TypeAlias = str | int
Path: TypeAlias = tuple[PathPart, ...]

_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Problem:
    """An error (nothing is started), a warning, or a note (of what is as it should be, if it was meant).

    ``excerpt`` is the line as written, secrets in it masked.
    """

    severity: Severity
    file: str
    line: int
    column: int
    path: str
    message: str
    excerpt: str = ""
    length: int = 1

    def __str__(self) -> str:
        return ": ".join(part for part in (f"{self.file}:{self.line}:{self.column}", self.path, self.message) if part)


def render(problem: Problem) -> str:
    """The problem with the line it is about and carets under the culprit; a long line is shown in part."""
    start = max(0, problem.column - 1 - _WIDTH // 2) if len(problem.excerpt) > _WIDTH else 0
    line = problem.excerpt[start : start + _WIDTH]
    before = line[: problem.column - 1 - start]
    indent = "".join("\t" if character == "\t" else " " for character in before)
    carets = "^" * max(1, min(problem.length, len(line) - len(before)))
    return f"{problem}\n{problem.line:5} | {line}\n      | {indent}{carets}"


def dotted(path: Path) -> str:
    """A path as messages show it: ``tags.ga4.triggers[1]``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


class Report:
    """The problems found so far."""

    def __init__(self) -> None:
        self._problems: dict[Problem, None] = {}
        self.notes: list[Problem] = []
        """What is no problem."""
        self.masked: list[Position] = []
        """Values written into the file that look like secrets; no excerpt shows them."""

    @property
    def problems(self) -> list[Problem]:
        """Each once, in the order of finding."""
        return list(self._problems)

    def error(self, place: Position, path: Path, message: str) -> None:
        """Notes a mistake."""
        self._add("error", place, path, message)

    def warn(self, place: Position, path: Path, message: str) -> None:
        """Notes something that works but is probably not meant."""
        self._add("warning", place, path, message)

    def note(self, place: Position, path: Path, message: str) -> None:
        """Notes what whoever wrote this should know of it."""
        self.notes.append(self.problem("note", place, path, message))

    @property
    def failed(self) -> bool:
        """Whether there is an error among them."""
        return any(problem.severity == "error" for problem in self._problems)

    def problem(self, severity: Severity, place: Position, path: Path, message: str) -> Problem:
        """What would be noted."""
        excerpt = self._masked_line(place)
        one_line = " ".join(message.splitlines())
        return Problem(severity, place.source.name, place.line, place.column, dotted(path), one_line, excerpt, place.length)

    def _add(self, severity: Severity, place: Position, path: Path, message: str) -> None:
        self._problems.setdefault(self.problem(severity, place, path, message))

    def _masked_line(self, place: Position) -> str:
        line = place.source.lines[place.line - 1] if place.line <= len(place.source.lines) else ""
        for hidden in self.masked:
            if hidden.source is place.source and hidden.line == place.line:
                at = hidden.column - 1
                line = line[:at] + "*" * hidden.length + line[at + hidden.length :]
        return line
