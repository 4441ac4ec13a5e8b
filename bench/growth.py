"""How cost grows: which cases stand along which axis, for tables and plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.figures import Figures, number
from bench.plot import plot


@dataclass(frozen=True)
class Growth:
    """An axis: cases by their size, and the gauges that are told of each, in words. The first of these are plotted."""

    title: str
    along: str
    cases: Mapping[int, str]
    gauges: Mapping[str, str]
    plotted: int = 2

    def table(self, figures: Figures) -> str:
        """In Markdown. A figure that was not taken is a dash."""
        head = f"| {self.along} | {' | '.join(self.gauges.values())} |\n|{'---|' * (len(self.gauges) + 1)}\n"
        rows = (f"| {size:,} | {' | '.join(self._cells(case, figures))} |" for size, case in self.cases.items())
        return head + "\n".join(rows)

    def _cells(self, case: str, figures: Figures) -> Sequence[str]:
        found = (figures.get(f"{case}/{gauge}") for gauge in self.gauges)
        return ["–" if figure is None else number(figure) for figure in found]

    def chart(self, figures: Figures) -> str:
        """As SVG; empty where there are too few figures for a line."""
        lines = {
            says: points
            for gauge, says in list(self.gauges.items())[: self.plotted]
            if len(points := [(size, figures[key]) for size, case in self.cases.items() if (key := f"{case}/{gauge}") in figures])
            > 1
        }
        return plot(self.title, self.along, lines) if lines else ""


_INSTRUCTIONS: Final = {"whole": "whole process", "pure": "pure way"}

GROWTH: Final[Mapping[str, Growth]] = {
    "parameters": Growth(
        "Instructions of an event by its parameters",
        "parameters of the page view",
        {10: "parameters_10", 33: "usual", 60: "parameters_60", 100: "parameters_100"},
        _INSTRUCTIONS,
    ),
    "tags": Growth(
        "Instructions of an event by the tags that fire",
        "tags that fire",
        {0: "no_tag", 1: "usual", 5: "five_tags", 10: "ten_tags"},
        _INSTRUCTIONS,
    ),
    "transformations": Growth(
        "Instructions of an event by transformations",
        "transformations that change it",
        {2: "usual", 12: "ten_steps", 22: "twenty_steps"},
        _INSTRUCTIONS,
    ),
    "batch": Growth(
        "Instructions of an event by the size of its batch",
        "events in one request",
        {1: "batch_1", 5: "batch_5", 20: "batch_20"},
        {"whole": "whole process"},
    ),
    "backlog": Growth(
        "CPU time of an event by what waits",
        "rows that wait for another destination",
        {0: "usual", 100_000: "backlog_100k", 1_000_000: "backlog_1m"},
        {"cpu": "µs an event", "rate": "events a second", "start": "start to the first 2xx, s", "memory": "memory, MiB"},
        plotted=1,
    ),
}

COUNTED: Final = tuple(dict.fromkeys(case for name, each in GROWTH.items() if name != "backlog" for case in each.cases.values()))
"""Cases whose instructions these need."""
