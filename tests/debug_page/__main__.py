"""Keeps the shop open for whoever wants to look: ``python -m tests.debug_page [REQUESTS] [WORKERS]``, until Ctrl-C."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import threading
from pathlib import Path

from tests.debug_page.shop import Shop, shop
from tests.debug_page.traffic import traffic


def opened(requests: int = 150, workers: int = 1) -> None:
    """Serves the shop after so many requests, and says where."""
    with tempfile.TemporaryDirectory() as folder, shop(Path(folder), workers) as there:
        there.send(traffic(requests))
        there.wait_until_settled()
        print(told(there), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


def told(there: Shop) -> str:
    """Where its pages are, and where more can be sent to."""
    lines = {
        "debug page": there.url("/"),
        "a purchase": there.url(there.page_of("purchase")),
        "public port": f"http://127.0.0.1:{there.server.port}/",
        "its file": str(there.server.config),
        "its log": str(there.server.log),
    }
    return "\n".join(f"{name:<12}{place}" for name, place in lines.items())


if __name__ == "__main__":
    opened(*map(int, sys.argv[1:3]))
