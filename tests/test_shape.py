"""The house rules that a machine can check: who may import whom, how long files and functions are, what is annotated."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parent.parent

MAY_IMPORT = {
    "core": set(),
    "wire": {"core"},
    "config": {"core"},
    "clients": {"core", "wire"},
    "transformations": {"core", "wire"},
    "tags": {"core", "wire"},
    "server": {"core", "wire", "config"},
}
COMPONENTS = ("clients", "transformations", "tags")
IN_SERVER_ONLY = {"asyncio", "socket", "sqlite3", "threading", "multiprocessing", "subprocess", "time", "random", "uuid"}
LONGEST_FILE = 300
LONGEST_FUNCTION = 40
MEDIAN_FUNCTION = 8

FILES = sorted(path for folder in MAY_IMPORT for path in (ROOT / folder).rglob("*.py"))
PARSED = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_down_only(path: Path) -> None:
    folder = path.relative_to(ROOT).parts[0]
    ours = {name for name in imported(PARSED[path]) if name.split(".")[0] in MAY_IMPORT}
    assert {name.split(".")[0] for name in ours} <= MAY_IMPORT[folder] | {folder}
    if folder in COMPONENTS:
        assert not {name for name in ours if name.split(".")[0] == folder}, "a component never imports its sibling"


@pytest.mark.parametrize("path", [path for path in FILES if path.relative_to(ROOT).parts[0] != "server"], ids=name_of)
def test_only_the_server_touches_sockets_disks_clocks_threads_and_chance(path: Path) -> None:
    assert not {name.split(".")[0] for name in imported(PARSED[path])} & IN_SERVER_ONLY
    opened = [node for node in ast.walk(PARSED[path]) if isinstance(node, ast.Call) and ast.unparse(node.func) == "open"]
    assert not opened


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_are_small_and_annotated(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    for function in functions(PARSED[path]):
        assert length(function) <= LONGEST_FUNCTION, function.name
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        named = [each for each in arguments if each.arg not in ("self", "cls")]
        assert function.returns is not None, function.name
        assert all(each.annotation for each in named), function.name


def test_the_median_function_is_short() -> None:
    assert median(length(function) for tree in PARSED.values() for function in functions(tree)) <= MEDIAN_FUNCTION


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name in COMPONENTS], ids=name_of)
def test_a_component_file_has_one_public_component(path: Path) -> None:
    classes = [node.name for node in PARSED[path].body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    assert len([name for name in classes if not name.endswith("Settings")]) <= 1


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_what_is_public_says_what_its_code_cannot(path: Path) -> None:
    tree = PARSED[path]
    assert ast.get_docstring(tree) or not tree.body, "a module says what it is"
    public = [node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]
    for node in public:
        assert node.name.startswith("_") or ast.get_docstring(node), node.name
