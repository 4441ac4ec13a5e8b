"""A stop is over in time, whoever would hold it up, and is told."""

from __future__ import annotations

import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.ports import free_port
from tests.server.process.destination import Destination, hang
from tests.server.process.harness import Load, Tagyard, ids

pytestmark = pytest.mark.process

CONFIG = """
server: {{shutdown_grace: 6s, log: {{format: json, level: debug}}}}
clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}
triggers: {{orders: {{event: page_view}}}}
deduplicate: {{orders: {{triggers: [orders], key: "{{{{ event.hit }}}}", window: 1d}}}}
tags: {{ga4: {{endpoint: "{url}"}}}}
"""


def lines(server: Tagyard, event: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in found if line["event"] == event]


def drip(connection: socket.socket, over: threading.Event) -> None:
    try:
        while not over.wait(0.1):
            connection.send(b"a" * 400)
    except OSError:
        return


@pytest.mark.parametrize("workers", [1, 2])
def test_a_slow_sender_and_a_destination_that_hangs_share_one_grace(tmp_path: Path, workers: int) -> None:
    config, over = tmp_path / "container.yaml", threading.Event()
    with Destination(hang) as vendor:
        config.write_text(CONFIG.format(url=vendor.url))
        with Tagyard(config, workers) as server:
            load = Load(server.port, connections=1)
            load.run([*ids("hit", 4), "hit-0"])
            with socket.create_connection(("127.0.0.1", server.port)) as slow:
                slow.sendall(b"POST /g/collect?v=2 HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n")
                dripping = threading.Thread(target=drip, args=(slow, over))
                dripping.start()
                began = time.monotonic()
                assert server.stop() == 0
                took = time.monotonic() - began
                over.set()
                dripping.join()
            assert took < 12  # two of them; and the machine may be busy
            (stopped,) = lines(server, "stopped")
            assert (stopped["why"], stopped["waiting"], stopped["dead_letters"]) == ("SIGTERM", 4, 0)
            assert stopped["seconds"] <= 12
            (started,) = lines(server, "started")
            assert (started["workers"], started["listen"]) == (workers, f"127.0.0.1:{server.port}")
            assert (started["admin"], started["outbox"]) == (f"127.0.0.1:{server.admin}", str(tmp_path / "data"))
            assert len(started["configuration"]) == 12
            assert not {"worker"} & {*started, *stopped}, "they speak of all workers"
            each = lines(server, "a worker has stopped")
            assert sorted(line["worker"] for line in each) == list(range(workers if workers > 1 else 0))
            (duplicate,) = lines(server, "a duplicate was left out")
            assert (duplicate["level"], duplicate["tag"], len(duplicate["key"])) == ("debug", "ga4", 32)
            assert duplicate["request"]
            assert ("worker" in duplicate) == (workers > 1), "one of several says which it is"


def test_a_start_that_comes_to_nothing_is_told_as_a_stop(tmp_path: Path) -> None:
    config = tmp_path / "container.yaml"
    outbox = f"outbox: {{url: 'nats://127.0.0.1:{free_port()}/ROWS'}}\n"
    config.write_text(outbox + CONFIG.format(url="http://127.0.0.1:9"))
    server = Tagyard(config)
    server.spawn()
    assert server.process.wait(60) == 1
    ((started,), (stopped,)) = (lines(server, event) for event in ("started", "stopped"))
    assert started["outbox"].startswith("nats://")
    assert stopped["why"].startswith("no server of the outbox can be used")
    assert f"Error: {stopped['why']}" in server.log.read_text()
