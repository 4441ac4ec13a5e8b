"""What hides one of Tagyard's packages is named at once, with what to do, and in no traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tagyard.hidden import HOME, PACKAGES, _hash, hidden

ROOT = Path(__file__).parents[2]


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """As a wheel lays Tagyard out, with a command line that says that it was started."""
    home = tmp_path / "lib" / "site-packages"
    shutil.copytree(ROOT / "tagyard", home / "tagyard", ignore=shutil.ignore_patterns("__pycache__"))
    for name in (*PACKAGES, "server/cli"):
        (home / name).mkdir()
        (home / name / "__init__.py").write_text("")
    (home / "server/cli/__init__.py").write_text("def main(prog_name): print('started', prog_name)\n")
    record(home, "tagyard", *(f"{name}/__init__.py" for name in PACKAGES))
    return home


def record(home: Path, distribution: str, *files: str) -> None:
    """Writes down what a distribution has installed."""
    about = home / f"{distribution}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Name: {distribution}\nVersion: 1.0\n")
    lines = [f"{file},{_hash(home / file)},{(home / file).stat().st_size}\n" for file in files]
    (about / "RECORD").write_text("".join(lines))


def start(home: Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """``python -m tagyard`` in a folder, with no packages but those."""
    command = [sys.executable, "-S", "-m", "tagyard"]
    env = {**os.environ, "PYTHONPATH": str(home)}
    return subprocess.run(command, cwd=folder or home.parent, env=env, capture_output=True, text=True, check=False)


def test_it_starts_where_all_packages_are_its_own(installed: Path) -> None:
    assert start(installed).stdout == "started tagyard\n"


def test_it_has_nothing_to_say_of_this_tree() -> None:
    assert HOME == ROOT
    assert hidden() is None
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"bench", "tagyard"} == set(PACKAGES)


@pytest.mark.parametrize("hiding", ["config.py", "config/__init__.py"])
def test_a_file_or_a_package_in_the_current_folder_is_named(installed: Path, tmp_path: Path, hiding: str) -> None:
    folder = tmp_path / "work"
    (folder / hiding).parent.mkdir(parents=True)
    (folder / hiding).write_text("")
    done = start(installed, folder)
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: Tagyard's package 'config' is hidden by {folder / hiding}.\n"
        "Start Tagyard by `tagyard` from another folder, with PYTHONPATH unset.\n"
    )


def test_a_folder_of_configurations_hides_nothing(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "work" / "config").mkdir(parents=True)
    assert start(installed, tmp_path / "work").stdout == "started tagyard\n"


def test_a_package_that_was_installed_over_it_is_named(installed: Path) -> None:
    (installed / "config" / "__init__.py").write_text("VERSION = 1\n")
    record(installed, "config", "config/__init__.py")
    done = start(installed)
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: Tagyard's package 'config' is not what was installed: {installed}/config/__init__.py is of another, "
        "which the package 'config' has installed.\n"
        "Tagyard needs an environment of its own: `pipx install tagyard`, or a new one by `python3 -m venv`.\n"
    )


def test_what_another_took_along_is_named(installed: Path) -> None:
    (installed / "config" / "__init__.py").unlink()
    done = start(installed)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {installed}/config/__init__.py is missing; another package that was uninstalled")
    assert "pip install --force-reinstall --no-deps tagyard" in done.stderr
