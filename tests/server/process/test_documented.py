"""What the documentation tells people to do, done with the real server: going live, and a backup of the outbox."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx
import pytest

from tests.documentation import ROOT, blocks, commands
from tests.server.process.destination import Destination, status
from tests.server.process.harness import Load, Tagyard, ids

pytestmark = pytest.mark.process

TOKEN = "0123456789abcdef01234567"
CONFIG = """
clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}
tags: {{ga4: {{endpoint: "{url}"}}}}
"""


def read_me(vendor: Destination) -> str:
    """The configuration by which somebody goes live, but for the destination, and on loopback alone."""
    text = next(block.text for block in blocks("yaml") if block.page == ROOT / "README.md")
    assert text.count("G-ABC1234567") == text.count("ga4: {}") == text.count("0.0.0.0") == 1
    ours = text.replace("G-ABC1234567", "G-TEST00001").replace("0.0.0.0", "127.0.0.1")
    return ours.replace("ga4: {}", f"ga4: {{endpoint: '{vendor.url}'}}")


def test_the_configuration_to_go_live_with_delivers_and_opens_its_debug_page_to_the_token_alone(tmp_path: Path) -> None:
    config = tmp_path / "container.yaml"
    with Destination() as vendor:
        config.write_text(read_me(vendor))
        with Tagyard(config, env={"TAGYARD_ADMIN_TOKEN": TOKEN}, token=TOKEN) as server:
            load = Load(server.port, connections=1)
            load.run(["first"])
            assert load.acknowledged == {"first"}
            assert vendor.wait_for({"first"}) == set()
            page = f"http://localhost:{server.admin}/"
            assert httpx.get(page).headers["location"] == "/login?next=/"
            with httpx.Client(follow_redirects=True) as visitor:
                answer = visitor.post(f"{page}login", data={"token": TOKEN, "next": "/"}, headers={"Origin": page.rstrip("/")})
            assert "<title>Live" in answer.text


def tar(flag: str, folder: Path, backup: Path) -> None:
    """The command of the documentation that has this flag, with these folders for those of the container."""
    [words] = [each.words for each in commands() if each.words[:2] == ("docker", "run") and flag in each.words]
    given = words[words.index("tagyard") + 1 :]
    moved = [word.replace("/data", str(folder)).replace("/backup", str(backup)) for word in given]
    subprocess.run(["tar", *moved], check=True, capture_output=True, timeout=60)


def test_a_restored_copy_of_the_outbox_delivers_what_was_waiting_and_again_what_has_gone_out_since(tmp_path: Path) -> None:
    config, data, copies = tmp_path / "container.yaml", tmp_path / "data", tmp_path / "copies"
    copies.mkdir()
    waiting = set(ids("waiting", 20))
    with Destination(status("503 Service Unavailable")) as vendor:
        config.write_text(CONFIG.format(url=vendor.url))
        with Tagyard(config) as server:
            load = Load(server.port, connections=4)
            load.run(sorted(waiting))
            assert server.stop() == 0
        assert load.acknowledged == waiting
        tar("-czf", data, copies)
    for folder in ("one", "two"):
        restored = tmp_path / folder
        restored.mkdir()
        tar("-xzf", restored, copies)
        with Destination(port=vendor.port) as later, Tagyard(config, options=("--data", str(restored))):
            assert later.wait_for(waiting) == set()
