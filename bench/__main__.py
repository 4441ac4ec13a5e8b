"""``make bench``: events a second end to end, beside a bare ASGI application under the same load in the same run.

The server has one core to itself; the load (wrk) and the destination share another. Each round measures both, one
after the other; the figures are medians over the rounds, and only their ratio travels from machine to machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.usual import CONFIG, ROOT, free_port, running, usual_hit

_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Figures:
    """One measurement: requests a second, latency percentiles in ms, answers below 300, answers of 300 and above."""

    rate: float
    latency: dict[str, float]
    answered: int
    refused: int


@dataclass(frozen=True)
class EndToEnd:
    """One round of the whole way: what the load saw, and what the destination got until the last arrival."""

    load: Figures
    arrived: int
    rate: float
    memory: int
    """MiB that the server takes at the end."""
    page: dict[str, float]
    """What somebody saw who had the debug page open; empty where nobody had."""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--connections", type=int, default=64)
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("the benchmark needs wrk; on Debian: apt-get install wrk")
    cores = _cores()
    print(_pinning(cores))
    bare, whole, forgetful, watched = [], [], [], []
    for number in range(1, arguments.rounds + 1):
        bare.append(measure_bare(cores, arguments))
        whole.append(measure_whole(cores, arguments))
        forgetful.append(measure_whole(cores, arguments, recorded=0))
        watched.append(measure_whole(cores, arguments, open_page=True))
        rates = f"end to end {whole[-1].rate:,.0f} events/s, {forgetful[-1].rate:,.0f} forgetful, {watched[-1].rate:,.0f} watched"
        print(f"round {number}: bare {bare[-1].rate:8,.0f} requests/s   {rates}", flush=True)
    _report(bare, whole)
    _report_page(whole, forgetful, watched)


def measure_bare(cores: tuple[int, int] | None, arguments: argparse.Namespace) -> Figures:
    """The bare application under the load."""
    port = free_port()
    uvicorn = ["uvicorn", "bench.bare:app", "--port", str(port), "--no-access-log", "--log-level", "error"]
    command = [sys.executable, "-m", *uvicorn, "--loop", "uvloop", "--http", "httptools"]
    with running(_pinned(command, cores and cores[0]), port):
        return _load(port, cores and cores[1], arguments)


def measure_whole(
    cores: tuple[int, int] | None, arguments: argparse.Namespace, *, recorded: int = 500, open_page: bool = False
) -> EndToEnd:
    """Tagyard under the same load: durable, one transformation, one GA4 tag, a local destination.

    ``recorded`` requests are remembered for the debug page, which somebody has open where ``open_page`` is set.
    """
    port, admin, vendor = free_port(), free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        config = Path(folder) / "container.yaml"
        config.write_text(CONFIG % (recorded, vendor))
        stack.enter_context(running(_pinned([sys.executable, "-m", "bench.vendor", str(vendor)], cores and cores[1]), vendor))
        serve = ["serve", str(config), "--host", "127.0.0.1", "--port", str(port), "--admin-port", str(admin)]
        server = stack.enter_context(running(_pinned([sys.executable, "-m", "server.cli", *serve], cores and cores[0]), port))
        watcher = _watcher(admin, cores and cores[1]) if open_page else None
        started = time.time()
        load = _load(port, cores and cores[1], arguments)
        count = _drained(vendor, load.answered)
        seen = _seen(watcher) if watcher else {}
        return EndToEnd(load, int(count["events"]), count["events"] / (count["last"] - started), _memory(server.pid), seen)


def _watcher(admin: int, core: int | None) -> subprocess.Popen[str]:
    command = _pinned([sys.executable, "-m", "bench.watcher", str(admin)], core)
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _seen(watcher: subprocess.Popen[str]) -> dict[str, float]:
    watcher.terminate()
    seen: dict[str, float] = json.loads(watcher.communicate(timeout=40)[0])
    return seen


def _memory(process: int) -> int:
    status = Path(f"/proc/{process}/status")
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) // 1024 if found else 0


def _load(port: int, core: int | None, arguments: argparse.Namespace) -> Figures:
    target, agent = usual_hit()
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f"wrk.method = 'POST'\nwrk.body = ''\nwrk.headers['User-Agent'] = {json.dumps(agent)}\n{_COUNTING}")
        script.flush()
        wrk = ["wrk", "-t1", f"-c{arguments.connections}", f"-d{arguments.seconds}s", "--latency", "-s", script.name]
        command = [*wrk, f"http://127.0.0.1:{port}{target}"]
        return _figures(subprocess.run(_pinned(command, core), check=True, capture_output=True, text=True).stdout)


_COUNTING = "done = function(s) io.write(string.format('counted %d %d\\n', s.requests, s.errors.status)) end\n"


def _figures(output: str) -> Figures:
    latency = {found[1]: float(found[2]) * _UNITS[found[3]] for found in re.finditer(r"(\d+)%\s+([\d.]+)(us|ms|s)\b", output)}
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    counted = re.search(r"counted (\d+) (\d+)", output)
    if not rate or not counted:
        raise SystemExit(f"wrk said something unexpected:\n{output}")
    requests, errors = int(counted[1]), int(counted[2])
    return Figures(float(rate[1]), latency, requests - errors, errors)


def _drained(vendor: int, expected: int) -> dict[str, float]:
    """The vendor's count once everything acknowledged has arrived, or nothing more comes."""
    deadline = time.monotonic() + 60
    while True:
        with urllib.request.urlopen(f"http://127.0.0.1:{vendor}/count") as answer:
            count: dict[str, float] = json.load(answer)
        if count["events"] >= expected or time.monotonic() > deadline:
            return count
        time.sleep(0.05)


