"""A server that is to take another one's place, and its folder: it waits until that one has ended."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server.process.destination import Destination, ok, status
from tests.server.process.harness import Load, Tagyard, ids

pytestmark = pytest.mark.process

CONFIG = """
server: {{log: {{format: json}}}}
outbox: {{url: "sqlite:{folder}"}}
clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}
tags: {{ga4: {{endpoint: "{url}"}}}}
"""
WAITS = "waits for the data folder, which another Tagyard is using"


@dataclass
class Succession:
    """A server, one that is to follow it, and the vendor of both. The second is started by the test."""

    first: Tagyard
    second: Tagyard
    vendor: Destination

    def follow(self, *options: str) -> None:
        """Starts the second one, which waits."""
        self.second.options = options
        self.second.spawn()
        assert f"process {self.first.process.pid} on " in self.second.logged(WAITS)


@pytest.fixture(params=[1, 2])
def succession(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Succession]:
    with Destination(status("503 Service Unavailable")) as vendor:
        files = [tmp_path / f"{name}.yaml" for name in ("first", "second")]
        for file in files:
            file.write_text(CONFIG.format(folder=tmp_path / "data", url=vendor.url))
        first, second = (Tagyard(file, workers=request.param) for file in files)
        with first:
            yield Succession(first, second, vendor)
            second.kill()


def test_it_serves_when_the_one_before_has_ended_and_delivers_what_that_one_left(succession: Succession) -> None:
    first, second = succession.first, succession.second
    before = Load(first.port, connections=4)
    before.run(ids("before", 40))
    succession.follow()
    for port in (second.port, second.admin):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=60)
    before.run(ids("meanwhile", 40))
    assert len(before.acknowledged) == 80
    assert first.stop() == 0
    assert succession.vendor.hits == {}
    succession.vendor.behaviour = ok
    second.wait_until_ready()
    after = Load(second.port, connections=4)
    after.run(ids("after", 40))
    assert len(after.acknowledged) == 40
    assert succession.vendor.wait_for(before.acknowledged | after.acknowledged) == set()
    assert second.log.read_text().count(WAITS) == 1
    assert second.stop() == 0


@pytest.mark.parametrize("succession", [1], indirect=True)
def test_it_waits_for_as_long_as_it_is_told_and_ends_with_what_is_wrong(succession: Succession) -> None:
    began = time.monotonic()
    succession.follow("--wait-for-folder", "1")
    assert succession.second.process.wait(60) == 1
    assert time.monotonic() - began >= 1
    data = succession.second.config.parent / "data"
    assert succession.second.log.read_text().splitlines()[-1] == f"Error: {data}: another Tagyard is using this data folder"
    assert all(worker["accepting"] for worker in succession.first.ready()["workers"])


@pytest.mark.parametrize("succession", [1], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_ends_at_once(succession: Succession, number: signal.Signals) -> None:
    succession.follow("--wait-for-folder", "3600")
    succession.second.process.send_signal(number)
    assert succession.second.process.wait(60) == 0
    assert "stopped before it served" in succession.second.log.read_text()
    assert "Traceback" not in succession.second.log.read_text()
