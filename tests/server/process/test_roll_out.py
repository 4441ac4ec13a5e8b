"""A roll-out that brings a tag, on real processes and a real nats-server: who does not know it yet leaves its rows alone."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.delivery.lacking import NO_TAG
from tests.ports import free_port
from tests.server.outbox.streams import Server, running
from tests.server.process.destination import Destination
from tests.server.process.harness import Load, Tagyard, ids
from tests.server.process.test_shared import made, outbox
from tests.waiting import until

pytestmark = pytest.mark.process


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Server]:
    """A server."""
    with running(tmp_path) as server:
        yield server


def config(folder: Path, nats: Server, **tags: str) -> Path:
    """Of a replica with these tags, each of type ga4 with this endpoint."""
    folder.mkdir()
    path = folder / "container.yaml"
    lines = [f"  {name}: {{type: ga4, endpoint: '{url}'}}\n" for name, url in tags.items()]
    path.write_text(
        f"clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}\noutbox: {{url: '{nats.url}/ROLL'}}\ntags:\n{''.join(lines)}"
    )
    return path


def test_hits_for_a_tag_that_only_the_new_replica_has_all_arrive(tmp_path: Path, nats: Server) -> None:
    asyncio.run(made(nats.url, "ROLL"))
    with contextlib.ExitStack() as stack:
        known, added = stack.enter_context(Destination()), stack.enter_context(Destination())
        old = stack.enter_context(Tagyard(config(tmp_path / "old", nats, ga4=known.url)))
        new = stack.enter_context(Tagyard(config(tmp_path / "new", nats, ga4=known.url, added=added.url)))
        load = Load(new.port)
        load.run(ids("hit", 1500))
        assert len(load.acknowledged) == 1500
        for vendor in (known, added):
            assert vendor.wait_for(load.acknowledged) == set()
        until(lambda: json.loads(outbox("list", "--json", new.config)) == [])
        assert new.stop() == old.stop() == 0


def test_what_waits_for_a_tag_that_nobody_has_any_more_is_told_by_its_name(tmp_path: Path, nats: Server) -> None:
    asyncio.run(made(nats.url, "ROLL"))
    with contextlib.ExitStack() as stack:
        known, gone = stack.enter_context(Destination()), f"http://127.0.0.1:{free_port()}"
        with Tagyard(config(tmp_path / "new", nats, ga4=known.url, added=gone)) as new:
            load = Load(new.port, connections=1)
            load.run(ids("hit", 7))
            assert known.wait_for(load.acknowledged) == set()
            assert new.stop() == 0
        old = stack.enter_context(Tagyard(config(tmp_path / "old", nats, ga4=known.url)))
        told = f"tag added: {gone}: events wait for a replica that can send them: {NO_TAG} (7 wait)"
        until(lambda: told in old.ready()["reasons"])
        until(lambda: {row["state"] for row in json.loads(outbox("list", "--json", old.config))} == {"queued"})
        assert old.stop() == 0
