"""What is loaded: since when, from which files, and what is doubtful in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from config import Problem, Settings
from config.assembly import running_order
from server.inspection.present import Shown, moment
from server.inspection.privacy import Privacy
from server.loading.serving import Serving
from server.observe import Recorder


class LastReload(TypedDict):
    """When another configuration was to be taken, and what was wrong with it, where it was refused."""

    at: str
    ok: bool
    problems: list[str]


class LineProblem(TypedDict):
    """A problem, beside its line."""

    severity: str
    column: int
    length: int
    message: str
    path: str


class LineShown(TypedDict):
    """A line of a file, its secrets masked."""

    number: int
    text: str
    problems: list[LineProblem]


class ProblemShown(TypedDict):
    """A problem by itself."""

    severity: str
    where: str
    path: str
    message: str


class TagSummary(TypedDict):
    """What the file says of a tag, and the transformations that reach it, in the order in which they run."""

    name: str
    type: str
    note: str | None
    triggers: list[str]
    exceptions: list[str]
    consent: list[str]
    transformations: list[str]


@dataclass(slots=True)
class Reloads:
    """How often another configuration was taken, and the ``last`` time that one was to be, if there was any.

    Times are microseconds.
    """

    taken: int = 0
    last: LastReload | None = None

    def refused(self, at: int, problems: Sequence[str]) -> None:
        """The old configuration stays."""
        self.last = {"at": moment(at), "ok": False, "problems": list(problems)}

    def accepted(self, at: int) -> None:
        """The new one is in force."""
        self.taken += 1
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


def configured(serving: Serving, recorder: Recorder, reloads: Reloads) -> Shown:
    """The configuration in force. Secrets written into the file are masked; ``${NAME}`` shows as it is written."""
    settings = serving.settings
    privacy = Privacy((text for secret in serving.secret_values for text in _in_yaml(secret)), reveal=True)
    return {
        "path": str(serving.path),
        "since": moment(serving.since),
        "reloads": reloads.taken,
        "failed_reload": reloads.failed,
        "files": [
            {"name": source.name, "lines": _lines(source.name, source.lines, serving.problems, privacy)}
            for source in serving.sources
        ],
        "problems": [_problem(each) for each in serving.problems],
        "clients": list(settings.clients),
        "tag_names": list(settings.tags),
        "geo_built": None if serving.geo_built is None else moment(serving.geo_built * 1_000_000)[:10],
        "recorded_requests": recorder.limit,
        "recorded_bytes": recorder.bytes,
        "recorded": len(recorder),
        "tags": [_tag(name, settings) for name in settings.tags],
    }


def _in_yaml(secret: str) -> list[str]:
    """How a line of the file may write the secret, or a part of it: with its quotes doubled, or over several lines."""
    return [secret, secret.replace("'", "''"), *secret.splitlines()]


def _lines(name: str, lines: list[str], problems: Sequence[Problem], privacy: Privacy) -> list[LineShown]:
    found: dict[int, list[LineProblem]] = {}
    for each in problems:
        if each.file == name:
            told: LineProblem = {
                "severity": each.severity,
                "column": each.column,
                "length": each.length,
                "message": each.message,
                "path": each.path,
            }
            found.setdefault(each.line, []).append(told)
    return [
        {"number": number, "text": privacy.text(line), "problems": found.get(number, [])} for number, line in enumerate(lines, 1)
    ]


def _problem(problem: Problem) -> ProblemShown:
    where = f"{problem.file}:{problem.line}:{problem.column}"
    return {"severity": problem.severity, "where": where, "path": problem.path, "message": problem.message}


def _tag(name: str, settings: Settings) -> TagSummary:
    tag = settings.tags[name]
    reaching = [each.name for each in running_order(settings) if each.settings.reaches(name)]
    return {
        "name": name,
        "type": tag.type,
        "note": tag.settings.note,
        "triggers": tag.settings.triggers,
        "exceptions": tag.settings.exceptions,
        "consent": list(tag.settings.consent),
        "transformations": reaching,
    }
