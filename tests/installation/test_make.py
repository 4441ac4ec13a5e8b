"""What ``make run`` installs in a fresh checkout, what it says meanwhile, and what it says where Python will not do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installation.conftest import ROOT

OLD = '#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.2"\nexit 1\n'
"""A Python that says no to whatever it is asked."""
BARE = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\n'
"""One that has no ensurepip, as Debian's has none without python3-venv."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def make(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "--no-print-directory", *arguments], cwd=checkout, capture_output=True, text=True, check=False)


def planned(checkout: Path, target: str) -> str:
    """What make would do."""
    done = make(checkout, "--dry-run", target, f"PYTHON={sys.executable}")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_running_takes_what_running_needs_and_says_each_step(checkout: Path) -> None:
    told = planned(checkout, "run")
    assert "[test]" not in told
    steps = ("Making an environment", "Installing Tagyard and what it needs", "Starting Tagyard")
    assert [step for step in steps if f'echo "{step}' in told] == list(steps)


def test_testing_adds_the_rest_and_then_running_adds_nothing(checkout: Path) -> None:
    environment = checkout / ".venv"
    environment.mkdir()
    for name in ("pyvenv.cfg", ".runs"):
        (environment / name).touch()
    assert "[test]" in planned(checkout, "check")
    assert "pip install" not in planned(checkout, "run")


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (OLD, "Tagyard needs Python 3.11 or newer; ./python is Python 3.9.2.\n"),
        (BARE, "Python's venv module is missing; on Debian: apt-get install python3-venv\n"),
    ],
)
def test_a_python_that_will_not_do_is_named_with_what_to_do(checkout: Path, program: str, said: str) -> None:
    (checkout / "python").write_text(program)
    (checkout / "python").chmod(0o755)
    done = make(checkout, "run", "PYTHON=./python")
    assert done.returncode == 2
    assert done.stdout == said
    assert not (checkout / ".venv").exists()
