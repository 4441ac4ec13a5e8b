"""The wheel that ``make wheel`` builds, and an environment that has it, made once for all tests of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """What it prints; its complaints are the assertion's text if it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Installed:
    """An environment that has Tagyard from the wheel, the packages that it needs, and nothing else."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def command(self) -> Path:
        return self.folder / "bin" / "tagyard"

    @property
    def packages(self) -> Path:
        (found,) = self.folder.glob("lib/python*/site-packages")
        return found


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what is built: a wheel, and the archive of the sources, as of a checkout at ``COMMIT``."""
    tree = tmp_path_factory.mktemp("checkout") / "tagyard"
    tracked = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT).splitlines()
    for name in tracked:
        if not name.startswith(("tests/", "docs/")) and (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
    (tree / ".git").mkdir()
    (tree / ".git" / "HEAD").write_text(f"{COMMIT}\n")
    environment = Path(sys.executable).parents[1]
    run("make", f"VENV={environment}", "-o", environment / ".compile", "wheel", "sdist", cwd=tree)
    return tree / "dist"


@pytest.fixture(scope="session")
def wheel(dist: Path) -> zipfile.ZipFile:
    (found,) = dist.glob("*.whl")
    return zipfile.ZipFile(found)


@pytest.fixture(scope="session")
def installed(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """As docs/install.md tells to make it with Python alone."""
    home = tmp_path_factory.mktemp("home")
    (row,) = re.findall(r"^\| Python alone \|(.+)\|$", (ROOT / "docs" / "install.md").read_text(encoding="utf-8"), re.MULTILINE)
    make, install, upgrade, _ = re.findall(r"`([^`]+)`", row)
    for command in (make.replace("python3", sys.executable), install, upgrade):
        line = re.sub(r" tagyard$", f" {wheel.filename}", command)
        run("env", f"HOME={home}", "PIP_NO_COMPILE=1", "PIP_DISABLE_PIP_VERSION_CHECK=1", "sh", "-e", "-c", line)
    return Installed(home / "tagyard")


def pip(folder: Path, *arguments: str) -> None:
    """By the pip of this environment, which need not be installed in that one."""
    ours = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "--disable-pip-version-check"]
    quick = ["--quiet", "--no-compile"] if arguments[0] == "install" else ["--quiet"]
    run(*ours, arguments[0], *quick, *arguments[1:])
