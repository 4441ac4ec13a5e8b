"""What came of a reload, as whoever asked for it is told: the worker of ``tagyard reload`` by its control socket, in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from config import Problem


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one worker. What was read from ``path`` is in force, unless there is a ``failure``, which says why it is not.

    ``problems`` are what was found in the file, doubts too. ``configuration`` is the digest of what was read, and
    ``needs_a_restart`` are keys that have changed since the start and wait for one: both are of a reload that succeeded.
    """

    path: Path
    problems: Sequence[Problem] = ()
    failure: str | None = None
    configuration: str = ""
    needs_a_restart: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        """Whether it was taken."""
        return self.failure is None

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return {
            "ok": self.ok,
            "path": str(self.path),
            "configuration": self.configuration,
            "needs_a_restart": list(self.needs_a_restart),
            "failure": self.failure,
            "problems": [asdict(problem) for problem in self.problems],
        }
