"""``make bench``: CPU time an event and events a second, end to end, beside a bare ASGI application in the same rounds.

The server has one core to itself; the load (wrk) and the destination share another. Everything that is measured runs from
the beginning; in each round each has the load in turn, for a short time. The figures are medians over the rounds.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

from bench.cases import CASES, LOADED
from bench.figures import LOAD, Figures
from bench.load import paced
from bench.options import Options, options, tell
from bench.processes import cores, free_port, launched, pinned, processor_seconds, settle
from bench.serving import bare, first_answer, prepared, serve, tagyard
from bench.turns import Turns, take
from tests.budget.machine import slowness

_STARTS: Final = 3


def main() -> None:
    """Measures and prints."""
    asked = options("python -m bench", __doc__)
    if shutil.which("wrk") is None:
        raise SystemExit("the benchmark needs wrk; on Debian: apt-get install wrk")
    tell(LOAD, measure(asked), asked)


def measure(asked: Options, usual: Sequence[str] = LOADED) -> Figures:
    """Of the case that is asked for, or of these; beside the bare application."""
    names = asked.names(usual)
    own, other = cores()
    print(f"server on core {own}; load and destination on core {other}" if own else "the server shares its core with the load")
    figures = {"machine/slowness": slowness()}
    for name in names:
        if name == "usual" or CASES[name].backlog:
            figures.update(_start(name, own))
    with contextlib.ExitStack() as stack:
        turns = {"bare": Turns(stack.enter_context(bare(own)))}
        for name in names:
            turns[name] = Turns(stack.enter_context(tagyard(CASES[name], own, other)), CASES[name].watched)
        figures.update(take(turns, asked.rounds, asked.seconds, other))
        if "usual" in turns:
            figures.update(_latency(turns, figures["usual/rate"] / 2, asked.seconds))
    return figures


def _latency(turns: Mapping[str, Turns], rate: float, seconds: float) -> Figures:
    """The 99th percentile of the replies at this steady rate, of both, in turns: the median of three each."""
    p99: dict[str, list[float]] = {"bare": [], "usual": []}
    for _ in range(3):
        for name, found in p99.items():
            took = paced(turns[name].served.port, turns[name].served.hit, rate, seconds)
            found.append(took[int(len(took) * 0.99)])
            settle(turns[name].served.process)
    return {f"{name}/p99": median(found) for name, found in p99.items()} | {"usual/paced": rate}


def _start(name: str, core: str) -> Figures:
    """Seconds from the start to the first 2xx, and what it takes of the processor until then: medians."""
    walls, processors = [], []
    with prepared(CASES[name]) as (folder, _):
        for _ in range(_STARTS):
            port = free_port()
            began = time.monotonic()
            with launched(pinned(serve(folder, port, free_port()), core)) as process:
                walls.append(first_answer(port) - began)
                processors.append(processor_seconds(process.pid))
    return {f"{name}/start": median(walls), f"{name}/start_cpu": median(processors)}


if __name__ == "__main__":
    main()
