"""Tagyard's packages have plain names, such as ``config``, and Python takes what it finds first: says when that is not Tagyard's.

A file or folder that comes earlier on Python's path hides a package. Or another distribution installs files into the same
folder, over Tagyard's, and takes them away when it is uninstalled.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

PACKAGES: Final = ("core", "wire", "config", "clients", "transformations", "tags", "server")
"""All of Tagyard but this one."""

HOME: Final = Path(__file__).parent.parent
"""Where they lie, side by side."""

_OWN: Final = "Tagyard needs an environment of its own: `pipx install tagyard`, or a new one by `python3 -m venv`."
_ELSEWHERE: Final = "Start Tagyard by `tagyard` from another folder, with PYTHONPATH unset."
_AGAIN: Final = "`pip install --force-reinstall --no-deps tagyard` mends it here."


def hidden(home: Path = HOME) -> str | None:
    """What is wrong with the first package that is not Tagyard's own, and what to do; None where all of them are."""
    return next(_faults(home), None)


def _faults(home: Path) -> Iterator[str]:
    hashes = _recorded(home)
    for name in PACKAGES:
        own, found = home / name / "__init__.py", _found(name)
        if not own.exists():
            yield f"{own} is missing; another package that was uninstalled may have taken it along.\n{_OWN}\n{_AGAIN}"
        elif found != own:
            yield f"Tagyard's package {name!r} is hidden by {found}{_whose(name, found)}"
        elif name in hashes and hashes[name] != _hash(own):
            yield f"Tagyard's package {name!r} is not what was installed: {own} is of another{_whose(name, own)}"


def _found(name: str) -> Path | None:
    """The file or folder that Python takes for the package of this name."""
    spec = find_spec(name)
    if spec is None:
        return None
    places = [spec.origin] if spec.has_location and spec.origin else list(spec.submodule_search_locations or ())
    return Path(places[0]) if places else None


def _whose(name: str, found: Path | None) -> str:
    """The other distribution that has a package of this name, where there is one, and what to do."""
    from importlib.metadata import packages_distributions  # takes its time, and is seldom needed

    others = sorted(set(packages_distributions().get(name, ())) - {"tagyard"})
    inside = found is not None and {"site-packages", "dist-packages"} & set(found.parts)
    if others and inside:
        return f", which the package {' and '.join(map(repr, others))} has installed.\n{_OWN}"
    return f".\n{_OWN if inside else _ELSEWHERE}"


def _recorded(home: Path) -> Mapping[str, str]:
    """By package the hash that its first file had when a wheel was installed; none of them in a checkout."""
    lines = (line for record in home.glob("tagyard-*.dist-info/RECORD") for line in record.read_text("utf-8").splitlines())
    parts = (line.split(",") for line in lines if "/__init__.py,sha256=" in line)
    return {path.partition("/")[0]: value for path, value, _ in parts if path.count("/") == 1}


def _hash(file: Path) -> str:
    """As a wheel's RECORD writes it."""
    return "sha256=" + urlsafe_b64encode(hashlib.sha256(file.read_bytes()).digest()).decode().rstrip("=")
