"""``tagyard outbox`` on streams whose replicas are elsewhere, or gone: it answers, and does nothing that it was not asked for."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.outbox.jetstream import JetStreamStore, connect, open_store
from server.outbox.jetstream.link import Link, Message
from server.outbox.jetstream.names import MOST_REPLICAS
from server.outbox.row import row_name
from tests.server.outbox.servers import NAMES, Nats, made, serving, settings
from tests.server.outbox.stores import leased, payload, put

CONFIG = """\
clients: {ga4: {measurement_ids: [G-ABC1234567]}}
tags: {ga4: {}}
outbox: {url: "%s"}
"""


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Nats]:
    server = Nats(tmp_path / "nats")
    with serving(server):
        (tmp_path / "container.yaml").write_text(CONFIG % server.url)
        yield server


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: what it logs is no test's."""
    asked = [sys.executable, "-m", "tagyard", "outbox", *words, str(folder / "container.yaml")]
    return subprocess.run(asked, capture_output=True, text=True, timeout=60)


async def begun(server: Nats, number: int) -> tuple[Link, JetStreamStore]:
    """A connection, and a replica of this number."""
    link = await connect(settings(server.url))
    await made(link)
    await link.write(Message(NAMES.replica, str(number - 1).encode()))
    store = await open_store(await connect(settings(server.url)), NAMES)
    store.start(asyncio.get_running_loop())
    return link, store


def test_a_command_takes_no_part_and_takes_nobody_for_dead(nats: Nats, tmp_path: Path) -> None:
    async def run() -> None:
        link, store = await begun(nats, 7)
        ids = [*await leased(store, payload(1)), *await put(store, payload(2))]
        await store.forsake()
        await link.ask(f"STREAM.PURGE.{NAMES.state}", {"filter": NAMES.alive("*")})
        before = await link.ask(f"STREAM.INFO.{NAMES.state}")
        told = await asyncio.to_thread(command, tmp_path, "list", "--json")
        assert (told.returncode, told.stderr) == (0, "")
        rows = {row["id"]: (row["state"], row["crashes"]) for row in json.loads(told.stdout)}
        assert rows == {row_name(0, ids[0]): ("leased", 0), row_name(0, ids[1]): ("queued", 0)}
        assert (await link.ask(f"STREAM.INFO.{NAMES.state}"))["state"] == before["state"]
        await link.close()

    asyncio.run(run())


def test_a_row_of_the_last_replica_there_can_be_is_shown_and_dropped(nats: Nats, tmp_path: Path) -> None:
    async def run() -> None:
        link, store = await begun(nats, MOST_REPLICAS)
        (id,) = await put(store, payload(1))
        shown = await asyncio.to_thread(command, tmp_path, "show", row_name(0, id))
        assert (shown.returncode, shown.stdout.splitlines()[0]) == (0, row_name(0, id))
        dropped = await asyncio.to_thread(command, tmp_path, "drop", row_name(0, id), "--yes")
        assert (dropped.returncode, dropped.stdout) == (0, "1 row dropped.\n")
        await store.close()
        await link.close()

    asyncio.run(run())


def test_what_a_command_logs_goes_beside_its_answer() -> None:
    script = "import structlog, click; from server.cli.main import main\n"
    script += "main.command('hum')(lambda: (structlog.get_logger('tagyard').warning('hums'), click.echo('answer')))\n"
    said = subprocess.run([sys.executable, "-c", f"{script}main(['hum'])"], capture_output=True, text=True, timeout=60)
    assert said.stdout == "answer\n"
    assert "hums" in said.stderr
