"""Tagyard as a case has it, with its destination; and the yardstick, a bare ASGI application on the same server."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.cases import CASES, Case
from bench.hits import PAGE_VIEW, Hit
from bench.processes import free_port, pinned, running

PATIENCE: Final = 300.0
"""Seconds that a process may take to start, or to stop, fifty times as slow as usual."""

_ENVIRONMENT: Final = {**os.environ, "PYTHONHASHSEED": "0"}


@dataclass(frozen=True)
class Served:
    """A process that takes hits. ``vendor`` is the port of its destination, and 0 where there is none."""

    port: int
    process: int
    hit: Hit
    deliveries: int = 0
    vendor: int = 0
    vendor_process: int = 0
    admin: int = 0

    def arrived(self) -> tuple[int, float]:
        """How many events the destination has got, and when the last one came."""
        if not self.deliveries:
            return 0, 0.0
        with urllib.request.urlopen(f"http://127.0.0.1:{self.vendor}/count") as answer:
            count = json.load(answer)
            return count["events"], count["last"]

    def wait_for(self, arrivals: int) -> float:
        """Waits until as many events have arrived, or none has for 30 s; when the last one came."""
        seen, at = -1, time.monotonic()
        while True:
            events, last = self.arrived()
            seen, at = (events, time.monotonic()) if events != seen else (seen, at)
            if events >= arrivals or not self.deliveries or time.monotonic() - at > 30:
                return last
            time.sleep(0.05)


@contextlib.contextmanager
def bare(core: str = "", under: Sequence[str] = ()) -> Iterator[Served]:
    """The yardstick; ``under`` is what the process runs under."""
    port = free_port()
    options = ("--port", str(port), "--no-access-log", "--log-level", "error", "--loop", "uvloop", "--http", "httptools")
    command = pinned([*under, sys.executable, "-m", "uvicorn", "bench.bare:app", *options], core)
    with running(command, port, _ENVIRONMENT, PATIENCE) as process:
        yield Served(port, process.pid, PAGE_VIEW)


@contextlib.contextmanager
def tagyard(case: Case, own: str = "", other: str = "", under: Sequence[str] = ()) -> Iterator[Served]:
    """The server on one core, its destination on another. Two workers may use any."""
    with prepared(case, other) as (folder, (vendor, destination)):
        port, admin = free_port(), free_port()
        command = pinned([*under, *serve(folder, port, admin, case.workers)], own if case.workers == 1 else "")
        with running(command, port, _ENVIRONMENT, PATIENCE) as process:
            yield Served(port, process.pid, case.hit, case.deliveries, vendor, destination, admin)


@contextlib.contextmanager
def prepared(case: Case, core: str = "") -> Iterator[tuple[Path, tuple[int, int]]]:
    """A folder with the configuration and the outbox of the case, and the port and the process of a destination that runs."""
    vendor = free_port()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        (folder / "container.yaml").write_text(case.file(vendor))
        command = pinned([sys.executable, "-m", "bench.vendor", str(vendor)], core)
        destination = stack.enter_context(running(command, vendor))
        if case.backlog:
            fill(folder, case.backlog)
        yield folder, (vendor, destination.pid)


def serve(folder: Path, port: int, admin: int, workers: int = 1) -> list[str]:
    """The command that serves what lies in the folder."""
    options = ["--host", "127.0.0.1", "--port", str(port), "--admin-port", str(admin), "--workers", str(workers)]
    return [sys.executable, "-m", "tagyard", "serve", str(folder / "container.yaml"), *options]


def fill(folder: Path, rows: int) -> None:
    """Lets an outbox begin with as many rows that wait: one that a server has stored, again and again."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        aside, port = Path(name), free_port()
        (aside / "container.yaml").write_text(CASES["usual"].file(9).replace('"ga4": {"type"', '"down": {"type"'))
        with running(serve(aside, port, free_port()), port):
            first_answer(port)
        (file,) = (aside / "data").glob("outbox-*.db")
        with contextlib.closing(sqlite3.connect(file)) as database, database:
            names = [row[1] for row in database.execute("PRAGMA table_info(rows)") if row[1] != "id"]
            columns = ", ".join(names)
            database.execute(
                f"WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < {rows - 1})"
                f" INSERT INTO rows ({columns}) SELECT {columns} FROM more, (SELECT * FROM rows LIMIT 1)"
            )
        (folder / "data").mkdir()
        shutil.copy(file, folder / "data")


def first_answer(port: int, patience: float = PATIENCE) -> float:
    """Asks until a hit is answered with a 2xx; when that was. Raises SystemExit where it never is."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
            connection.request("POST", PAGE_VIEW.target, headers=PAGE_VIEW.headers)
            if connection.getresponse().status < 300:
                return time.monotonic()
        time.sleep(0.005)
    raise SystemExit("no hit was accepted")
