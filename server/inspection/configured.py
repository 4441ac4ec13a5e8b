"""What is loaded: since when, from which files, what is doubtful in them, and their lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypedDict

from config import Problem
from server.inspection.files import Files, name_of
from server.inspection.present import Shown, moment
from server.inspection.sections import Sections
from server.loading.serving import Serving
from server.observe import Recorder

MOST: Final = 200
"""Problems that are told."""
AT_ONCE: Final = 1000
"""Lines of a file that are shown at once."""


class LastReload(TypedDict):
    """When another configuration was to be taken, and what was wrong with it, where it was refused."""

    at: str
    ok: bool
    problems: list[str]


class ProblemShown(TypedDict):
    """A problem, and where it is."""

    severity: str
    file: str
    line: int
    column: int
    length: int
    path: str
    message: str


class LineShown(TypedDict):
    """A line of a file, its secrets masked."""

    number: int
    text: str
    problems: list[ProblemShown]


@dataclass(slots=True)
class Reloads:
    """How often another configuration was taken, and the ``last`` time that one was to be, if there was any.

    Times are microseconds. ``waiting`` are the keys whose change needs a restart.
    """

    taken: int = 0
    last: LastReload | None = None
    waiting: Sequence[str] = ()

    def refused(self, at: int, problems: Sequence[str]) -> None:
        """The old configuration stays."""
        self.last = {"at": moment(at), "ok": False, "problems": list(problems)}

    def accepted(self, at: int, waiting: Sequence[str] = ()) -> None:
        """The new one is in force, but for these keys."""
        self.taken += 1
        self.waiting = waiting
        self.last = {"at": moment(at), "ok": True, "problems": []}

    @property
    def failed(self) -> LastReload | None:
        """The last, where it was refused."""
        return None if self.last is None or self.last["ok"] else self.last

    def reasons(self) -> list[str]:
        """What whoever runs this should know of it: the same words for every worker that has met the same."""
        if self.failed is None:
            return []
        first, *others = self.failed["problems"]
        more = f" (and {len(others)} more)" if others else ""
        return [f"the last reload failed, and what was loaded before is still running: {first}{more}"]


def configured(serving: Serving, recorder: Recorder, reloads: Reloads, files: Files) -> Shown:
    """The configuration in force, but for its values and lines: those are asked for by and by."""
    settings, sections = serving.settings, Sections(serving)
    problems = [problem_shown(each) for each in serving.problems]
    return {
        "path": str(serving.path),
        "since": moment(serving.since),
        "reloads": reloads.taken,
        "failed_reload": reloads.failed,
        "waiting": list(reloads.waiting),
        "files": [{"name": file.name, "lines": len(file.lines)} for file in files.of(serving)],
        "problems": problems[:MOST],
        "more_problems": len(problems[MOST:]),
        "sections": sections.summaries(),
        "idle": sections.idle(),
        "secrets": [{"name": name, "origin": origin} for name, origin in serving.surroundings.secrets.items()],
        "clients": list(settings.clients),
        "tag_names": list(settings.tags),
        "geo_built": None if serving.geo_built is None else moment(serving.geo_built * 1_000_000)[:10],
        "recorded_requests": recorder.limit,
        "recorded_bytes": recorder.bytes,
        "recorded": len(recorder),
    }


def lines(serving: Serving, files: Files, name: str, first: int) -> list[LineShown]:
    """The lines of a file from this one on, as many as are shown at once. Raises KeyError."""
    found = {file.name: file.lines for file in files.of(serving)}[name]
    problems: dict[int, list[ProblemShown]] = {}
    for each in serving.problems:
        if name_of(each.file) == name:
            problems.setdefault(each.line, []).append(problem_shown(each))
    shown = enumerate(found[first - 1 : first - 1 + AT_ONCE], first)
    return [{"number": number, "text": text, "problems": problems.get(number, [])} for number, text in shown]


def problem_shown(problem: Problem) -> ProblemShown:
    """The problem as pages show it."""
    return {
        "severity": problem.severity,
        "file": name_of(problem.file),
        "line": problem.line,
        "column": problem.column,
        "length": problem.length,
        "path": problem.path,
        "message": problem.message,
    }
