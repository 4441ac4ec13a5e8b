"""Commands of the pages that ask a server, asked of one: it has served orders to a destination that refuses each of them."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from click.testing import CliRunner

from server.cli.main import main
from tests.block_runners import run_by
from tests.documentation import ROOT, Command, commands
from tests.ports import free_port
from tests.server.process.destination import Destination, status
from tests.server.process.harness import Load, Tagyard, ids

pytestmark = pytest.mark.process

CONFIG: Final = """
server: {{listen: "127.0.0.1:{port}", admin: "127.0.0.1:{admin}"}}
outbox: {{url: "sqlite:{data}"}}
clients: {{ga4: {{measurement_ids: [G-TEST00001]}}, scripts: {{type: google_scripts, ids: [G-ABC1234567]}}}}
tags: {{orders: {{type: http_request, url: "{url}/orders", body: {{order: "{{{{ event.hit }}}}"}}}}}}
"""
HOST: Final = "https://data.example.com"
DAMAGED: Final = "outbox-0.db.damaged-1"
ASKED: Final = ("healthy", "reload", "outbox", "scripts")


def asked() -> list[Command]:
    """Commands that ask a server; ``init`` of streams asks NATS, and has tests of its own."""
    ours = [command for command in commands() if command.tagyard and command.tagyard[0] in ASKED]
    return [command for command in ours if command.tagyard and command.tagyard[1:2] != ("init",)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tagyard]:
    folder = tmp_path_factory.mktemp("served")
    config, data = folder / "container.yaml", folder / "data"
    with Destination(status("400 Bad Request")) as vendor:
        port, admin = free_port(), free_port()
        config.write_text(CONFIG.format(port=port, admin=admin, data=data, url=vendor.url))
        with Tagyard(config, port=port, admin=admin) as running:
            Load(running.port, connections=1).run(ids("order", 20))
            running.logged("orders")
            with sqlite3.connect(data / "outbox-0.db") as source, sqlite3.connect(data / DAMAGED) as copy:
                source.backup(copy)
            yield running


@pytest.mark.parametrize("command", asked(), ids=str)
def test_a_server_answers_its_command(command: Command, server: Tagyard, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = server.config.parent
    monkeypatch.chdir(folder)
    monkeypatch.delenv("TAGYARD_CONFIG", raising=False)
    words = [re.sub(r"^/?data/", f"{folder}/data/", word) for word in command.tagyard or ()]
    answer = ["--yes"] if "drop" in words else []
    told = CliRunner().invoke(main, [*words, *answer])
    assert told.exit_code == 0, told.output
    if words[-1] == "--dead":
        assert "HTTP 400" in told.output
    if DAMAGED in words[-1]:
        assert "20" in told.output
        Path(f"{words[-1]}.salvaged").rename(words[-1])


@pytest.mark.parametrize("command", [each for each in commands() if each.words[0] == "curl"], ids=str)
def test_what_curl_asks_is_answered(command: Command, server: Tagyard) -> None:
    words = [word.replace(HOST, f"http://127.0.0.1:{server.port}") for word in command.words]
    told = subprocess.run([*words, "--silent", "--show-error", "--fail"], capture_output=True, text=True, check=True, timeout=60)
    if words[-1].endswith("/healthy"):
        assert told.stdout == "ok\n"


PURCHASE: Final = "/g/collect?v=2&tid=G-DEMO000001&cid=1.2&en=purchase&cu=EUR&epn.value=46.5&ep.transaction_id=T-1&richsstsse"


def test_the_start_and_a_hit_are_told_as_the_page_shows(tmp_path: Path) -> None:
    config = tmp_path / "quickstart.yaml"
    config.write_bytes((ROOT / "config" / "examples" / "quickstart.yaml").read_bytes())
    with Tagyard(config, options=("--dry-run", "--host", "0.0.0.0")) as running:
        assert httpx.post(f"http://127.0.0.1:{running.port}{PURCHASE}").status_code == 200
        log = running.logged("orders \N{CHECK MARK}")
    log = (
        log.replace(str(running.port), "8080")
        .replace(str(running.admin), "8081")
        .replace(str(config.parent), "…/config/examples")
    )
    started, hit = (block.text for block in run_by("test_the_start_and_a_hit_are_told_as_the_page_shows"))
    assert log.startswith(started)
    told = re.sub(r"\d\d:\d\d:\d\d|(?<=/r/)[0-9a-f]{16}", "[0-9a-f:]+", re.escape(hit.strip()))
    assert re.search(told, log)
