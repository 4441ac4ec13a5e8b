"""What setup.py writes into what it builds."""

from __future__ import annotations

import runpy
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import setuptools

from tests.installation.conftest import COMMIT, ROOT


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """What a commit, as the environment tells it, makes of a copy of core/commit.py."""
    monkeypatch.setattr(setuptools, "setup", lambda **_: None)
    note = runpy.run_path(str(ROOT / "setup.py"))["note_commit"]
    (tmp_path / "core").mkdir()

    def made(commit: str) -> str:
        copy = Path(shutil.copy(ROOT / "core" / "commit.py", tmp_path / "core"))
        monkeypatch.setenv("TAGYARD_COMMIT", commit)
        note(tmp_path)
        return copy.read_text()

    return made


@pytest.mark.parametrize("commit", [COMMIT, f"{COMMIT}-dirty", "0123abc"])
def test_a_build_holds_the_commit_that_it_is_told_and_whether_it_was_changed(noted: Callable[[str], str], commit: str) -> None:
    assert f'COMMIT: str | None = "{commit}"\n' in noted(commit)


@pytest.mark.parametrize("told", ["unknown", "main", '0123abc"; import os', f"{COMMIT}-dirty-dirty"])
def test_what_is_no_commit_is_not_written(noted: Callable[[str], str], told: str) -> None:
    assert "COMMIT: str | None = None\n" in noted(told)
