"""``make cost``: instructions an event, counted by callgrind, which no neighbour can move.

Three figures: the pure way of a hit in a loop, the whole server process, and the bare application. Each is counted at two
sizes, so that starting and stopping cancel out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from bench.usual import CONFIG, ROOT, free_port, running, usual_hit

CONNECTIONS = 32
PATIENCE = 120.0
"""Seconds that a process may take to start, or to stop, fifty times as slow as usual."""

_ENVIRONMENT = {**os.environ, "PYTHONHASHSEED": "0"}
_TOTAL = re.compile(r"^(?:summary|totals): (\d+)", re.MULTILINE)


def main() -> None:
    """Counts and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.cost", description=__doc__)
    parser.add_argument("--events", type=int, default=2000, help="How many more events the second size has.")
    events = parser.parse_args().events
    if shutil.which("valgrind") is None:
        raise SystemExit("counting instructions needs valgrind; on Debian: apt-get install valgrind")
    pure, whole, bare = (_each(count, events) for count in (count_pure, count_whole, count_bare))
    print("instructions an event")
    print(f"(a) the pure way   {pure:10,}")
    print(f"(b) end to end     {whole:10,}")
    print(f"(c) the bare one   {bare:10,}")
    print(f"(c) / (b)          {bare / whole:10.3f}")


def _each(count: Callable[[int, Path], None], events: int) -> int:
    first, second = (_counted(count, number) for number in (400, 400 + events))
    return (second - first) // events


def _counted(count: Callable[[int, Path], None], events: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "callgrind.out"
        count(events, output)
        found = _TOTAL.search(output.read_text())
        if found is None:
            raise SystemExit("callgrind left no total: the process did not end by itself")
        return int(found[1])


def _valgrind(output: Path, *command: str) -> list[str]:
    return ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={output}", sys.executable, "-m", *command]


def count_pure(events: int, output: Path) -> None:
    """``bench.pure``."""
    subprocess.run(_valgrind(output, "bench.pure", str(events)), cwd=ROOT, env=_ENVIRONMENT, check=True)


def count_whole(events: int, output: Path) -> None:
    """The server: durable, one transformation, one GA4 tag, a local destination that gets every event before the end."""
    port, vendor = free_port(), free_port()
    config = output.with_name("container.yaml")
    config.write_text(CONFIG % (500, vendor))
    serve = ("server.cli", "serve", str(config), "--host", "127.0.0.1", "--port", str(port), "--admin-port", str(free_port()))
    with (
        running([sys.executable, "-m", "bench.vendor", str(vendor)], vendor),
        running(_valgrind(output, *serve), port, _ENVIRONMENT, PATIENCE),
    ):
        asyncio.run(_load(port, events))
        _wait_for_all(vendor, events)


def count_bare(events: int, output: Path) -> None:
    """The yardstick, on the same server."""
    port = free_port()
    options = ("--port", str(port), "--no-access-log", "--log-level", "error", "--loop", "uvloop", "--http", "httptools")
    with running(_valgrind(output, "uvicorn", "bench.bare:app", *options), port, _ENVIRONMENT, PATIENCE):
        asyncio.run(_load(port, events))


async def _load(port: int, events: int) -> None:
    target, agent = usual_hit()
    request = f"POST {target} HTTP/1.1\r\nHost: t.example\r\nUser-Agent: {agent}\r\nContent-Length: 0\r\n\r\n".encode()
    left = iter(range(events))

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 204"):
                raise SystemExit(f"the answer was {head!r}")
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))


def _wait_for_all(vendor: int, events: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"http://127.0.0.1:{vendor}/count") as answer:
            if json.load(answer)["events"] >= events:
                return
        time.sleep(0.2)
    raise SystemExit("not every event has arrived")


if __name__ == "__main__":
    main()
