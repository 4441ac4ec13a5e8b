"""mq-bridge (PyPI) as a peer: from HTTP to a file, flushed before the reply, to HTTP. Takes its port, the vendor's, a folder."""

from __future__ import annotations

import signal
import sys

import mq_bridge


def main(port: int, vendor: int, folder: str) -> None:
    """Serves until it is told to stop."""
    file = {"path": f"{folder}/queue", "format": "normal"}
    routes = {
        "accept": {
            "input": {"http": {"url": f"127.0.0.1:{port}", "internal_buffer_size": 1000}},
            "output": {"file": {**file, "fsync": "batch"}},
            "batch_size": 128,
        },
        "send": {
            "input": {"file": {**file, "mode": "consume"}},
            "output": {"http": {"url": f"http://127.0.0.1:{vendor}/"}},
            "batch_size": 128,
            "concurrency": 16,
        },
    }
    running = [mq_bridge.Route.from_config({"routes": routes}, name) for name in routes]
    for route in running:
        route.start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
