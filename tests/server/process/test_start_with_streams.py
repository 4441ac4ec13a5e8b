"""A start with an outbox in streams, tried on the real process: what it refuses, what it warns of, and what /ready tells."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.outbox.jetstream import connect
from tests.server.outbox.servers import Nats, made, serving, settings
from tests.server.process.harness import Tagyard

pytestmark = pytest.mark.process


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Nats]:
    server = Nats(tmp_path / "nats")
    with serving(server):
        yield server


def configured(folder: Path, nats: Nats) -> Path:
    """A file whose outbox is there."""
    path = folder / "container.yaml"
    path.write_text(
        "server: {log: {format: json}}\nclients: {ga4: {measurement_ids: [G-TEST00001]}}\ntags: {ga4: {}}\n"
        f"outbox: {{url: '{nats.url}', nats: {{monitoring: '{nats.monitoring}'}}}}\n"
    )
    return path


def make(nats: Nats, **otherwise: Any) -> None:
    async def run() -> None:
        link = await connect(settings(nats.url))
        await made(link, **otherwise)
        await link.close()

    asyncio.run(run())


def started(config: Path) -> subprocess.CompletedProcess[str]:
    """A start that ends by itself."""
    command = [sys.executable, "-m", "tagyard", "serve", str(config), "--port", "0", "--admin-port", "0"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_start_without_streams_names_the_command_that_makes_them(tmp_path: Path, nats: Nats) -> None:
    ended = started(configured(tmp_path, nats))
    assert ended.returncode == 1
    assert (
        "Error: there are no streams SHOP, SHOP_DEAD, SHOP_STATE: `tagyard outbox init URL` makes what is missing" in ended.stderr
    )
    assert "Traceback" not in ended.stderr


def test_a_start_is_refused_where_rows_would_be_lost_without_a_word(tmp_path: Path, nats: Nats) -> None:
    make(nats, rows={"discard": "old"})
    ended = started(configured(tmp_path, nats))
    assert ended.returncode == 1
    assert "Error: nothing can be kept in these streams: SHOP: `discard: old` removes what waits" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_start_without_servers_says_so(tmp_path: Path) -> None:
    ended = started(configured(tmp_path, Nats(tmp_path / "nats")))
    assert ended.returncode == 1
    assert "Error: no server of the outbox can be used (nats://127.0.0.1:" in ended.stderr
    assert "Connection refused" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_is_weak_is_warned_of_and_told_by_ready(tmp_path: Path, nats: Nats) -> None:
    make(nats)
    with Tagyard(configured(tmp_path, nats)) as tagyard:
        ready = tagyard.ready()
        why = [
            f"SHOP{each}: it has 1 of 3 replicas, too few to lose a server and nothing with it"
            for each in ("", "_DEAD", "_STATE")
        ]
        assert (ready["durability"], ready["durability_reasons"]) == ("weak", why)
        assert [worker["durability"] for worker in ready["workers"]] == ["weak"]
        tagyard.logged("the outbox is weak", 3)
        assert tagyard.stop() == 0
