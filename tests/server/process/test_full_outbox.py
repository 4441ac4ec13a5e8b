"""An outbox that is full: it refuses, and says so to balancers; whatever restarts what is dead leaves it alone."""

from __future__ import annotations

import urllib.error
import urllib.request
from itertools import count
from pathlib import Path

import pytest

from tests.server.process.destination import Destination, ok, status
from tests.server.process.harness import Load, Tagyard, ids

pytestmark = pytest.mark.process

CONFIG = """
server: {{path_prefix: /metrics}}
outbox: {{max_size: 256 KiB}}
clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}
tags: {{ga4: {{endpoint: "{url}"}}}}
"""


class Prefixed(Load):
    def target(self, hit: str) -> str:
        return f"/metrics{super().target(hit)}"


def asked(port: int, path: str, method: str = "GET") -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_it_is_alive_and_not_healthy_until_there_is_room_again(tmp_path: Path) -> None:
    config = tmp_path / "container.yaml"
    with Destination(status("503 Service Unavailable")) as vendor:
        config.write_text(CONFIG.format(url=vendor.url))
        with Tagyard(config) as server:
            assert [asked(server.port, path) for path in ("/healthy", "/alive")] == [200, 200]
            load = Prefixed(server.port, connections=8)
            for round in count():
                load.run(ids(f"hit-{round}", 200))
                if not any(worker["accepting"] for worker in server.ready()["workers"]):
                    break
            assert set(load.refused.values()) <= {503}
            for method in ("GET", "HEAD"):
                for path in ("/healthy", "/metrics/healthy"):
                    assert asked(server.port, path, method) == 503
                for path in ("/alive", "/metrics/alive", "/alive/"):
                    assert asked(server.port, path, method) == 200
            assert server.process.poll() is None
            vendor.behaviour = ok
            assert vendor.wait_for(load.acknowledged) == set()
            server.wait_until_ready()
            assert asked(server.port, "/healthy") == 200
