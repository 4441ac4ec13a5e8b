"""Instructions of a process that runs under callgrind (valgrind), counted only while it does what is asked for."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from bench.cases import CASES
from bench.hits import ROOT

_TOTAL: Final = re.compile(r"^(?:summary|totals): (\d+)", re.MULTILINE)
SIZES: Final = (20, 120)
"""Events of the two runs whose difference is taken: so what a run costs once cancels out."""


def available() -> bool:
    """Whether valgrind is installed, with the program that talks to what runs under it."""
    return shutil.which("valgrind") is not None and shutil.which("vgdb") is not None


class Counter:
    """Starts and asks a process under callgrind, whose dumps go into a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._out = folder / "callgrind.out"
        self.under = ("valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={self._out}")
        """What the process runs under. It counts nothing until ``begin``, which makes it start several times as fast."""

    def begin(self, process: int) -> None:
        """Counts from now on."""
        self._process = process
        self._ask("instrumentation", "on")

    def instructions(self, work: Callable[[], object]) -> int:
        """That the process executes until this work is done."""
        self._ask("zero")
        work()
        before = set(self._dumps())
        self._ask("dump")
        (dump,) = set(self._dumps()) - before
        totals = _TOTAL.findall(dump.read_text())
        dump.unlink()
        return int(totals[-1])

    def each(self, work: Callable[[int], object], sizes: tuple[int, int] = SIZES) -> int:
        """Instructions of one more event, where ``work`` does as many as it is told."""
        fewer, more = (self.instructions(lambda size=size: work(size)) for size in sizes)  # type: ignore[misc]
        return (more - fewer) // (sizes[1] - sizes[0])

    def _dumps(self) -> list[Path]:
        return list(self._out.parent.glob(f"{self._out.name}.*"))

    def _ask(self, *what: str) -> None:
        subprocess.run(["vgdb", f"--pid={self._process}", *what], check=True, capture_output=True)


@contextlib.contextmanager
def counting() -> Iterator[Counter]:
    """A counter, with the folder that it needs."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield Counter(Path(folder))


def pure_way(*names: str) -> Mapping[str, int]:
    """Instructions of an event of each of these cases on the pure way, ``bench.pure``.

    Each has a process of its own: what another has left in the memory moves the figure by three per cent.
    """
    return {name: _pure_way(name) for name in names}


def _pure_way(name: str) -> int:
    with counting() as counter:
        command = [*counter.under, sys.executable, "-m", "bench.pure", name]
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            talk = (process.stdin, process.stdout)

            def work(times: int) -> None:
                print(name, times, file=talk[0], flush=True)
                if talk[1].readline() != "done\n":
                    raise SystemExit(f"the pure way of {name} failed")

            work(1)
            counter.begin(process.pid)
            work(1)  # what is made at the first event is not made again
            return counter.each(work) // CASES[name].hit.events
