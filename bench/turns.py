"""Turns under the load: all that is measured runs from the beginning, and in each round each has the load for a short time."""

from __future__ import annotations

import contextlib
import os
import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from bench.figures import Figures
from bench.load import full
from bench.processes import memory, processor_seconds, settle
from bench.serving import Served
from bench.watcher import watching


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
    watched: bool = False
    """Somebody has its debug page open meanwhile."""
    rounds: list[Round] = field(default_factory=list)
    memory: float = 0.0
    pages: list[float] = field(default_factory=list)
    """How long each page took, in ms, that somebody opened meanwhile."""


def take(turns: Mapping[str, Turns], rounds: int, seconds: float, core: str) -> Figures:
    """The figures of so many rounds, of ``seconds`` each; a first one is to get warm."""
    for number in range(rounds + 1):
        _round(turns, seconds, core)
        rates = "  ".join(f"{name} {each.rounds[-1].rate:,.0f}" for name, each in turns.items())
        print(f"round {number}, a second: {rates}", flush=True)
    return _summary(turns)


def _round(turns: Mapping[str, Turns], seconds: float, core: str) -> None:
    for each in turns.values():
        with contextlib.ExitStack() as stack:
            pages = stack.enter_context(watching(each.served.admin, core)) if each.watched else []
            each.rounds.append(_turn(each.served, seconds, core))
        each.pages += pages
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


def _summary(turns: Mapping[str, Turns]) -> Figures:
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
