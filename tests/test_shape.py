"""The tree keeps the rules of ``tests/house.py``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import house
from tests.house import MAY_IMPORT, RULES, Rule, Tree

ROOT = Path(__file__).parent.parent


def texts(*folders: str) -> Mapping[str, str]:
    """Of every Python file in these folders, by path."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts)
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in found}


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree(texts(*MAY_IMPORT))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(tree: Tree, rule: Rule) -> None:
    assert list(rule(tree)) == []


def test_there_is_enough_of_tests() -> None:
    assert list(house.enough_tests(texts(*MAY_IMPORT), texts("tests"))) == []


def test_what_tests_must_reach_of_each_lower_floor_is_a_gate_of_make_coverage() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (gates,) = re.findall(r"^GATES := (.+)$", makefile, re.MULTILINE)
    reached = dict(gate.split(":") for gate in gates.split())
    assert reached.keys() == {"core", "wire", "config", "server/outbox"}
    assert all(int(least) >= 95 for least in reached.values())
    assert "--fail-under" in makefile.partition("\ncoverage: ")[2].partition("\n\n")[0]
