"""``make cost``: instructions an event, counted by callgrind, which no neighbour can move.

The pure way of a hit in a loop, the whole server process, and the bare application. Each is counted at two sizes, so that
what happens once cancels out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bench.callgrind import available, counting, pure_way
from bench.cases import CASES, COUNTED
from bench.figures import COST, Figures
from bench.load import fixed
from bench.options import Options, options, tell
from bench.processes import settle
from bench.serving import Served, bare, tagyard

_SIZES: Final = (100, 500)
_PURE: Final = ("strangers", "server_mode", "quiet_tag", "quiet_step", "quiet_exception")
"""Counted on the pure way alone."""


def main() -> None:
    """Counts and prints."""
    asked = options("python -m bench.cost", __doc__)
    if not available():
        raise SystemExit("counting instructions needs valgrind; on Debian: apt-get install valgrind")
    tell(COST, measure(asked), asked)


def measure(asked: Options, usual: Sequence[str] = COUNTED) -> Figures:
    """Of the case that is asked for, or of these and of some the pure way alone; beside the bare application."""
    names = asked.names(usual)
    figures = {f"{name}/pure": float(each) for name, each in pure_way(*asked.names((*usual, *_PURE))).items()}
    for name in names:
        figures[f"{name}/whole"] = _whole(name)
        print(
            f"{name}: {figures[f'{name}/whole']:,.0f} instructions an event, {figures[f'{name}/pure']:,.0f} on the pure way",
            flush=True,
        )
    return {**figures, "bare/whole": _bare()}


def _whole(name: str) -> float:
    with counting() as counter, tagyard(CASES[name], under=counter.under) as served:
        load(served, 1)
        counter.begin(served.process)
        load(served, 50)
        return counter.each(lambda size: load(served, size), _SIZES)


def _bare() -> float:
    with counting() as counter, bare(under=counter.under) as served:
        counter.begin(served.process)
        load(served, 50)
        return counter.each(lambda size: load(served, size), _SIZES)


def load(served: Served, events: int) -> None:
    """So many events, until every one has arrived and the process has nothing left to do."""
    times = max(1, events // served.hit.events)
    before, _ = served.arrived()
    fixed(served.port, served.hit, times)
    served.wait_for(before + times * served.hit.events * served.deliveries)
    settle(served.process)


if __name__ == "__main__":
    main()
