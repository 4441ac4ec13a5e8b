"""A volume as Kubernetes mounts one, root's and written by a group, and a server with no rights but that group's."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.process.destination import Destination, ok, status
from tests.server.process.harness import ROOT, Load, Tagyard, ids

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else"),
]

USER, GROUP = 10001, 10002
AS_USER = ("setpriv", f"--reuid={USER}", f"--regid={USER}", f"--groups={GROUP}", "--no-new-privs")

CONFIG = """
server: {{log: {{format: json}}}}
clients:
  ga4: {{measurement_ids: [G-TEST00001], cookies: {{mode: server}}}}
  scripts: {{type: google_scripts}}
tags: {{ga4: {{endpoint: "{url}"}}}}
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that everybody may pass, which pytest's own are not; in it data, which is root's and the group's."""
    tried = subprocess.run([*AS_USER, sys.executable, "-c", "import server.cli.main"], cwd=ROOT, capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip("no other user may read this tree")
    with tempfile.TemporaryDirectory(prefix="volume-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "data").mkdir()
        os.chown(folder / "data", 0, GROUP)
        yield folder


@pytest.mark.parametrize(
    ("mode", "own", "told"),
    [(0o2770, "data", 2), (0o2777, "data/tagyard", 0)],
    ids=["the group's", "anybody's, and a folder in it"],
)
def test_a_server_keeps_its_outbox_there_through_a_restart(folder: Path, mode: int, own: str, told: int) -> None:
    """Kubernetes gives a claim to the group, and an ``emptyDir`` to anybody."""
    (folder / "data").chmod(mode)
    config = folder / "container.yaml"
    with Destination(status("503 Service Unavailable")) as vendor:
        config.write_text(CONFIG.format(url=vendor.url))
        with Tagyard(config, by=AS_USER, env={"TAGYARD_DATA": str(folder / own)}) as server:
            load = Load(server.port, connections=4)
            load.run(ids("hit", 40))
            assert len(load.acknowledged) == 40
            assert server.stop() == 0
            vendor.behaviour = ok
            server.start()
            assert vendor.wait_for(load.acknowledged) == set()
            assert server.stop() == 0
        assert (folder / own / "outbox-0.db").exists()
        assert {path.stat().st_uid for path in (folder / "data").rglob("*")} == {USER}
        said = "others than this user may enter the data folder, and only its owner can change that"
        assert server.log.read_text().count(said) == told  # once a start
        assert "Traceback" not in server.log.read_text()
