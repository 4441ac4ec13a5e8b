"""The image, built once for all tests of it; tests marked ``image`` run by ``make image-test`` alone."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.docker.buildah import ROOT, WORK, build, clean, configured, missing, mounted
from tests.docker.container import Container


@dataclass(frozen=True)
class Image:
    """A built image: its files, its configuration, and a folder for what its containers use."""

    name: str
    root: Path
    config: dict[str, Any]

    def container(self, folder: Path, text: str | None, **env: str) -> Container:
        """A container of it with this configuration file, or with none; ``{port}`` and ``{admin}`` are filled in."""
        container = Container(self.root, self.config, folder / "config", folder / "data", env)
        if text is not None:
            ports = text.replace("{port}", str(container.port)).replace("{admin}", str(container.admin))
            (container.config / "container.yaml").write_text(ports)
        return container


@pytest.fixture(scope="session")
def epoch() -> int:
    """When the commit was made."""
    return int(subprocess.run(["git", "log", "-1", "--format=%ct"], capture_output=True, text=True, check=True, cwd=ROOT).stdout)


@pytest.fixture(scope="session")
def image(epoch: int) -> Iterator[Image]:
    """The image, in a storage that is clean afterwards. Where this machine cannot build one, it is said why."""
    why = missing()
    if why is not None:
        pytest.exit(f"make image-test: {why}", returncode=1)
    WORK.mkdir(parents=True, exist_ok=True)
    clean()
    name = build("one", epoch)
    try:
        with mounted(name) as root:
            yield Image(name, root, configured(name))
    finally:
        clean()


FIGURES = pytest.StashKey[dict[str, str]]()


@pytest.fixture
def told(request: pytest.FixtureRequest) -> dict[str, str]:
    """Figures that a run prints when it is done."""
    return request.config.stash.setdefault(FIGURES, {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name, value in terminalreporter.config.stash.get(FIGURES, {}).items():
        terminalreporter.write_line(f"{name}: {value}")
