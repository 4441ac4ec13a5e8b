"""The geo database of a running server is overwritten, as whoever fetches a new one each week may do it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.server.mmdb import BUILT, database
from tests.server.process.harness import Load, Tagyard, ids

pytestmark = pytest.mark.process

CONFIG = """
server: {geo: {database: geo.mmdb, fill_event: true}}
clients: {ga4: {measurement_ids: [G-TEST00001]}}
tags: {log: {file: "-"}}
"""
PLACE = {"country": {"iso_code": "SE"}}


def built(server: Tagyard) -> list[float]:
    """When the database of each worker was made."""
    lines = httpx.get(f"http://127.0.0.1:{server.admin}/metrics").text.splitlines()
    return [float(line.rpartition(" ")[2]) for line in lines if line.startswith("tagyard_geo_database_build_timestamp_seconds{")]


@contextmanager
def under_load(server: Tagyard) -> Iterator[Load]:
    """Hits come all the time meanwhile."""
    load, over = Load(server.port, connections=4), threading.Event()

    def run() -> None:
        number = 0
        while not over.is_set():
            load.run(ids(f"round{number}", 40))
            number += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield load
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("workers", [1, 2])
def test_whatever_is_done_to_the_file_the_server_goes_on_and_takes_the_next_whole_one(tmp_path: Path, workers: int) -> None:
    config, path = tmp_path / "container.yaml", tmp_path / "geo.mmdb"
    config.write_text(CONFIG)
    path.write_bytes(database(PLACE))
    with Tagyard(config, workers, ("--watch",)) as server, under_load(server) as load:
        assert built(server) == [BUILT] * workers
        os.truncate(path, 0)
        server.logged("it is not a MaxMind database", workers)
        assert built(server) == [BUILT] * workers
        path.write_bytes(database(PLACE, built=BUILT + 7))
        server.logged("configuration reloaded", workers)
        assert built(server) == [BUILT + 7] * workers
        os.truncate(path, 10)
        server.process.send_signal(signal.SIGHUP)
        server.logged("it is not a MaxMind database", 2 * workers)
        before = len(load.acknowledged)
        load.run(ids("last", 20))
        assert len(load.acknowledged) >= before + 20
        assert server.process.poll() is None
        assert not load.refused
    assert "a worker ended" not in server.log.read_text()
