"""``tagyard reload`` with the real server: it waits for every worker; exit code, ``/ready`` and the metrics tell the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.server.process.destination import Destination
from tests.server.process.forked import command
from tests.server.process.harness import Load, Tagyard

pytestmark = pytest.mark.process

CONFIG = """
server: {server}
outbox: {{max_size: {size}}}
clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}
tags: {{ga4: {{endpoint: "{url}", parameters: {{set: {{release: {release}}}}}}}}}
"""
BROKEN = "clients: {ga4: {measurment_ids: [G-1]}}\ntags: {ga4: {}}\n"


def write(path: Path, vendor: Destination, release: str, server: str = "{}", size: str = "1 GiB") -> Path:
    path.write_text(CONFIG.format(url=vendor.url, release=release, server=server, size=size))
    return path


def reload(server: Tagyard, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
    return command("reload", str(server.config), *options, env={**os.environ, **env})


def last_reloads(server: Tagyard) -> list[Any]:
    return [worker["last_reload"] for worker in server.ready()["workers"]]


def metric(server: Tagyard, name: str) -> list[float]:
    """One figure for each worker."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.admin}/metrics", timeout=60) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    return [sample.value for family in families for sample in family.samples if sample.name == name]


@pytest.mark.parametrize("workers", [1, 2])
def test_once_it_ends_well_every_worker_serves_the_new_file(tmp_path: Path, workers: int) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path / "container.yaml", vendor, "one"), workers) as server:
        before = metric(server, "tagyard_config_last_reload_success_timestamp_seconds")
        assert (last_reloads(server), len(before)) == ([None] * workers, workers)
        write(server.config, vendor, "two", "{shutdown_grace: 3s, max_body: 2 MiB}", "2 GiB")
        done = reload(server)
        taken, waiting = done.stdout.splitlines()
        assert (done.returncode, done.stderr) == (0, "")
        assert taken.startswith(f"{workers} worker{'s' if workers > 1 else ''}: {server.config} is in force, configuration ")
        assert waiting == "changed, and in force after a restart: server.shutdown_grace, outbox.max_size"
        load = Load(server.port, connections=8)
        load.run([f"hit-{number}" for number in range(16)])
        assert vendor.wait_for(load.acknowledged) == set()
        assert all("ep.release=two" in url for url, _ in vendor.requests)
        assert [(each["ok"], each["problems"]) for each in last_reloads(server)] == [(True, [])] * workers
        assert server.ready()["colour"] == "green"
        assert metric(server, "tagyard_config_last_reload_successful") == [1] * workers
        after = metric(server, "tagyard_config_last_reload_success_timestamp_seconds")
        assert all(earlier < later <= time.time() for earlier, later in zip(before, after, strict=True))
        told = server.logged('"configuration reloaded"', workers)
    lines = [json.loads(line) for line in told.splitlines() if '"configuration reloaded"' in line]
    assert [line["needs_a_restart"] for line in lines] == [["server.shutdown_grace", "outbox.max_size"]] * workers
    assert {line["configuration"] for line in lines} == {taken.rpartition(" ")[2]}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_mistake_ends_it_with_the_line_and_is_told_until_it_is_mended(tmp_path: Path, workers: int) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path / "container.yaml", vendor, "one"), workers) as server:
        server.config.write_text(BROKEN)
        done = reload(server, "--data", str(tmp_path / "data"))
        assert (done.returncode, done.stdout) == (1, "")
        assert f"error: {server.config}:1:17: clients.ga4.measurment_ids: " in done.stderr
        assert done.stderr.count("did you mean measurement_ids?") == 1
        assert "not taken, what was loaded before is still running" in done.stderr
        health = server.ready()
        assert (health["accepting"], health["colour"]) == (True, "amber")
        assert [reason for reason in health["reasons"] if "the last reload failed" in reason and "container.yaml:1:17" in reason]
        assert [each["ok"] for each in last_reloads(server)] == [False] * workers
        assert all(":1:17: " in each["problems"][0] for each in last_reloads(server))
        assert metric(server, "tagyard_config_last_reload_successful") == [0] * workers
        load = Load(server.port, connections=1)
        load.run(["still"])
        assert vendor.wait_for({"still"}) == set()
        write(server.config, vendor, "two")
        told = json.loads(reload(server, "--json").stdout)
        assert [told["ok"], told["needs_a_restart"], [each["ok"] for each in told["workers"]]] == [True, [], [True] * workers]
        assert server.ready()["colour"] == "green"
        assert metric(server, "tagyard_config_last_reload_successful") == [1] * workers
    assert "Traceback" not in server.log.read_text()


def test_a_signal_reloads_as_well_and_what_came_of_it_is_told(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path / "container.yaml", vendor, "one")) as server:
        server.config.write_text(BROKEN)
        server.process.send_signal(signal.SIGHUP)
        server.logged("the new configuration was not taken")
        (last,) = last_reloads(server)
        assert (last["ok"], len(last["problems"])) == (False, 1)
        assert server.stop() == 0
        write(server.config, vendor, "two")
        nobody = reload(server)
        assert (nobody.returncode, nobody.stdout) == (1, "")
        assert f"no running server uses the folder {tmp_path / 'data'}" in nobody.stderr


def test_the_server_reads_its_own_file_in_its_own_environment(tmp_path: Path) -> None:
    with Destination() as vendor:
        config = write(tmp_path / "container.yaml", vendor, "'${RELEASE}'")
        config.write_text(f"environment: {{RELEASE: none}}\n{config.read_text()}")
        with Tagyard(config, env={"RELEASE": "theirs"}) as server:
            assert reload(server, RELEASE="ours").returncode == 0
            load = Load(server.port, connections=1)
            load.run(["hit"])
            assert vendor.wait_for({"hit"}) == set()
    assert "ep.release=theirs" in vendor.requests[0][0]
