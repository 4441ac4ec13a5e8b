"""What goes into the image, and what is known against it: ``python -m docker.audit``, in three parts that all must hold.

* The lock is what pyproject.toml asks for.
* The bill of materials, ``build/sbom.cdx.json`` (CycloneDX), lists every package with its hashes.
* No package has a known weakness that ``ACCEPTED`` does not explain. Who knows is PyPI; where it does not answer for a package,
  nobody has looked, and that is not "none known": the exit code is 1, and it is said of how many.
"""

from __future__ import annotations

import difflib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docker.lock import HERE, WANTED, resolved, tool

ACCEPTED: Mapping[str, str] = {}
"""By id a weakness that does not reach Tagyard, and why it does not."""

_QUIET = {**os.environ, "PYTHONWARNINGS": "ignore"}
"""A list of packages knows not which brings which; it need not be said each time."""

BILL = HERE.parent / "build" / "sbom.cdx.json"


def stale(lock: Path) -> str:
    """How the lock would change if it were made again with the releases that it has; empty where it would not."""
    old, new = lock.read_text(encoding="utf-8"), resolved(lock)
    return "".join(difflib.unified_diff(old.splitlines(True), new.splitlines(True), lock.name, "as pyproject.toml asks", n=0))


def write_bill() -> None:
    """Raises CalledProcessError."""
    BILL.parent.mkdir(exist_ok=True)
    about = ("--pyproject", str(HERE.parent / "pyproject.toml"), "--mc-type", "application")
    options = ("--output-reproducible", "--output-format", "JSON", "--output-file", str(BILL))
    subprocess.run(
        [tool("cyclonedx-py"), "requirements", str(HERE / "requirements.txt"), *about, *options], check=True, env=_QUIET
    )


def asked() -> Mapping[str, Any]:
    """pip-audit's report about the lock. Raises ValueError where it made none."""
    command = [tool("pip-audit"), "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    locks = [part for lock in WANTED for part in ("--requirement", str(lock))]
    done = subprocess.run([*command, *locks], capture_output=True, text=True, check=False)
    try:
        report: Mapping[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise ValueError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "pip-audit said nothing") from None
    return report


def verdicts(report: Mapping[str, Any], accepted: Mapping[str, str] = ACCEPTED) -> Iterator[tuple[bool, str]]:
    """By pip-audit's report: whether it can stay so, and what to say."""
    packages = report["dependencies"]
    unknown = [package for package in packages if "skip_reason" in package]
    for package in packages:
        for weakness in package.get("vulns", ()):
            names = [weakness["id"], *weakness.get("aliases", ())]
            why = next((accepted[name] for name in names if name in accepted), None)
            fixed = ", ".join(weakness["fix_versions"]) or "no release"
            text = f"{package['name']} {package['version']}: {names[0]}, mended in {fixed}"
            yield why is not None, f"{text}; accepted: {why}" if why else text
    if unknown:
        whose = f"{len(unknown)} of {len(packages)} packages"
        yield False, f"PyPI told no weaknesses of {whose}, not even that there are none: {unknown[0]['skip_reason']}"
    else:
        yield True, f"weaknesses looked up: {len(packages)} packages"


def findings() -> Iterator[tuple[bool, str]]:
    """All three parts: whether each holds, and what to say."""
    for lock in WANTED:
        change = stale(lock)
        said = f"run `make lock`:\n{change}" if change else "as pyproject.toml asks"
        yield not change, f"{lock.name}: {said}"
    write_bill()
    yield True, f"bill of materials: {BILL.relative_to(HERE.parent)}"
    try:
        yield from verdicts(asked())
    except ValueError as error:
        yield False, f"nobody could say whether any weakness is known: {error}"


def main() -> int:
    """Prints what was found; 1 where any of it must not stay so."""
    good = True
    for holds, text in findings():
        print(f"{'ok' if holds else 'NOT OK'}: {text}", flush=True)
        good = good and holds
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
