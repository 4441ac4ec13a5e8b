"""``make bench``: CPU time an event and events a second, end to end, beside a bare ASGI application in the same rounds.

The server has one core to itself; the load (wrk) and the destination share another. Everything that is measured runs from
the beginning; in each round each has the load in turn, for a short time. The figures are medians over the rounds.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import time
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from bench.cases import CASES, LOADED
from bench.figures import LOAD, Figures
from bench.load import full, paced
from bench.options import Options, options, tell
from bench.processes import cores, free_port, launched, memory, pinned, processor_seconds, settle
from bench.serving import Served, bare, first_answer, prepared, serve, tagyard
from bench.watcher import watching
from tests.budget.machine import slowness

_STARTS: Final = 3


@dataclass(frozen=True)
class Round:
    """One turn: µs of CPU an event, events a second that were delivered, and cores that the load left to the server."""

    cpu: float
    rate: float
    left: float


@dataclass
class Turns:
    """What one case has shown so far."""

    served: Served
    rounds: list[Round] = field(default_factory=list)
    memory: float = 0.0
    pages: list[float] = field(default_factory=list)
    """How long each page took, in ms, that somebody opened meanwhile."""


def main() -> None:
    """Measures and prints."""
    asked = options("python -m bench", __doc__)
    if shutil.which("wrk") is None:
        raise SystemExit("the benchmark needs wrk; on Debian: apt-get install wrk")
    tell(LOAD, measure(asked), asked)


def measure(asked: Options) -> Figures:
    """Of the case that is asked for, or of all; beside the bare application."""
    names = asked.names(LOADED)
    own, other = cores()
    print(f"server on core {own}; load and destination on core {other}" if own else "the server shares its core with the load")
    figures = {"machine/slowness": slowness()}
    for name in names:
        if name in ("usual", "backlog_1m"):
            figures.update(_start(name, own))
    with contextlib.ExitStack() as stack:
        turns = {"bare": Turns(stack.enter_context(bare(own)))}
        for name in names:
            turns[name] = Turns(stack.enter_context(tagyard(CASES[name], own, other)))
        for number in range(asked.rounds + 1):
            _round(turns, asked.seconds, other)
            rates = "  ".join(f"{name} {each.rounds[-1].rate:,.0f}" for name, each in turns.items())
            print(f"round {number}, a second: {rates}", flush=True)
        figures.update(_summary(turns))
        if "usual" in turns:
            figures.update(_latency(turns, figures["usual/rate"] / 2, asked.seconds))
    return figures


def _round(turns: dict[str, Turns], seconds: float, core: str) -> None:
    """The first one is to get warm: what it shows is not among the figures."""
    for name, each in turns.items():
        watched = name in CASES and CASES[name].watched
        with watching(each.served.admin, core) if watched else contextlib.nullcontext(each.pages) as pages:
            each.rounds.append(_turn(each.served, seconds, core))
        each.pages += pages if watched else []
        each.memory = max(each.memory, memory(each.served.process))


def _turn(served: Served, seconds: float, core: str) -> Round:
    before, _ = served.arrived()
    began, processor, load = time.time(), processor_seconds(served.process), _load_seconds(served)
    answers = full(served.port, served.hit, seconds, core)
    events = answers.answered * served.hit.events
    last = served.wait_for(before + events * served.deliveries)
    took = (last or time.time()) - began
    left = len(os.sched_getaffinity(0)) - (_load_seconds(served) - load) / took
    settle(served.process)
    return Round((processor_seconds(served.process) - processor) / events * 1e6, events / took, left)


def _load_seconds(served: Served) -> float:
    """What load and destination have taken of the processor so far."""
    load = resource.getrusage(resource.RUSAGE_CHILDREN)
    return load.ru_utime + load.ru_stime + (processor_seconds(served.vendor_process) if served.vendor_process else 0.0)


def _summary(turns: dict[str, Turns]) -> Figures:
    """The medians; of the shares of the bare application too, which are taken round by round."""
    figures: dict[str, float] = {}
    yardstick = turns["bare"].rounds[1:]
    for name, each in turns.items():
        rounds = each.rounds[1:]
        pairs = list(zip(rounds, yardstick, strict=True))
        figures[f"{name}/cpu"] = median(turn.cpu for turn in rounds)
        figures[f"{name}/rate"] = median(turn.rate for turn in rounds)
        figures[f"{name}/left"] = median(turn.left for turn in rounds)
        figures[f"{name}/cpu_share"] = median(bare.cpu / turn.cpu for turn, bare in pairs)
        figures[f"{name}/rate_share"] = median(turn.rate / bare.rate for turn, bare in pairs)
        figures[f"{name}/memory"] = each.memory
        figures |= {f"{name}/page": median(each.pages), f"{name}/slowest_page": max(each.pages)} if each.pages else {}
    return figures


def _latency(turns: dict[str, Turns], rate: float, seconds: float) -> Figures:
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
