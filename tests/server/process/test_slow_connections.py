"""A healthy visitor beside many who take their time: what each of the twelve kinds of them is, ``slow`` says."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.process.destination import Destination
from tests.server.process.harness import ROOT, Tagyard
from tests.server.process.slow import KINDS
from tests.server.process.test_connections import Line
from tests.server.process.test_crowds import asked, worker, write

pytestmark = pytest.mark.process

WHOLE = 100
"""Rounds from which on all five hundred come, and stay for long."""
TIMES = 3.0
"""By how much the healthy visitor may have to wait longer."""
NOISE = 0.030
"""Seconds that no figure is worth on a machine that does other things besides, in the short run."""
TRIES = 6
"""In the short run the best counts: what else runs on the machine makes a visitor slower, and none faster."""
PAUSE = 0.005


@contextlib.contextmanager
def slow(port: int, count: int) -> Iterator[None]:
    """So many of them, in a process of their own."""
    command = [sys.executable, "-m", "tests.server.process.slow", str(port), str(count)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield
    finally:
        process.kill()
        process.communicate(timeout=60)


def healthy(port: int, seconds: float) -> list[float]:
    """How long each answer took, over connections of which every tenth request opens a new one; shortest first."""
    took: list[float] = []
    line, until = Line(port), time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.perf_counter()
        if len(took) % 10 == 9:
            line.leave()
            line = Line(port)
        assert line.ask(asked(f"healthy-{len(took)}"))[0] == 204
        took.append(time.perf_counter() - began)
        time.sleep(PAUSE)
    line.leave()
    return sorted(took)


def p99(took: list[float]) -> float:
    return took[int(len(took) * 0.99)]


def test_a_healthy_visitor_does_not_wait_for_slow_connections(tmp_path: Path, rounds: int) -> None:
    count, seconds = (500, 40.0) if rounds >= WHOLE else (120, 4.0)
    with Destination() as vendor, Tagyard(write(tmp_path, vendor)) as server:
        healthy(server.port, 1)
        alone = healthy(server.port, seconds)
        before = p99(alone)
        most, tries = (TIMES * before, 1) if rounds >= WHOLE else (max(TIMES * before, NOISE), TRIES)
        with slow(server.port, count):
            for _ in range(tries):
                beside = healthy(server.port, seconds)
                if p99(beside) <= most:
                    break
            told = worker(server)
        after = p99(beside)
        print(f"\n{count} slow connections of {len(KINDS)} kinds: p50 {alone[len(alone) // 2] * 1000:.1f} ms alone,", end=" ")
        print(f"{beside[len(beside) // 2] * 1000:.1f} beside; p99 {before * 1000:.1f} ms alone, {after * 1000:.1f} beside")
        print(f"closed: {told['counts']['connections_closed']}")
        assert after <= most
        assert told["accepting"]
        assert server.stop() == 0
