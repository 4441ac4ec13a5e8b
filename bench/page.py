"""Writes the figures of ``docs/performance.json`` into ``docs/performance.md``, and its plots. ``python -m bench.page``.

``make bench-docs`` takes all figures anew before.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from bench import __main__ as load
from bench import cost, peers
from bench.cases import COUNTED, LOADED
from bench.figures import COMPILED, COST, LOAD, Figures, Row, read, told, write
from bench.growth import COUNTED as GROWING
from bench.growth import GROWTH
from bench.hits import ROOT
from bench.options import Options
from core import product

PAGE: Final = ROOT / "docs" / "performance.md"
FIGURES: Final = ROOT / "docs" / "performance.json"
PLOTS: Final = ROOT / "docs" / "performance"
_VISITS: Final = (10_000, 100_000, 1_000_000, 10_000_000)
EVENTS_A_VISIT: Final = 20
PEAK: Final = 5
"""How many times the average of the day the busiest second has."""


def render(page: str, figures: Figures, machine: Mapping[str, str]) -> str:
    """The page with its figures, each between two comments that name it. Raises ValueError where a place is missing."""
    for name, text in _places(figures, machine):
        pattern = rf"(<!-- {name} -->\n)(?:.*\n)*?(<!-- /{name} -->)"
        page, found = re.subn(pattern, lambda match, text=text: f"{match[1]}{text}\n{match[2]}", page)  # type: ignore[misc]
        if found != 1:
            raise ValueError(f"{PAGE.name} has no place for {name}")
    return page


def _places(figures: Figures, machine: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "machine", _machine(figures, machine)
    for name, rows in (("cost", COST), ("load", LOAD), ("compiled", COMPILED), ("peers", peers.ROWS)):
        yield name, _table(rows, figures)
    for name, growth in GROWTH.items():
        shown = f"\n\n![{growth.title}](performance/{name}.svg)" if growth.chart(figures) else ""
        yield name, growth.table(figures) + shown
    yield "capacity", _capacity(figures["usual/rate"])


def _machine(figures: Figures, machine: Mapping[str, str]) -> str:
    what = f"{machine['date']}, commit {machine['commit']}, Python {machine['python']}, {machine['processor']}"
    return f"{what}; {figures['machine/slowness']:.1f} times slower than the machine that goals in seconds are meant for."


def _table(rows: tuple[Row, ...], figures: Figures) -> str:
    head, *lines = told(rows, figures)
    goals = any(line[2] for line in lines)
    kept = [line if goals else line[:2] for line in (("figure", *head[1:]), *lines)]
    above, *below = (f"| {' | '.join(line)} |" for line in kept)
    return "\n".join([above, "|" + "---|" * len(kept[0]), *below])


def _capacity(rate: float) -> str:
    """What visits need, by what one core was measured to take, planned at half of it."""
    rows = ["| visits a day | events a day | in the busiest second | cores |", "|---|---|---|---|"]
    for visits in _VISITS:
        events = visits * EVENTS_A_VISIT
        busiest = events / 86_400 * PEAK
        cores = math.ceil(busiest / (rate / 2) * 10) / 10
        rows.append(f"| {visits:,} | {events:,} | {busiest:,.0f} | {cores:,.1f} |")
    return f"One core took **{rate:,.0f} events a second**; half of it is planned with.\n\n" + "\n".join(rows)


def _cost() -> Figures:
    return cost.measure(Options(), tuple(dict.fromkeys((*COUNTED, *GROWING))))


def _load() -> Figures:
    return load.measure(Options(rounds=5), (*LOADED, "backlog_100k"))


def _peers() -> Figures:
    return peers.measure(Options(rounds=5))


def _compiled() -> Figures:
    """Those of the usual case, by names that say of which build they are. Raises SystemExit where another one runs."""
    if not product.COMPILED:
        raise SystemExit("no compiled build is in the path: make bench-docs")
    usual = Options(case="usual")
    return {f"compiled/{name}": figure for name, figure in {**load.measure(usual), **cost.measure(usual)}.items()}


PARTS: Final[Mapping[str, Callable[[], Figures]]] = {"peers": _peers, "load": _load, "cost": _cost, "compiled": _compiled}
"""What can be measured anew by itself."""


def main() -> None:
    """Measures what is asked for, and writes page and plots."""
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__)
    parser.add_argument("--measure", nargs="*", choices=PARTS, default=[], help="These figures are taken anew before.")
    figures = dict(read(FIGURES)) if FIGURES.exists() else {}
    for part in parser.parse_args().measure:
        figures |= PARTS[part]()
        write(FIGURES, figures)
    run = json.loads(FIGURES.read_text(encoding="utf-8"))
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8"), run["figures"], run["machine"]), encoding="utf-8")
    PLOTS.mkdir(exist_ok=True)
    for name, growth in GROWTH.items():
        if chart := growth.chart(run["figures"]):
            (PLOTS / f"{name}.svg").write_text(chart, encoding="utf-8")


if __name__ == "__main__":
    main()
