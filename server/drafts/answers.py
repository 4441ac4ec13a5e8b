"""What is asked about a draft, and what is answered: JSON, so that it goes from process to process."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, TypedDict

from config import Problem
from server.inspection.base import Base
from server.inspection.recorded import Recorded
from server.system.terminal import visible

Doing: TypeAlias = Literal["check", "test", "diff"]
DOINGS: Final[tuple[Doing, ...]] = ("check", "test", "diff")

MOST: Final = 200
"""Problems, tests and differences that are told one by one; of more it is told how many there are."""
LONGEST: Final = 2_000
"""Characters of a text that is told."""
MOST_LINES: Final = 40
"""Lines that show what a test has found instead."""


class Asked(TypedDict):
    """What is done with a draft, and what it starts from."""

    do: Doing
    base: Base


class Job(TypedDict):
    """``texts`` are the draft's files by name; ``recorded`` is what a diff runs through both."""

    do: Doing
    base: Base
    texts: dict[str, str]
    recorded: list[Recorded]


class Found(TypedDict):
    """A problem, and where it is."""

    severity: str
    file: str
    line: int
    column: int
    path: str
    message: str


class Unheld(Found):
    """An expectation that does not hold; ``more`` shows what was found, line by line."""

    more: list[str]


class Tried(TypedDict):
    """What came of a test, which stands at this line."""

    name: str
    file: str
    line: int
    failures: list[Unheld]


class Differing(TypedDict):
    """Differences of a kind: ``how`` is ``+``, ``-`` or ``~``; the first is of the request with this ``worker`` and ``id``."""

    how: str
    what: str
    count: int
    before: str | None
    after: str | None
    worker: int
    id: str


class DifferingTag(TypedDict):
    """What differs of a tag; of the requests themselves where the name is empty."""

    tag: str
    rows: list[Differing]


class Answer(TypedDict):
    """``problems`` are those of the draft. Without an ``error`` the draft was looked at; ``superseded`` by a later one.

    ``contents`` is what it holds, empty where it has mistakes. ``secrets`` are names that the configuration in force lacks.
    ``headline`` sums up the tests or the differences, of whichever was asked; ``first`` is a test to begin with.
    """

    do: Doing
    error: str
    superseded: bool
    problems: list[Found]
    untold: int
    contents: str
    secrets: list[str]
    notes: list[str]
    headline: str
    tests: list[Tried]
    first: str
    differences: list[DifferingTag]


def nothing(do: Doing) -> Answer:
    """An answer to which what was found is added."""
    return {
        "do": do,
        "error": "",
        "superseded": False,
        "problems": [],
        "untold": 0,
        "contents": "",
        "secrets": [],
        "notes": [],
        "headline": "",
        "tests": [],
        "first": "",
        "differences": [],
    }


def failed(do: Doing, error: str) -> Answer:
    """The draft could not be looked at."""
    return {**nothing(do), "error": error}


def found(problem: Problem) -> Found:
    """The problem as it is told."""
    return {
        "severity": problem.severity,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "path": short(problem.path),
        "message": short(problem.message),
    }


def short(text: str) -> str:
    """The text with its control characters written out, as much of it as is told."""
    return visible(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")


def counted(number: int, plural: str) -> str:
    """``1 tag``, ``2 tags``."""
    return f"{number} {plural.removesuffix('s') if number == 1 else plural}"
