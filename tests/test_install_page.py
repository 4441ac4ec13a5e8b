"""The pages about installing and versions: what they tell to do works, and what they say of the package is so."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest

from core.product import VERSION
from tests.documentation import ROOT, text_of

PAGE = text_of(ROOT / "docs" / "install.md")
VERSIONS = text_of(ROOT / "docs" / "versions.md")
README = text_of(ROOT / "README.md")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = [name.rpartition(" ")[2] for name in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", name)]
COMPLETED = re.findall(r"_TAGYARD_COMPLETE=(\w+)_source tagyard", PAGE)
TOOLS = re.findall(r"`((?:pipx|uv) [a-z ]+) tagyard`", PAGE)


def completion(**env: str) -> str:
    command = [sys.executable, "-m", "tagyard"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=False)
    return done.stdout


def test_it_tells_of_three_shells() -> None:
    assert COMPLETED == ["bash", "zsh", "fish"]


@pytest.mark.parametrize("shell", COMPLETED)
def test_the_completion_of_a_shell_is_written_and_completes_commands(shell: str) -> None:
    script = completion(_TAGYARD_COMPLETE=f"{shell}_source")
    assert "_tagyard_completion" in script
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False).returncode == 0
    words = {"COMP_WORDS": "tagyard che", "COMP_CWORD": "che" if shell == "fish" else "1"}
    assert "check" in completion(_TAGYARD_COMPLETE=f"{shell}_complete", **words)


def test_pipx_and_uv_install_upgrade_and_remove() -> None:
    assert TOOLS == [
        "pipx install",
        "pipx upgrade",
        "pipx uninstall",
        "uv tool install",
        "uv tool upgrade",
        "uv tool uninstall",
    ]


@pytest.mark.parametrize("tool", TOOLS)
def test_pipx_and_uv_know_what_they_are_told(tool: str) -> None:
    if shutil.which(tool.split()[0]) is None:
        pytest.skip(f"this machine has no {tool.split()[0]}")
    assert subprocess.run([*tool.split(), "--help"], capture_output=True, check=False).returncode == 0


def test_the_extras_are_those_that_there_are() -> None:
    ours = {"test", "docs", "bench", "compile", "audit"}
    assert set(re.findall(r"^\| `tagyard\[(\w+)\]`", PAGE, re.MULTILINE)) == PROJECT["optional-dependencies"].keys() - ours


def test_the_pythons_are_those_of_the_package() -> None:
    assert f"| Python | {', '.join(PYTHONS[:-1])} or {PYTHONS[-1]}, tested with each" in PAGE
    assert f"from {PYTHONS[0]} on" in VERSIONS
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"


def test_the_badges_are_true() -> None:
    badges = dict(re.findall(r"^\[!\[(\w+): ([^\]]+)\]", README, re.MULTILINE))
    assert badges == {"Licence": PROJECT["license"], "Python": ", ".join(PYTHONS)}
    for name, value in badges.items():
        picture = (ROOT / "docs" / "pictures" / f"{name.lower()}.svg").read_text(encoding="utf-8")
        assert re.findall(r"<text[^>]*>([^<]+)<", picture) == [name, value]


def test_what_a_version_may_break_is_said_of_the_numbers_that_are_now() -> None:
    major, minor, _ = VERSION.split(".")
    assert f"| {major}.{minor}.x | {major}.{int(minor) + 1}.0 | yes" in VERSIONS


def test_what_stays_of_the_image_is_what_it_has() -> None:
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| the image \| (.+?) \|", VERSIONS, re.MULTILINE)
    for name in re.findall(r"`([^`]+)`|(\d{4,})", row):
        assert "".join(name) in dockerfile
