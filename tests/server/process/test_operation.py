"""What an operator does to a running server: reloads it, kills a worker of it, looks at dead letters and tries them again."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.process.destination import Destination, status
from tests.server.process.forked import command
from tests.server.process.harness import HIT, Load, Tagyard, ids
from tests.waiting import until

pytestmark = pytest.mark.process

CONFIG = """
clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}
tags: {{ga4: {{endpoint: "{url}", parameters: {{set: {{release: {release}}}}}}}}}
"""


def write(path: Path, vendor: Destination, release: str) -> Path:
    path.write_text(CONFIG.format(url=vendor.url, release=release))
    return path


@pytest.mark.parametrize("workers", [1, 2])
def test_a_reload_takes_the_new_file_and_loses_nothing_under_load(tmp_path: Path, workers: int) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path / "container.yaml", vendor, "one"), workers) as server:
        load = Load(server.port)
        sending = threading.Thread(target=load.run, args=(ids("hit", 3000),))
        sending.start()
        while len(load.acknowledged) < 300:
            sending.join(0.005)
        write(server.config, vendor, "two")
        server.process.send_signal(signal.SIGHUP)
        server.logged("configuration reloaded", workers)
        sending.join(60)
        assert len(load.acknowledged) == 3000
        afterwards = Load(server.port, connections=8)
        afterwards.run(ids("afterwards", 16))
        assert vendor.wait_for(load.acknowledged | afterwards.acknowledged) == set()
    assert set(vendor.hits.values()) == {1}
    later = [url for url, _ in vendor.requests if "ep.hit=afterwards" in url]
    assert all("ep.release=two" in url for url in later)
    assert any("ep.release=one" in url for url, _ in vendor.requests)


def test_a_broken_file_is_reported_and_the_old_one_stays(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path / "container.yaml", vendor, "one")) as server:
        server.config.write_text("clients: {ga4: {measurment_ids: [G-1]}}\ntags: {ga4: {}}\n")
        server.process.send_signal(signal.SIGHUP)
        server.logged("did you mean measurement_ids?")
        load = Load(server.port, connections=1)
        load.run(["still"])
        assert vendor.wait_for({"still"}) == set()
    assert "Traceback" not in server.log.read_text()


def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path / "container.yaml", vendor, "one"), workers=2) as server:
        os.kill(worker_pid(server, 0), signal.SIGKILL)
        server.logged("a worker ended")
        server.logged("a worker was started again")
        server.wait_until_ready()
        load = Load(server.port)
        load.run(ids("hit", 200))
        assert len(load.acknowledged) == 200
        assert vendor.wait_for(load.acknowledged) == set()
        assert server.stop() == 0


def test_a_reload_that_is_asked_for_while_workers_are_being_started_ends_none_and_comes(tmp_path: Path) -> None:
    with Destination() as vendor:
        server = Tagyard(write(tmp_path / "container.yaml", vendor, "one"), workers=2)
        server.spawn()
        try:
            server.logged('"started"')
            server.process.send_signal(signal.SIGHUP)
            log = server.logged("configuration reloaded", 2)
        finally:
            server.kill()
    assert "a worker ended" not in log


def test_workers_whose_supervisor_is_killed_say_so_and_stop(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path / "container.yaml", vendor, "one"), workers=2) as server:
        os.kill(server.process.pid, signal.SIGKILL)
        server.logged("the parent process is gone: this worker stops", 2)
        until(lambda: not _is_open(server.port))
    assert "Traceback" not in server.log.read_text()


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def worker_pid(server: Tagyard, worker: int) -> int:
    """The process that listens on this worker's socket: the one with that file locked."""
    lock = (server.config.parent / "data" / f"outbox-{worker}.lock").stat()
    for line in Path("/proc/locks").read_text().splitlines():
        fields = line.split()
        if fields[1] == "FLOCK" and fields[5].endswith(f":{lock.st_ino}"):
            return int(fields[4])
    raise AssertionError("nobody holds it")


def test_a_worker_that_ends_again_and_again_is_red_and_says_why(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path / "container.yaml", vendor, "one"), workers=2) as server:
        os.kill(worker_pid(server, 1), signal.SIGKILL)
        until(lambda: "worker 1 ended (killed by SIGKILL): it is started again" in str(server.ready()["reasons"]))
        server.wait_until_ready()
        assert server.ready()["colour"] == "green"
        os.kill(worker_pid(server, 1), signal.SIGKILL)
        until(lambda: "2 times in a row: it is started again" in str(server.ready()["reasons"]))
        server.wait_until_ready()
        health = server.ready()
        assert (health["colour"], health["accepting"]) == ("red", True)
        assert "2 times in a row, and was started again" in str(health["reasons"])
        server.logged('"starts_again_in": 2.0')
        assert server.stop() == 0


def rows(config: Path, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(command("outbox", "list", str(config), "--json", *options).stdout)
    return found


@pytest.mark.parametrize("running", [True, False])
def test_dead_letters_are_listed_dropped_and_tried_again(tmp_path: Path, running: bool) -> None:
    with Destination(status("400 Bad Request")) as vendor, Tagyard(write(tmp_path / "container.yaml", vendor, "one")) as server:
        load = Load(server.port, connections=1)
        load.run(["first", "second"])
        until(lambda: server.ready()["workers"][0]["dead_letters"] == {"ga4": 2})
        until(lambda: len(rows(server.config, "--dead")) == 2)
        dead = rows(server.config, "--dead")
        assert [(row["tag"], row["why"]) for row in dead] == [("ga4", "HTTP 400")] * 2
        assert server.ready()["colour"] == "amber"
        if not running:
            assert server.stop() == 0
        first, second = sorted(row["id"] for row in dead)
        assert command("outbox", "drop", str(server.config), first, "--yes").returncode == 0
        assert [row["id"] for row in rows(server.config, "--dead")] == [second]
        vendor.behaviour = lambda _, transport: transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        assert command("outbox", "retry", str(server.config), second).returncode == 0
        if not running:
            server.start()
        assert vendor.wait_for({"second"}) == set()
        until(lambda: not any(each["pending"] for each in server.ready()["workers"][0]["destinations"]))
        until(lambda: rows(server.config) == [])
    assert "first" not in vendor.hits


def test_a_proxy_that_nobody_configured_shows(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path / "container.yaml", vendor, "one")) as server:
        url = f"http://127.0.0.1:{server.port}" + HIT.format(id="forwarded")
        httpx.get(url, headers={"x-forwarded-for": "203.0.113.7"}, trust_env=False)
        assert vendor.wait_for({"forwarded"}) == set()
        assert server.ready()["colour"] == "amber"
        assert "proxy" in server.ready()["reasons"][0]
    assert "_uip" not in vendor.requests[0][0]
