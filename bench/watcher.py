"""Somebody who looks at the debug page while the load runs: listens to the live stream, and opens the newest request.

Prints how long each page took to come (ms), as JSON, when it is told to stop.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Final

import httpx

from bench.hits import ROOT
from bench.processes import pinned

_PAUSE: Final = 0.5


class Watcher:
    """One person with one browser."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._newest: dict[str, object] = {}
        self.pages: list[float] = []
        self._stopping = threading.Event()

    def wait(self) -> None:
        """Until standard input ends: then it stops."""
        sys.stdin.read()
        self._stopping.set()

    def listen(self) -> None:
        """Reads the stream until it ends."""
        with httpx.stream("GET", f"{self._base}/live/stream", timeout=30, trust_env=False) as stream:
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    self._newest = json.loads(line.removeprefix("data: "))["requests"][-1]

    def look(self) -> None:
        """Opens pages until it is told to stop. Raises HTTPStatusError where one is neither there nor forgotten."""
        with httpx.Client(timeout=30, trust_env=False) as client:
            while not self._stopping.wait(_PAUSE):
                if self._newest:
                    started = time.perf_counter()
                    answer = client.get(f"{self._base}/requests/{self._newest['worker']}/{self._newest['id']}")
                    self.pages.append((time.perf_counter() - started) * 1000)
                    if answer.status_code != 404:
                        answer.raise_for_status()


@contextlib.contextmanager
def watching(port: int, core: str) -> Iterator[list[float]]:
    """Somebody looks at this admin port; how long each page took is there when it is over."""
    command = pinned([sys.executable, "-m", "bench.watcher", str(port)], core)
    pages: list[float] = []
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield pages
        said, _ = process.communicate("", timeout=60)
        pages += json.loads(said)


def main() -> None:
    """Watches the admin port that is given until standard input ends."""
    watcher = Watcher(int(sys.argv[1]))
    for work in (watcher.listen, watcher.wait):
        threading.Thread(target=work, daemon=True).start()
    print("ready", flush=True)
    watcher.look()
    print(json.dumps(watcher.pages), flush=True)


if __name__ == "__main__":
    main()
