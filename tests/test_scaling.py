"""The pages about scaling and about cloud platforms: their figures, files and settings are those of the product."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import OutboxSettings, ServerSettings
from server.outbox.jetstream.answers import PATIENCE
from server.outbox.jetstream.replica import LIVES

ROOT = Path(__file__).parent.parent
SCALING, CLOUD = (" ".join((ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8").split()) for page in ("scaling", "cloud"))
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")

CALLED = """#!/bin/sh
id -u; id -g; id -G; grep NoNewPrivs /proc/self/status | cut -f 2; printf '%s ' "$@"
"""
"""What stands in for Tagyard, and tells by whom it was called, and how."""

SHORTEST_GRACE = 10
"""Seconds that Cloud Run leaves an instance after SIGTERM."""


def test_what_scaling_says_of_limits_is_so() -> None:
    assert f"`max_connections` ({ServerSettings().max_connections})" in SCALING
    assert f"503 after {PATIENCE:g} s" in SCALING
    assert f"heard of for {LIVES} s" in SCALING
    assert f"`outbox.max_age` ({OutboxSettings().max_age / 3600:g} h)" in SCALING


def test_what_cloud_says_of_the_server_is_so() -> None:
    assert f"`server.shutdown_grace` at most, {ServerSettings().shutdown_grace:g} s by default" in CLOUD
    for proposed in re.findall(r"shutdown_grace: (\d+)s", CLOUD):
        assert int(proposed) < SHORTEST_GRACE <= ServerSettings().shutdown_grace
    port = ServerSettings().listen.port
    assert f"it listens on {port}, or on what `server.listen` says" in CLOUD
    assert {int(each) for each in re.findall(r"(?:--port |internal_port = |`PORT`: )(\d+)", CLOUD)} == {port}
    (user,) = set(re.findall(r"belong to user (\d+)", CLOUD))
    assert f"\nUSER {user}:" in DOCKERFILE
    assert "COPY container.yaml /config/container.yaml" in CLOUD
    assert "TAGYARD_CONFIG=/config/container.yaml" in DOCKERFILE


@pytest.mark.parametrize("page", [SCALING, CLOUD], ids=["scaling", "cloud"])
def test_settings_and_options_that_it_names_are_there(page: str) -> None:
    for section, name in re.findall(r"`(server|outbox)\.(\w+)`", page):
        reference = (ROOT / "docs" / "reference" / f"{section}.md").read_text(encoding="utf-8")
        assert re.search(rf"^\| `{name}` \|", reference, re.MULTILINE), f"{section}.{name}"


@pytest.fixture
def volume() -> Iterator[Path]:
    """A folder that everybody may pass, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="volume-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_an_image_that_begins_as_root_gives_the_disk_to_the_images_user_and_goes_on_as_him(volume: Path) -> None:
    (entry,) = re.findall(r"^ENTRYPOINT (\[.*\])$", (ROOT / "docs" / "cloud.md").read_text(encoding="utf-8"), re.MULTILINE)
    (user,) = re.findall(r"^USER (\d+):\d+$", DOCKERFILE, re.MULTILINE)
    disk, programs = volume / "disk", volume / "programs"
    disk.mkdir()
    programs.mkdir()
    (programs / "tagyard").write_text(CALLED)
    (programs / "tagyard").chmod(0o755)
    command = [part.replace("/data", str(disk)) for part in json.loads(entry)]
    env = {"PATH": f"{programs}:/usr/bin:/bin"}
    called = subprocess.run([*command, "--workers", "2"], env=env, capture_output=True, text=True, check=True, timeout=60)
    assert called.stdout.split() == [user, user, user, "1", "serve", "--workers", "2"]
    assert (disk.stat().st_uid, disk.stat().st_gid) == (int(user), int(user))
