"""What a compiled wheel compiles: the list in pyproject.toml, and on such a build that it is what runs."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from core.product import COMPILED, VERSION
from tests.house import COMPONENTS, MAY_IMPORT

ROOT: Final = Path(__file__).parents[1]
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MODULES: Final[Sequence[str]] = PROJECT["tool"]["tagyard"]["compiled"]


def names(path: str) -> set[str]:
    """The modules that it imports."""
    found = ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
    return {node.module or "" for node in found if isinstance(node, ast.ImportFrom)}


def test_the_list_is_in_order_and_names_each_module_once() -> None:
    assert list(MODULES) == sorted(set(MODULES))
    assert "core/product.py" in MODULES, "it says of which build it is"


@pytest.mark.parametrize("path", MODULES)
def test_it_names_modules_that_can_be_compiled(path: str) -> None:
    assert (ROOT / path).is_file()
    assert not path.endswith("/__init__.py"), "what else is in a compiled package is not found from within"
    assert "pydantic" not in names(path), "its fields have a default that is none of their type"
    assert path.split("/")[0] not in COMPONENTS, "they have settings, by pydantic"
    assert path.split("/")[0] != "config", "it is read once"


def test_what_inherits_from_a_compiled_class_is_compiled_too() -> None:
    """An interpreted class cannot, and fails when it is made, which may be late."""
    compiled = {path.removesuffix(".py").replace("/", ".") for path in MODULES}
    for folder in MAY_IMPORT:
        for found in pkgutil.walk_packages([str(ROOT / folder)], f"{folder}."):
            if not found.name.endswith("__main__"):
                importlib.import_module(found.name)
    classes: list[type[object]] = [
        each for name in compiled for each in vars(sys.modules[name]).values() if isinstance(each, type)
    ]
    heirs: list[type[object]] = [heir for each in classes if each.__module__ in compiled for heir in each.__subclasses__()]
    assert heirs
    assert {heir.__module__ for heir in heirs if heir.__module__.partition(".")[0] in MAY_IMPORT} <= compiled


@pytest.mark.skipif(not COMPILED, reason="make test-compiled")
@pytest.mark.parametrize("path", MODULES)
def test_all_of_it_is_machine_code_in_a_compiled_build(path: str) -> None:
    file = importlib.import_module(path.removesuffix(".py").replace("/", ".")).__file__
    assert file is not None
    assert file.endswith(".so")


def test_the_version_says_which_build_it_is() -> None:
    edition = f"{VERSION} (compiled)" if COMPILED else VERSION
    said = subprocess.run([sys.executable, "-m", "tagyard", "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.strip().partition(", ")[0] == f"tagyard {edition}"
