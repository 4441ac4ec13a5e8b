"""``python -m bench.scale``: what docs/scaling.md says of capacity, from what was measured, printed and written there.

``--measure`` has the same load on an outbox in files and on one in JetStream first, and keeps the figures in docs/scaling.json.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bench import broker
from bench.figures import Figures, number, read, write
from bench.hits import ROOT
from bench.page import EVENTS_A_VISIT, PEAK
from bench.page import FIGURES as MEASURED
from bench.surge import Surge, waiting

PAGE: Final = ROOT / "docs" / "scaling.md"
FIGURES: Final = ROOT / "docs" / "scaling.json"

_SECONDS_A_DAY: Final = 86_400
_VISITS: Final = (100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000)
_PLANNED: Final = 0.5
"""How busy a worker is in the busiest second."""

_SURGES: Final = (1.0, 1.5, 1.9, 2.5, 4.0)
_UNMEASURED: Final = (
    "Not measured on this page's machine yet: `python -m bench.scale --measure` takes the figures and writes them here."
)


@dataclass(frozen=True)
class Need:
    """What so many visits a day need: hits in the busiest second, and workers that are half busy then, or less."""

    visits: int
    busiest: float
    workers: int

    @classmethod
    def of(cls, visits: int, rate: float) -> Need:
        """By what one worker was measured to take."""
        busiest = visits * EVENTS_A_VISIT / _SECONDS_A_DAY * PEAK
        return cls(visits, busiest, max(1, math.ceil(busiest / (rate * _PLANNED))))


def tables(measured: Figures, compared: Figures, machine: Mapping[str, str]) -> Mapping[str, str]:
    """By its place on the page: of docs/performance.json, and of docs/scaling.json, which is of this machine, or empty."""
    rate = measured["usual/rate"]
    return {
        "worker": _table(_worker(measured)),
        "capacity": _table(_capacity(rate)),
        "surges": _table(_surges(rate)),
        "jetstream": f"{_table(_outboxes(compared))}\n\n{_where(machine)}" if compared else _UNMEASURED,
    }


def render(page: str, measured: Figures, compared: Figures, machine: Mapping[str, str]) -> str:
    """The page with its tables, each between two comments that name it. Raises ValueError where a place is missing."""
    for name, text in tables(measured, compared, machine).items():
        place = re.compile(rf"(<!-- {name} -->\n)(?:.*\n)*?(<!-- /{name} -->)")
        here = place.search(page)
        if here is None:
            raise ValueError(f"{PAGE.name} has no place for {name}")
        page = f"{page[: here.start()]}{here[1]}{text}\n{here[2]}{page[here.end() :]}"
    return page


def _table(lines: Iterator[tuple[str, ...]]) -> str:
    head, *rows = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join([head, "|" + "---|" * (head.count("|") - 1), *rows])


def _worker(measured: Figures) -> Iterator[tuple[str, ...]]:
    yield "an outbox in files, events a second", "delivered"
    yield "one worker", number(measured["usual/rate"])
    yield "one worker, compiled", number(measured["compiled/usual/rate"])
    yield "two workers, on two cores that the load and the destination use as well", number(measured["two_workers/rate"])


def _capacity(rate: float) -> Iterator[tuple[str, ...]]:
    yield "visits a day", "events in the busiest second", "workers", "busy then", "99 of 100 wait at most, ms"
    for visits in _VISITS:
        need = Need.of(visits, rate)
        each = need.busiest / need.workers
        wait = waiting(each, rate)
        yield f"{visits:,}", f"{need.busiest:,.0f}", f"{need.workers:,}", f"{each / rate:.0%}", f"{wait.p99 * 1000:.1f}"


def _surges(rate: float) -> Iterator[tuple[str, ...]]:
    yield "hits, times those of the busiest second", "busy", "the longest waits, ms", "refused with 503"
    for times in _SURGES:
        wait = waiting(rate * _PLANNED, rate, Surge(times))
        yield f"{times:g}", f"{times * _PLANNED:.0%}", f"{wait.longest * 1000:.0f}", f"{wait.refused:.1%}"


def _outboxes(compared: Figures) -> Iterator[tuple[str, ...]]:
    yield "outbox", "events a second", "CPU time of an event, µs", "rate ÷ that of files"
    for name, says in (("sqlite", "in files"), ("jetstream", "in JetStream, one server")):
        rate = compared[f"{name}/rate"]
        yield says, number(rate), number(compared[f"{name}/cpu"]), f"{rate / compared['sqlite/rate']:.2f}"
    yield "… that server itself", "", number(compared["nats/cpu"]), ""


def _where(machine: Mapping[str, str]) -> str:
    return f"Taken on {machine['date']}, commit {machine['commit']}, Python {machine['python']}, {machine['processor']}."


def found() -> tuple[Figures, Mapping[str, str]]:
    """What docs/scaling.json has, and of which machine; nothing where it is not there."""
    if not FIGURES.exists():
        return {}, {}
    machine: Mapping[str, str] = json.loads(FIGURES.read_text(encoding="utf-8"))["machine"]
    return read(FIGURES), machine


def main() -> None:
    """Measures where that is asked for, prints the tables, and writes them into the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--measure", action="store_true", help="Take the figures of the two outboxes anew before.")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=2, help="Of load, in a round, for each.")
    asked = parser.parse_args()
    if asked.measure:
        write(FIGURES, broker.measure(asked.rounds, asked.seconds))
    measured, (compared, machine) = read(MEASURED), found()
    for name, text in tables(measured, compared, machine).items():
        print(f"{name}\n\n{text}\n")
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8"), measured, compared, machine), encoding="utf-8")


if __name__ == "__main__":
    main()
