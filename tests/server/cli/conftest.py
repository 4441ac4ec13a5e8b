"""A command line in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from click.testing import CliRunner, Result

from server.cli import main

Run: TypeAlias = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty at first; no variable of the environment names a configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TAGYARD_CONFIG", raising=False)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:  # noqa: ARG001  runs in that folder
    """Runs ``tagyard`` with these arguments; its standard output and standard error are those of the result."""

    def run(*arguments: str, input: str | None = None, **environment: str) -> Result:
        result = CliRunner().invoke(main, arguments, input=input, env=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run
