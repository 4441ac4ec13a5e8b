"""Which commit this Tagyard is of: the one that it was built from, or that its checkout has.

git itself is asked only whether files differ from that commit; without it nothing says so.
"""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

from core.commit import COMMIT

_HERE: Final = Path(__file__).parents[2]
_STATUS: Final = ("-c", "core.fsmonitor=false", "--no-optional-locks", "status", "--porcelain", "--untracked-files=no")
_PATIENCE: Final = 5
"""Seconds that git has."""


def origin(built: str | None = COMMIT, folder: Path = _HERE) -> str | None:
    """In words; None where nothing tells."""
    if built:
        return f"commit {built}"
    found = state_of(folder)
    return f"checkout of {found}" if found else None


@cache
def revision() -> str | None:
    """The commit alone, changed or not, as it was when this was first asked: a checkout may go on while a process runs."""
    return COMMIT or state_of(_HERE)


def state_of(folder: Path) -> str | None:
    """As ``commit_of``, with ``-dirty`` behind it where files of the commit are not as it has them."""
    commit = commit_of(folder)
    return f"{commit}-dirty" if commit and _is_changed(folder) else commit


def commit_of(folder: Path) -> str | None:
    """The commit that is checked out in a folder; None where it is no checkout, or has no commit yet."""
    try:
        git = _git_folder(folder)
        head = (git / "HEAD").read_text().strip()
        return _resolved(git, head.removeprefix("ref: ")) if head.startswith("ref: ") else head
    except (OSError, ValueError):
        return None


def _is_changed(folder: Path) -> bool:
    """What git says of this folder alone: neither of one above it, nor of one that the environment names."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    own["GIT_CEILING_DIRECTORIES"] = str(folder.resolve().parent)
    try:
        said = subprocess.run(["git", *_STATUS], cwd=folder, env=own, capture_output=True, timeout=_PATIENCE, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return bool(said.stdout)


def _git_folder(folder: Path) -> Path:
    """Where HEAD lies: in .git, or where that leads in a worktree."""
    git = folder / ".git"
    return folder / git.read_text().strip().removeprefix("gitdir: ") if git.is_file() else git


def _resolved(git: Path, name: str) -> str | None:
    """The commit of a branch: in a file of its own, or in a line of packed-refs; those of a worktree lie with the others."""
    common = git / (git / "commondir").read_text().strip() if (git / "commondir").exists() else git
    for place in (git, common):
        if (place / name).is_file():
            return (place / name).read_text().strip()
    lines = (common / "packed-refs").read_text().splitlines()
    return next((line.split()[0] for line in lines if line.endswith(f" {name}")), None)
