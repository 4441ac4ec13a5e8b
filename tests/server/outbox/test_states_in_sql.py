"""A state and a number of crashes are said by their names: no SQL has the bare number of one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "server").rglob("*.py"))

SQL = re.compile(r"\b(SELECT|UPDATE|DELETE FROM|INSERT|INDEX|WHERE|CASE|iif)\b|\bstate\s*=")
COMPARED = r"(?:=|<>|!=|<=?|>=?|\bIS\b|\bIN\b|\bBETWEEN\b)"
BARE = re.compile(
    rf"\bstate\b\s*(?:NOT\s+)?{COMPARED}\s*(?:NOT\s+)?\(?\s*(?:\?\s*,\s*)*\d"
    rf"|\bstate\s*=\s*(?:iif\s*\(|CASE\b)[^)]*[,\s]\d"
    rf"|\bcrashes\b\s*(?:<=?|>=?|<>|!=|\bIN\b|\bBETWEEN\b)\s*\(?\d"
    rf"|\d\s*{COMPARED}\s*(?:rows\.)?(?:state|crashes)\b",
    re.IGNORECASE,
)


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every text of a module with its line; what is put into it stands as a name that is no number."""
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(str(each.value) if isinstance(each, ast.Constant) else "@" for each in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.lineno, node.value


def bare(source: str) -> list[str]:
    """The texts that have a bare number."""
    found = [text for _, text in texts(ast.parse(source)) if SQL.search(text)]
    return [text for text in found if BARE.search(re.sub(r"crashes \+ 1|crashes = 0", "crashes", text))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sql_has_a_bare_state(path: Path) -> None:
    assert bare(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "planted",
    [
        'run("UPDATE rows SET state = 1 WHERE id = ?")',
        'run(f"SELECT {names} FROM rows WHERE state = 0 AND tag = ?")',
        'run("SELECT 1 FROM rows"\n f" WHERE {here} AND"\n " rows.state = 1")',
        'run("DELETE FROM rows WHERE state IN (2, 3)")',
        'run("DELETE FROM rows WHERE state NOT IN (2, 3)")',
        'run("DELETE FROM rows WHERE state<>4")',
        'run(f"UPDATE rows SET crashes = crashes + 1, state = iif(crashes + 1 >= {limit}, 2, 0)")',
        'run(f"UPDATE rows SET state = CASE WHEN x THEN 2 END")',
        'INDEX = f"rows (tag) WHERE state = {State.QUEUED} AND crashes < 2"',
        'run(f"SELECT id FROM rows WHERE crashes>=7")',
        'run(f"SELECT id FROM rows WHERE 2 = state")',
        'PART = "state = 3"',
    ],
)
def test_a_bare_state_is_found(planted: str) -> None:
    assert bare(f"def f():\n    {planted.replace(chr(10), chr(10) + '    ')}") != []


@pytest.mark.parametrize(
    "harmless",
    [
        'run(f"UPDATE rows SET state = {State.LEASED}, attempts = attempts + 1 WHERE state = {State.QUEUED}")',
        'run("UPDATE rows SET state = ?, crashes = 0, attempts = 0 WHERE id = 3")',
        'run("UPDATE rows SET state = change.value ->> 1 FROM json_each(?) AS change")',
        'run(f"UPDATE rows SET crashes = crashes + 1, state = iif(crashes + 1 >= {limit}, {State.DEAD}, {State.QUEUED})")',
        'say("a state of 3 things")',
    ],
)
def test_a_named_state_is_not(harmless: str) -> None:
    assert bare(harmless) == []
