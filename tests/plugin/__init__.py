"""Somebody else's components, which no file of the product names: they prove that a plugin can do what a built-in can.

It is found as any plugin is: ``installed_in(folder)`` writes a ``.dist-info`` with entry points, and a process that is
started with the environment it returns (``PYTHONPATH``) lists them. Within a test, ``ENTRIES`` are the same registrations.
"""

from __future__ import annotations

import os
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Final

from core.registry import Entry

ENTRIES: Final = (
    Entry("client", "beacon", EntryPoint("beacon", "tests.plugin.beacon:Beacon", "tagyard.clients")),
    Entry("transformation", "sieve", EntryPoint("sieve", "tests.plugin.sieve:Sieve", "tagyard.transformations")),
    Entry("tag", "bulk", EntryPoint("bulk", "tests.plugin.bulk:Bulk", "tagyard.tags")),
)
"""What it registers, one entry a component."""


def installed_in(folder: Path) -> dict[str, str]:
    """Installs it there; the environment of a process that finds it, if its working directory is the repository."""
    info = folder / "tagyard_test_plugin-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tagyard-test-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "".join(f"[{each.point.group}]\n{each.type} = {each.point.value}\n" for each in ENTRIES)
    )
    others = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": f"{folder}{os.pathsep}{others}" if others else str(folder)}
