"""The log and standard output of a real server, read by nobody."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.ports import free_port
from tests.server.process.harness import HIT, ROOT
from tests.waiting import until

pytestmark = pytest.mark.process

CONFIG = """
server: {log: {format: json, access: 1}, shutdown_grace: 2s}
clients: {ga4: {measurement_ids: [G-TEST00001]}}
tags: {log: {file: "-"}}
"""
LONG = "/" + "x" * 190


class Unread:
    """A server whose standard output and error are pipes that nobody reads."""

    def __init__(self, folder: Path) -> None:
        (folder / "container.yaml").write_text(CONFIG)
        self.port, self.admin = free_port(), free_port()
        ports = ("--host", "127.0.0.1", "--port", str(self.port), "--admin-port", str(self.admin))
        command = [sys.executable, "-m", "tagyard", "serve", str(folder / "container.yaml"), *ports]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        until(lambda: self.get("/healthy"))

    def get(self, path: str) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=60).status_code < 300
        return False

    def metric(self, name: str) -> float:
        lines = httpx.get(f"http://127.0.0.1:{self.admin}/metrics", timeout=60).text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    def flood(self, path: str, times: int) -> list[bytes]:
        """Asks so often, over several connections; the first lines of the answers."""
        return [line for lines in asyncio.run(self._flood(path, times)) for line in lines]

    async def _flood(self, path: str, times: int) -> list[list[bytes]]:
        return await asyncio.gather(*(self._connection(path, times // 8) for _ in range(8)))

    async def _connection(self, path: str, times: int) -> list[bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        found = []
        for _ in range(times):
            writer.write(f"GET {path} HTTP/1.1\r\nHost: t.example\r\n\r\n".encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
            length = next((int(line[16:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length: ")), 0)
            await reader.readexactly(length)
            found.append(head[:12])
        writer.close()
        return found

    def stop(self) -> tuple[int, float]:
        """The exit code, and how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60), time.monotonic() - began


@pytest.fixture
def unread(tmp_path: Path) -> Iterator[Unread]:
    made = Unread(tmp_path)
    yield made
    with contextlib.suppress(ProcessLookupError):
        os.killpg(made.process.pid, signal.SIGKILL)
    made.process.communicate()


def test_a_log_that_nobody_reads_stops_nobody_and_says_what_is_missing_once_it_is_read(unread: Unread) -> None:
    asked = 0
    while not unread.metric("tagyard_log_lines_dropped_total"):
        assert set(unread.flood(LONG, 1600)) == {b"HTTP/1.1 400"}
        asked += 1600
        assert asked < 20_000
    assert unread.get("/healthy")
    assert "the log is not read" in httpx.get(f"http://127.0.0.1:{unread.admin}/ready").text
    found = b""
    while b"lines were dropped" not in found:
        found = found[-1000:] + os.read(unread.process.stderr.fileno(), 1 << 16)  # type: ignore[union-attr]  # it is a pipe
    assert unread.metric("tagyard_health") == 0


def test_events_on_a_standard_output_that_nobody_reads_wait_in_the_outbox_and_hold_up_no_stop(unread: Unread) -> None:
    assert set(unread.flood(HIT.format(id="x" * 500), 400)) <= {b"HTTP/1.1 200", b"HTTP/1.1 204"}
    assert unread.metric("tagyard_outbox_rows") > 0
    code, seconds = unread.stop()
    assert code == 0
    assert seconds < 10  # the whole grace
