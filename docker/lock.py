"""Writes docker/requirements*.txt: every package of the image and of its build, with the hashes of its files.

``python -m docker.lock`` takes the newest releases that pyproject.toml allows; it needs uv and the package index.
"""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))

EXTRAS: Mapping[str, Sequence[str]] = PROJECT["project"]["optional-dependencies"]

WANTED: Mapping[Path, Sequence[str]] = {
    HERE / "requirements.txt": [*PROJECT["project"]["dependencies"], *EXTRAS["jetstream"], *EXTRAS["kafka"]],
    HERE / "requirements-build.txt": PROJECT["build-system"]["requires"],
    HERE / "requirements-compile.txt": PROJECT["project"]["optional-dependencies"]["compile"],
}
"""By lock file what it must bring."""

HEAD = "# Made by `make lock` from pyproject.toml: the packages, and the hashes that their files must have.\n"


def tool(name: str) -> str:
    """The program of this name beside the Python that runs this."""
    return str(Path(sysconfig.get_path("scripts")) / name)


def resolved(lock: Path, *options: str) -> str:
    """The text that the lock should have; a release that it pins is kept where it fits. Raises CalledProcessError."""
    oldest: str = PROJECT["project"]["requires-python"].removeprefix(">=")
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / lock.name
        if lock.exists():
            shutil.copy(lock, written)
        command = [tool("uv"), "pip", "compile", "-", "--output-file", str(written), "--universal", "--python-version", oldest]
        style = ["--quiet", "--generate-hashes", "--no-header", "--no-annotate"]
        subprocess.run([*command, *style, *options], input="\n".join(WANTED[lock]), text=True, check=True, cwd=folder)
        return HEAD + written.read_text(encoding="utf-8")


if __name__ == "__main__":
    for path in WANTED:
        path.write_text(resolved(path, "--upgrade"), encoding="utf-8")
