"""Compose files as Docker Compose reads them, where it is installed, and its Python predecessor, Debian's, elsewhere."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.server.process.harness import ROOT

DOCKER = ROOT / "docker"


def copy(folder: Path) -> Path:
    """docker/ as it is after the steps that compose.yaml tells, in this folder."""
    shutil.copytree(DOCKER, folder / "docker", ignore=shutil.ignore_patterns(".env", "__pycache__"))
    shutil.copy(DOCKER / "env.example", folder / "docker" / ".env")
    shutil.copytree(ROOT / "config" / "examples", folder / "config" / "examples")
    return folder / "docker"


def parser() -> list[str]:
    """The command of a compose that works here."""
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0:
        return [docker, "compose"]
    return ["docker-compose"]


def parse(file: Path, *others: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """The file with everything filled in, and what the others add to it, as YAML."""
    command = [*parser(), *(word for each in (file, *others) for word in ("-f", each.name)), "config"]
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(file.parent), **env}
    return subprocess.run(command, cwd=file.parent, env=environ, capture_output=True, text=True, check=False, timeout=60)


def services(file: Path) -> dict[str, dict[str, Any]]:
    """What it starts, by name."""
    done = parse(file)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = yaml.safe_load(done.stdout)["services"]
    return found


def where_from(volume: str | dict[str, Any]) -> tuple[str, bool]:
    """Where a volume comes from and whether it is read-only; Debian's compose writes them as a text."""
    if isinstance(volume, str):
        source, _, rights = volume.split(":")
        return source, rights == "ro"
    return volume["source"], volume.get("read_only", False)
