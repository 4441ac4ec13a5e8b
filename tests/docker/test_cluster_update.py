"""What compose.cluster.yaml starts, as real processes: three servers with one outbox, behind Caddy by the file that it mounts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.docker.compose import DOCKER
from tests.docker.fronts import Visitors, caddy
from tests.ports import free_port
from tests.server.outbox.servers import Nats, serving
from tests.server.process.destination import Destination
from tests.server.process.harness import ROOT, Tagyard

pytestmark = pytest.mark.process

CONFIG = """
server: {{trusted_proxies: [loopback]}}
clients: {{ga4: {{measurement_ids: [G-TEST00001], cookies: {{mode: server, secret: "{secret}"}}}}}}
tags: {{ga4: {{endpoint: "{vendor}"}}}}
outbox: {{url: "{outbox}"}}
"""


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[str]:
    """The URL of streams that `tagyard outbox init` has made."""
    server = Nats(tmp_path / "nats")
    with serving(server):
        init = [sys.executable, "-m", "tagyard", "outbox", "init", server.url, "--replicas", "1", "--max-size", "100 MiB"]
        subprocess.run(init, cwd=ROOT, check=True, capture_output=True, timeout=60)
        yield server.url


def one_of_three(folder: Path, outbox: str, vendor: str) -> Tagyard:
    folder.mkdir()
    text = CONFIG.format(secret="s" * 32, vendor=vendor, outbox=outbox)
    (folder / "container.yaml").write_text(text)
    return Tagyard(folder / "container.yaml")


def caddyfile() -> str:
    """The file that Compose mounts, with no port of its own for commands."""
    text = (DOCKER / "cluster" / "Caddyfile").read_text()
    assert text.count("\tservers {") == 1
    return text.replace("\tservers {", "\tadmin off\n\tservers {")


def test_one_of_three_may_stop_and_another_be_killed_and_what_was_acknowledged_arrives(tmp_path: Path, outbox: str) -> None:
    with Destination() as vendor, ExitStack() as stack:
        three = [stack.enter_context(one_of_three(tmp_path / f"tagyard-{at}", outbox, vendor.url)) for at in (1, 2, 3)]
        port = free_port()
        where = {
            "TAGYARD_HOST": f"http://t.example:{port}",
            "TAGYARD_UPSTREAMS": " ".join(f"127.0.0.1:{each.port}" for each in three),
        }
        stack.enter_context(caddy(tmp_path, port, caddyfile(), **where))
        with Visitors(port, "visit") as visitors:
            visitors.more(200)
            assert three[0].stop() == 0
            visitors.more(200)
            three[0].start()
            three[1].kill()
            visitors.more(200)
        assert len(visitors.failed) <= 2 * 8, visitors.failed  # of each visitor what one of them had begun to read, each time
        assert vendor.wait_for(visitors.acknowledged) == set()
