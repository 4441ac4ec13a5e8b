"""What the workers tell of their scripts, as one: for the command line and for the debug page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple, TypeAlias

Row: TypeAlias = dict[str, Any]

_NOT_LISTED: Final = ("Asked for, not listed", "whoever asked was sent on to Google. List under ids what shall come from here.")
_UNKNOWN_HOSTS: Final = (
    "Hosts that are nobody's",
    "their scripts were left as Google wrote them. List under hosts what is yours.",
)
_PASSED_ON: Final = ("Hits of Google's tags that were to be passed on to Google", "")


class Table(NamedTuple):
    """Counts for a person to read; ``advice`` says what to do about them, where there is something to do."""

    title: str
    advice: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Told:
    """``scripts``: a file a row, of what several workers hold the youngest, or the one that failed. Else counts, most first."""

    scripts: Sequence[Row]
    not_listed: Sequence[Sequence[Any]]
    unknown_hosts: Sequence[Sequence[Any]]
    passed_on: Sequence[Sequence[Any]]

    def tables(self) -> list[Table]:
        """The counts of which there are some."""
        every = (
            Table(*_NOT_LISTED, ("id", "requests"), self.not_listed),
            Table(*_UNKNOWN_HOSTS, ("host", "requests"), self.unknown_hosts),
            Table(*_PASSED_ON, ("path", "outcome", "requests"), self.passed_on),
        )
        return [each for each in every if each.rows]

    def as_json(self) -> dict[str, Any]:
        """All of it under the same names."""
        return asdict(self)


def told(answers: Sequence[Mapping[str, Any]]) -> Told:
    """The workers' answers to ``{"do": "scripts"}``. One that is an error tells nothing."""
    files = [row for answer in answers for row in answer.get("scripts", ())]
    latest = {
        (row["url"], row["region"]): row for row in sorted(files, key=lambda row: (row["failure"] is not None, -row["age"]))
    }
    return Told(
        [latest[key] for key in sorted(latest)],
        *(_added_up(answers, name) for name in ("not_listed", "unknown_hosts", "passed_on")),
    )


def _added_up(answers: Sequence[Mapping[str, Any]], name: str) -> list[list[Any]]:
    counts: Counter[tuple[str, ...]] = Counter()
    for answer in answers:
        for *about, count in answer.get(name, ()):
            counts[tuple(about)] += count
    return [[*about, count] for about, count in counts.most_common()]
