"""The lock holds what pyproject.toml asks for, all of it with hashes; the audit never takes silence for good news."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from docker import audit
from docker.lock import HEAD, HERE, PROJECT, WANTED

PIN = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)(?: ; (?P<marker>[^\\]+?))? \\\n(?P<hashes>(?:    --hash=.*\n)+)", re.MULTILINE
)
LOCKS = pytest.mark.parametrize("lock", WANTED, ids=lambda path: path.name)


def pins(lock: Path) -> dict[str, re.Match[str]]:
    return {found["name"]: found for found in PIN.finditer(lock.read_text())}


@LOCKS
def test_every_line_is_a_package_at_one_version_with_hashes(lock: Path) -> None:
    assert re.sub(PIN, "", lock.read_text()) == HEAD
    for found in pins(lock).values():
        assert re.fullmatch(r"(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+", found["hashes"])


@LOCKS
def test_it_holds_what_the_project_asks_for(lock: Path) -> None:
    locked = pins(lock)
    for requirement in map(Requirement, WANTED[lock]):
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]["version"]), (
            f"{requirement}: run `make lock`"
        )


def test_the_build_backend_and_the_image_are_two_locks() -> None:
    assert set(pins(HERE / "requirements-build.txt")) & set(pins(HERE / "requirements.txt")) == set()


def test_the_dockerfile_says_the_version_that_the_project_has() -> None:
    assert f"ARG VERSION={PROJECT['project']['version']}\n" in (HERE / "Dockerfile").read_text()


def test_every_package_of_ours_gets_into_the_image() -> None:
    let_in = set(re.findall(r"^!(.+)$", (HERE.parent / ".dockerignore").read_text(), re.MULTILINE))
    packages = {name.rstrip("*") for name in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert let_in == packages | {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "docker/requirements.txt",
        "docker/requirements-build.txt",
        "docker/requirements-compile.txt",
        "setup.py",
    }


def report(*packages: dict[str, Any]) -> dict[str, Any]:
    return {"dependencies": list(packages), "fixes": []}


FINE = {"name": "click", "version": "8.2.0", "vulns": []}
WEAK = {
    "name": "h11",
    "version": "0.14.0",
    "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-2025-43859"], "fix_versions": ["0.16.0"], "description": "..."}],
}
UNKNOWN = {"name": "rich", "skip_reason": "Dependency not found on PyPI and could not be audited: rich (15.0.0)"}


def test_packages_without_known_weaknesses_pass() -> None:
    assert list(audit.verdicts(report(FINE))) == [(True, "weaknesses looked up: 1 packages")]


def test_a_known_weakness_does_not_pass() -> None:
    assert next(audit.verdicts(report(FINE, WEAK))) == (False, "h11 0.14.0: PYSEC-1, mended in 0.16.0")


@pytest.mark.parametrize("name", ["PYSEC-1", "CVE-2025-43859"])
def test_a_weakness_that_is_explained_passes_with_its_explanation(name: str) -> None:
    verdicts = list(audit.verdicts(report(WEAK), {name: "Tagyard never reads such bodies"}))
    assert verdicts[0] == (True, "h11 0.14.0: PYSEC-1, mended in 0.16.0; accepted: Tagyard never reads such bodies")
    assert all(holds for holds, _ in verdicts)


def test_a_package_of_which_nobody_knows_anything_does_not_pass() -> None:
    last = list(audit.verdicts(report(FINE, UNKNOWN)))[-1]
    assert last[0] is False
    assert last[1].startswith("PyPI told no weaknesses of 1 of 2 packages, not even that there are none: ")


def answered(monkeypatch: pytest.MonkeyPatch, stdout: str, stderr: str) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1, stdout, stderr))


def test_an_audit_that_could_not_be_made_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    answered(monkeypatch, "", "Traceback\nConnectionError: no route to host\n")
    with pytest.raises(ValueError, match=r"^ConnectionError: no route to host$"):
        audit.asked()
    answered(monkeypatch, json.dumps(report(FINE)), "Found 1 known vulnerability")
    assert audit.asked() == report(FINE)


@pytest.mark.parametrize(("change", "holds", "code"), [("", True, 0), ("", False, 1), ("-click==8.1.0\n", True, 1)])
def test_all_three_parts_must_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], change: str, holds: bool, code: int
) -> None:
    monkeypatch.setattr(audit, "stale", lambda _: change)
    monkeypatch.setattr(audit, "write_bill", lambda: None)
    monkeypatch.setattr(audit, "asked", lambda: report(FINE if holds else UNKNOWN))
    assert audit.main() == code
    assert ("NOT OK: " in capsys.readouterr().out) == bool(code)
