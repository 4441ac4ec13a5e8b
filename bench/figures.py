"""Figures by name, what follows from them, and the goals that stand beside them."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from bench.hits import ROOT

Figures: TypeAlias = Mapping[str, float]
"""By ``CASE/GAUGE``. Gauges: ``pure`` and ``whole`` (instructions an event), ``cpu`` (µs an event), ``rate`` (events a second,
delivered), ``cpu_share`` and ``rate_share`` (of the bare application's in the same round), ``memory`` (MiB), ``start`` and
``start_cpu`` (s), ``p99`` (ms at ``paced`` events a second), ``page`` (ms).
``machine/slowness``: how much slower this machine is than the one that limits in seconds are meant for."""


@dataclass(frozen=True)
class Row:
    """What is told: a figure or what follows from some, and its goal, at most or at least so much."""

    says: str
    of: Callable[[Figures], float]
    most: float | None = None
    least: float | None = None

    def verdict(self, figure: float) -> str:
        """In words; empty where there is no goal."""
        if self.most is None and self.least is None:
            return ""
        met = (self.most is None or figure <= self.most) and (self.least is None or figure >= self.least)
        return "met" if met else "missed"

    @property
    def goal(self) -> str:
        """As it is written."""
        if self.most is not None:
            return f"≤ {number(self.most)}"
        return f"≥ {number(self.least)}" if self.least is not None else ""


def gauge(name: str) -> Callable[[Figures], float]:
    """The figure of this name, as it is."""
    return lambda figures: figures[name]


def _ratio(above: str, below: str) -> Callable[[Figures], float]:
    return lambda figures: figures[above] / figures[below]


def _slowed(name: str) -> Callable[[Figures], float]:
    """Seconds on the machine that limits are meant for: see ``tests.budget.machine``."""
    return lambda figures: figures[name] / figures["machine/slowness"]


def _more(case: str) -> Callable[[Figures], float]:
    return lambda figures: figures[f"{case}/pure"] - figures["usual/pure"]


def _further_tag(figures: Figures) -> float:
    first = figures["usual/whole"] - figures["no_tag/whole"]
    return (figures["five_tags/whole"] - figures["usual/whole"]) / 4 / first


def _remembering(gauge: str) -> Callable[[Figures], float]:
    return lambda figures: figures[f"usual/{gauge}"] / figures[f"forgetful/{gauge}"] - 1


def _two_workers(figures: Figures) -> float:
    """As if the load had cores of its own: both workers shared two with it."""
    return figures["two_workers/rate"] / figures["usual/rate"] * 2 / figures["two_workers/left"]


COST: Final = (
    Row("(a) pure way, instructions an event", gauge("usual/pure"), most=280_000),
    Row("the same, each hit another visitor's", gauge("strangers/pure")),
    Row("the same of a hit in server mode", gauge("server_mode/pure")),
    Row("(b) end to end, the whole process", gauge("usual/whole"), most=560_000),
    Row("(c) the bare application", gauge("bare/whole")),
    Row("(c) ÷ (b)", _ratio("bare/whole", "usual/whole"), least=0.2),
    Row("each further tag that fires ÷ the first", _further_tag, most=0.35),
    Row("a tag that does not fire", _more("quiet_tag"), most=10_000),
    Row("a transformation that finds nothing", _more("quiet_step"), most=10_000),
    Row("an exception that does not match", _more("quiet_exception"), most=10_000),
    Row("remembering 500 requests, share of the whole process", _remembering("whole"), most=0.02),
    Row("no tag fires, the whole process", gauge("no_tag/whole")),
    Row("five tags fire", gauge("five_tags/whole")),
    Row("20 events in one request, an event", gauge("batch_20/whole")),
    Row("a purchase by Measurement Protocol", gauge("purchase/whole")),
)
"""What ``make cost`` tells."""

LOAD: Final = (
    Row("CPU time of an event, µs", gauge("usual/cpu")),
    Row("CPU time of the bare application's answer, µs", gauge("bare/cpu")),
    Row("bare ÷ end to end by CPU time, median of rounds", gauge("usual/cpu_share"), least=0.2),
    Row("events a second, delivered", gauge("usual/rate")),
    Row("answers a second of the bare application", gauge("bare/rate")),
    Row("end to end ÷ bare by throughput, median of rounds", gauge("usual/rate_share")),
    Row("two workers ÷ one, less the load's share", _two_workers, least=1.7),
    Row("CPU time of an event with two workers ÷ with one", _ratio("two_workers/cpu", "usual/cpu")),
    Row("1,000,000 rows waiting ÷ none, events a second", _ratio("backlog_1m/rate", "usual/rate"), least=0.9),
    Row("start to the first 2xx with them, s", gauge("backlog_1m/start")),
    Row("the same, were the machine as fast as the goal's", _slowed("backlog_1m/start"), most=3),
    Row("memory with them under load, MiB", gauge("backlog_1m/memory"), most=200),
    Row("start to the first 2xx, s", gauge("usual/start")),
    Row("the same, were the machine as fast as the goal's", _slowed("usual/start"), most=1),
    Row("start to the first 2xx, CPU time, s", gauge("usual/start_cpu")),
    Row("memory of a worker under load, MiB", gauge("usual/memory"), most=120),
    Row("remembering 500 requests, share of CPU time", _remembering("cpu")),
    Row("reply p99 at half of that load, ms", gauge("usual/p99")),
    Row("reply p99 ÷ the bare application's at the same rate", _ratio("usual/p99", "bare/p99"), most=3),
    Row("debug page open ÷ closed, events a second", _ratio("watched/rate", "usual/rate")),
    Row("a page of it under that load, ms", gauge("watched/page")),
    Row("the slowest page, ms", gauge("watched/slowest_page")),
)
"""What ``make bench`` tells. Seconds and shares are of the machine that it runs on: see ``machine``."""

COMPILED: Final = (
    Row("(a) pure way, instructions an event", gauge("compiled/usual/pure"), most=280_000),
    Row("(b) end to end, the whole process", gauge("compiled/usual/whole"), most=560_000),
    Row("(c) the bare application", gauge("compiled/bare/whole")),
    Row("(c) ÷ (b)", _ratio("compiled/bare/whole", "compiled/usual/whole"), least=0.2),
    Row("CPU time of an event, µs", gauge("compiled/usual/cpu")),
    Row("bare ÷ end to end by CPU time, median of rounds", gauge("compiled/usual/cpu_share"), least=0.2),
    Row("events a second, delivered", gauge("compiled/usual/rate")),
    Row("memory of a worker under load, MiB", gauge("compiled/usual/memory"), most=120),
    Row("start to the first 2xx, CPU time, s", gauge("compiled/usual/start_cpu")),
    Row("reply p99 ÷ the bare application's at the same rate", _ratio("compiled/usual/p99", "compiled/bare/p99"), most=3),
)
"""The usual case on a compiled build, beside the bare application as it ran at that time."""


def told(rows: tuple[Row, ...], figures: Figures, old: Figures | None = None) -> Iterator[tuple[str, ...]]:
    """The lines of a table, its head first: figure, goal and verdict; and beside an old figure the new one and the change."""
    yield ("", "now", "goal", "") if old is None else ("", "old", "now", "change", "goal", "")
    for row in rows:
        now, before = _value(row, figures), _value(row, old or {})
        if now is None:
            continue
        change = "" if before in (None, 0) else f"{now / before - 1:+.1%}"
        compared = () if old is None else ("" if before is None else number(before),)
        yield (row.says, *compared, number(now), *(() if old is None else (change,)), row.goal, row.verdict(now))


def _value(row: Row, figures: Figures) -> float | None:
    try:
        return row.of(figures)
    except KeyError:  # not measured this time
        return None


def untold(figures: Figures) -> tuple[Row, ...]:
    """A row for each figure: of a case that was asked for by its name."""
    return tuple(Row(name.replace("/", ", "), gauge(name)) for name in figures)


def number(value: float) -> str:
    """With as many digits as tell something."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"


def printed(lines: Iterator[tuple[str, ...]]) -> str:
    """The lines as a table for a terminal."""
    table = list(lines)
    widths = [max(len(line[at]) for line in table) for at in range(len(table[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width) for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in table
    )


def machine() -> dict[str, str]:
    """Where and when the figures were taken, and of what."""
    info = Path("/proc/cpuinfo")
    model = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE) if info.exists() else None
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    return {
        "date": time.strftime("%d %B %Y").lstrip("0"),
        "commit": commit,
        "python": platform.python_version(),
        "processor": model[1] if model else platform.machine(),
    }


def write(path: Path, figures: Figures) -> None:
    """As JSON, with the machine."""
    path.write_text(json.dumps({"machine": machine(), "figures": figures}, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read(path: Path) -> Figures:
    """What ``write`` wrote. Raises SystemExit where it is something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["figures"]
        return {str(name): float(figure) for name, figure in found.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise SystemExit(f"{path}: no figures of an earlier run: {error}") from error