def _report(bare: list[Figures], whole: list[EndToEnd]) -> None:
    base, rate = median(each.rate for each in bare), median(each.rate for each in whole)
    acknowledged, arrived = sum(each.load.answered for each in whole), sum(each.arrived for each in whole)
    print(f"\nbare ASGI      {base:10,.0f} requests/s")
    print(f"end to end     {rate:10,.0f} events/s, stored, flushed and delivered")
    print(f"ratio          {rate / base:10.3f}")
    for percent in ("50", "75", "90", "99"):
        pair = (median(each.latency[percent] for each in bare), median(each.load.latency[percent] for each in whole))
        print(f"latency p{percent}    {pair[1]:10.2f} ms (bare {pair[0]:.2f} ms)")
    print(f"acknowledged   {acknowledged:10,}   arrived {arrived:,}   lost {max(0, acknowledged - arrived):,}")
    print(f"refused        {sum(each.load.refused for each in whole):10,}")


def _report_page(whole: list[EndToEnd], forgetful: list[EndToEnd], watched: list[EndToEnd]) -> None:
    plain, without, with_page = (median(each.rate for each in runs) for runs in (whole, forgetful, watched))
    print("\nthe debug page")
    print(f"closed         {plain:10,.0f} events/s   remembering the latest requests costs {1 - plain / without:.1%}")
    print(f"open           {with_page:10,.0f} events/s   ratio to closed {with_page / plain:.3f}")
    sizes = [max(each.memory for each in runs) for runs in (forgetful, whole, watched)]
    print(f"memory         {sizes[0]} MiB without records, {sizes[1]} MiB with, {sizes[2]} MiB with the page open")
    seen = [each.page for each in watched]
    opened, failures = sum(each["opened"] for each in seen), sum(each["failures"] for each in seen)
    print(
        f"pages opened   {opened:10,.0f}   median {median(each['median'] for each in seen):.0f} ms,"
        f" slowest {max(each['slowest'] for each in seen):.0f} ms, {failures:.0f} failed"
    )
    told, missed = sum(each["told"] for each in seen), sum(each["missed"] for each in seen)
    print(f"live stream    {told:10,.0f} requests shown, {missed:,.0f} counted as more than a page takes")


def _cores() -> tuple[int, int] | None:
    available = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (available[0], available[1]) if len(available) > 1 and shutil.which("taskset") else None


def _pinning(cores: tuple[int, int] | None) -> str:
    if cores is None:
        return "cores cannot be pinned here: the figures include whatever the load takes from the server"
    return f"server on core {cores[0]}; load and destination on core {cores[1]}"


def _pinned(command: list[str], core: int | None) -> list[str]:
    return command if core is None else ["taskset", "-c", str(core), *command]


if __name__ == "__main__":
    main()
