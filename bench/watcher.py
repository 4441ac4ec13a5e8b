"""Somebody who looks at the debug page while the load runs: listens to the live stream and opens one request a second.

Prints one JSON line when it is told to stop: how long pages took to come (ms), and what the stream said.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from statistics import median

import httpx


class Watcher:
    """One person with one browser."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.newest: dict[str, object] = {}
        self.told = 0
        self.missed = 0
        self.pages: list[float] = []
        self.failures = 0
        self.stopping = threading.Event()

    def listen(self) -> None:
        """Reads the stream until it ends."""
        with httpx.stream("GET", f"{self.base}/live/stream", timeout=30, trust_env=False) as stream:
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    said = json.loads(line.removeprefix("data: "))
                    self.told += len(said["requests"])
                    self.missed += said["missed"]
                    self.newest = said["requests"][-1]
                if self.stopping.is_set():
                    return

    def look(self) -> None:
        """Opens the newest request once a second."""
        with httpx.Client(timeout=30, trust_env=False) as client:
            while not self.stopping.wait(1.0):
                if self.newest:
                    started = time.perf_counter()
                    answer = client.get(f"{self.base}/requests/{self.newest['worker']}/{self.newest['id']}")
                    self.pages.append((time.perf_counter() - started) * 1000)
                    self.failures += answer.status_code not in (200, 404)

    def report(self) -> str:
        """What was seen."""
        pages = self.pages or [0.0]
        seen = {"told": self.told, "missed": self.missed, "opened": len(self.pages), "failures": self.failures}
        return json.dumps({**seen, "median": median(pages), "slowest": max(pages)})


def main() -> None:
    """Watches the admin port that is given until SIGTERM."""
    watcher = Watcher(int(sys.argv[1]))
    signal.signal(signal.SIGTERM, lambda *_: watcher.stopping.set())
    threading.Thread(target=watcher.listen, daemon=True).start()
    watcher.look()
    print(watcher.report(), flush=True)


if __name__ == "__main__":
    main()
