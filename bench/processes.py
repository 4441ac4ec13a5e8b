"""Processes that are measured: started, ended, and what the kernel says of them."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.hits import ROOT

_TICK: Final = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def launched(
    command: Sequence[str], env: Mapping[str, str] | None = None, patience: float = 60
) -> Iterator[subprocess.Popen[bytes]]:
    """A process, which is ended, and waited for."""
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(2 * patience)


@contextlib.contextmanager
def running(
    command: Sequence[str], port: int, env: Mapping[str, str] | None = None, patience: float = 60
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that listens on this port. Raises SystemExit where it does not start in time."""
    with launched(command, env, patience) as process:
        _wait_for(port, process, patience)
        yield process


def _wait_for(port: int, process: subprocess.Popen[bytes], patience: float) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit(f"{process.args!r} did not start")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def cores() -> tuple[str, str]:
    """The core for what is measured, and the one for the load and the destination; both empty where nothing can be pinned."""
    available = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (str(available[0]), str(available[1])) if len(available) > 1 and shutil.which("taskset") else ("", "")


def pinned(command: Sequence[str], core: str) -> list[str]:
    """The command, on this core alone; anywhere where it is empty."""
    return ["taskset", "-c", core, *command] if core else [*command]


def processor_seconds(process: int) -> float:
    """What the process and those it has started have taken of the processor, in their own code and in the kernel's."""
    taken = 0
    for each in family(process):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            taken += int(fields[11]) + int(fields[12])
    return taken / _TICK


def memory(process: int) -> float:
    """MiB in RAM of the largest of these processes."""
    return max(_resident(each) for each in family(process))


def family(process: int) -> list[int]:
    """The process, and those it has started, and so on."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        children = []
    return [process, *(each for child in children for each in family(int(child)))]


def _resident(process: int) -> float:
    try:
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    except OSError:
        found = None
    return int(found[1]) / 1024 if found else 0.0


def settle(process: int, patience: float = 60) -> None:
    """Waits until the process has nothing left to do: until it takes less than a fiftieth of a core."""
    deadline = time.monotonic() + patience
    before = processor_seconds(process)
    while time.monotonic() < deadline:
        time.sleep(0.5)
        now = processor_seconds(process)
        if now - before <= 0.01:
            return
        before = now
