"""What every measurement has in common: the configuration, the hit, and processes that are started and ended."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
HITS = ROOT / "tests" / "hits" / "gtag-2026-03.jsonl"
CONFIG = """
server: {recorded_requests: %d}
clients: {ga4: {}}
transformations: {no_mail: {type: exclude, parameters: [email, user_data.address]}}
tags: {ga4: {endpoint: "http://127.0.0.1:%d"}}
outbox: {url: "sqlite:data"}
"""


def usual_hit() -> tuple[str, str]:
    """A real page view: what follows the host in its URL, and the browser's name."""
    hit = json.loads(HITS.read_text().splitlines()[0])
    return "/g/collect" + hit["url"].partition("/g/collect")[2], hit["headers"]["user-agent"]


@contextlib.contextmanager
def running(
    command: list[str], port: int, env: Mapping[str, str] | None = None, patience: float = 15
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that listens on this port; it is ended, and waited for. Raises SystemExit where it does not start in time."""
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process, patience)
        yield process
    finally:
        process.terminate()
        process.wait(2 * patience)


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
