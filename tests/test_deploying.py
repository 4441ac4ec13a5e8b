"""The page about deploying: its links, commands, targets and figures are those of the files that it speaks of."""

from __future__ import annotations

import re
from pathlib import Path

from config import ServerSettings
from server.cli.main import main
from server.connections.uploads import MOST_HELD
from server.delivery.delivery import SLOTS
from server.system.descriptors import RESERVE, share

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "deploying.md"
TEXT = PAGE.read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")


def test_its_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT):
        assert (PAGE.parent / target).exists(), target


def test_its_commands_and_targets_exist() -> None:
    commands = set(re.findall(r"(?<!--name )(?<!-t )(?:`|tagyard )tagyard (\w+)", TEXT))
    assert {"serve", "healthy", "outbox"} <= commands <= main.commands.keys()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"image-test", "lock", "audit"} <= set(re.findall(r"`make ([\w-]+)`", TEXT)) <= targets


def test_its_build_arguments_are_those_of_the_dockerfile() -> None:
    arguments = set(re.findall(r"--build-arg (\w+)=", TEXT))
    assert arguments == {"BASE", "BUILDER", "SOURCE_DATE_EPOCH", "REVISION"}
    assert arguments <= set(re.findall(r"^ARG (\w+)=", DOCKERFILE, re.MULTILINE))


def test_its_figures_are_those_of_the_image() -> None:
    assert f"{ServerSettings().shutdown_grace:g} s" in TEXT
    for name in ("/data", "/config/container.yaml", "10001", "8080"):
        assert name in DOCKERFILE
        assert name in TEXT
    stop = re.search(r"--stop-timeout (\d+)", TEXT)
    assert stop is not None
    assert int(stop[1]) > ServerSettings().shutdown_grace


def test_what_it_says_of_open_files_is_so_and_the_default_fits() -> None:
    settings = ServerSettings()
    assert f"keeps\nback {RESERVE} and {SLOTS} for each tag" in TEXT
    assert f"`max_connections` ({settings.max_connections})" in TEXT
    assert f"bounded by {MOST_HELD >> 20} MiB" in TEXT
    (allowed,) = set(re.findall(r"nofile=(\d+)`", TEXT))
    found = re.search(r"which is enough for the default and (\d+)\ntags", TEXT)
    assert found is not None
    assert share(int(allowed), int(found[1]) * SLOTS).connections >= settings.max_connections
    assert f"ulimits: {{nofile: {allowed}}}" in (ROOT / "docker" / "compose.yaml").read_text()
    assert f"\nLimitNOFILE={allowed}\n" in (ROOT / "docker" / "tagyard.service").read_text()
