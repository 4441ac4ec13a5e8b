"""The plugin comes in by the door of every component, and no file of the product knows it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import plugin

ROOT = Path(__file__).parents[2]
PRODUCT = ("core", "wire", "config", "clients", "transformations", "tags", "server", "docs", "bench", "docker")


def test_a_process_finds_it_once_it_is_installed(tmp_path: Path) -> None:
    code = "from core.registry import KINDS, installed; print([(e.kind, e.type, e.load().__module__) for e in installed()])"
    env = {**os.environ, **plugin.installed_in(tmp_path)}
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout
    for each in plugin.ENTRIES:
        assert str((each.kind, each.type, each.point.module)) in found


@pytest.mark.parametrize("folder", PRODUCT)
def test_no_file_of_the_product_names_it(folder: str) -> None:
    named = {each.load().__name__ for each in plugin.ENTRIES} | {"tests.plugin"}
    for path in (ROOT / folder).rglob("*.py"):
        words = path.read_text()
        assert not [name for name in named if re.search(rf"\b{name}\(|\bimport {name}\b", words)], path
