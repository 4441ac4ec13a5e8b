"""A disk that changes what was written: it shows, and what can be read goes out after all."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from server.outbox.wal import Header, frames
from tests.ports import free_port
from tests.server.process.destination import Destination
from tests.server.process.forked import command
from tests.server.process.harness import Load, Tagyard, ids
from tests.waiting import until

pytestmark = pytest.mark.process

CONFIG = """
clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}
tags: {{ga4: {{endpoint: "http://127.0.0.1:{port}"}}}}
"""


def in_the_log(data: Path) -> bool:
    """In the middle of it; False where too few commits stand behind that, as it was begun anew a moment ago."""
    log = data / "outbox-0.db-wal"
    with log.open("r+b") as file:
        current = [frame for frame in frames(file, Header.of(file)) if frame.sound]
        middle = len(current) // 2
        if sum(bool(frame.size) for frame in current[middle:]) < 3:
            return False
        file.seek(current[middle].at)
        file.write(random.Random(1).randbytes(300))
        return True


def in_the_header(data: Path) -> bool:
    with (data / "outbox-0.db").open("r+b") as file:
        file.write(random.Random(2).randbytes(100))
    return True


@pytest.mark.parametrize(("damage", "lost"), [(in_the_log, 20), (in_the_header, 0)])
def test_a_damaged_file_is_red_until_what_can_be_read_of_it_is_brought_back(
    tmp_path: Path, damage: Callable[[Path], bool], lost: int
) -> None:
    port, config, data = free_port(), tmp_path / "container.yaml", tmp_path / "data"
    config.write_text(CONFIG.format(port=port))
    with Tagyard(config) as server:
        load = Load(server.port, connections=4)
        load.run(ids("hit", 150))
        assert len(load.acknowledged) == 150
        server.kill() if damage is in_the_log else server.stop()
        while not damage(data):
            server.start()
            load.run(ids(f"hit-{len(load.acknowledged)}", 30))
            server.kill()
        server.start()
        health = server.ready()
        assert health["colour"] == "red"
        assert any("outbox-0.db.damaged-1" in reason for reason in health["reasons"])
        server.logged("a damaged file was set aside")
        salvage = ("outbox", "salvage", str(data / "outbox-0.db.damaged-1"))
        done = command(*salvage)
        assert (done.returncode, done.stderr) == (0, "")
        assert "came back, into outbox-1.db" in done.stdout
        again = command(*salvage)
        assert (again.returncode, "was salvaged before" in again.stderr) == (1, True)
        server.stop()
        with Destination(port=port) as vendor:
            server.start()
            until(lambda: len(load.acknowledged - vendor.hits.keys()) <= lost)
            until(lambda: server.ready()["colour"] == "green", what=server.ready)
