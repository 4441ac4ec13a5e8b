"""The house rules that a machine can check, as functions from a tree's sources to what breaks them.

A ``Tree`` holds the text of each file by its path. Each rule gives its breaches, in words that begin with the file.
``tests/test_shape.py`` asks them of this tree, ``tests/test_house.py`` plants a breach of each.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import TypeAlias

MAY_IMPORT: Mapping[str, set[str]] = {
    "core": set(),
    "wire": {"core"},
    "config": {"core"},
    "clients": {"core", "wire"},
    "transformations": {"core", "wire"},
    "tags": {"core", "wire"},
    "server": {"core", "wire", "config"},
    "tagyard": {"core", "wire", "config"},
}
STARTS = "tagyard/__main__.py"
"""What is started, and imports the command line for that."""
COMPONENTS = ("clients", "transformations", "tags")
IN_SERVER_ONLY = frozenset(
    {"asyncio", "socket", "sqlite3", "threading", "multiprocessing", "subprocess", "time", "random", "uuid", "secrets"}
)
LONGEST_FILE = 300
LONGEST_FUNCTION = 40
MEDIAN_FUNCTION = 8
TESTS_TO_CODE = 1.5

ROOMS = (
    "system",
    "control",
    "visitors",
    "loading",
    "http",
    "outbox",
    "delivery",
    "connections",
    "observe",
    "scripts",
    "public",
    "explain",
    "tokens",
    "senders",
    "cases",
    "differences",
    "inspection",
    "drafts",
    "admin",
    "process",
    "tag_manager",
    "cli",
)
"""The rooms of ``server/``, from the ground up: each may import those before it."""

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Breaches: TypeAlias = Iterator[str]


@dataclass(frozen=True)
class Module:
    """One file of the tree."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """What it says."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All that the tree is made of; each rule looks through it, and to go through a tree takes longer than to make it."""
        return list(ast.walk(self.tree))

    @cached_property
    def name(self) -> str:
        """By which others import it."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def folder(self) -> str:
        """The outermost folder it lies in."""
        return self.path.partition("/")[0]

    @cached_property
    def functions(self) -> list[Function]:
        """All of them, methods and inner ones too."""
        return [node for node in self.nodes if isinstance(node, Function)]

    @cached_property
    def imports(self) -> list[tuple[str, str]]:
        """Pairs of a module and a name taken from it, empty where it is the module itself; wherever they stand in the file."""
        found: list[tuple[str, str]] = []
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found += [(alias.name, "") for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                found += [(node.module or "", alias.name) for alias in node.names]
        return found


class Tree:
    """The files of a tree, by path."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.modules = [Module(path, text) for path, text in sorted(texts.items())]
        self.by_name = {module.name: module for module in self.modules}

    def imported(self, module: Module) -> set[str]:
        """The modules of this tree that one imports."""
        found = set()
        for source, name in module.imports:
            both = f"{source}.{name}"
            found.add(both if both in self.by_name else source)
        return (found & self.by_name.keys()) - {module.name}


Rule: TypeAlias = Callable[[Tree], Breaches]


def imports_point_down(tree: Tree) -> Breaches:
    """By folders, and no component imports its sibling."""
    for module in tree.modules:
        for source, _ in module.imports:
            there = source.partition(".")[0]
            if there not in MAY_IMPORT or (there == module.folder and there not in COMPONENTS):
                continue
            if there not in MAY_IMPORT[module.folder] and (module.path, there) != (STARTS, "server"):
                yield f"{module.path}: imports {source}"


def rooms_have_an_order(tree: Tree) -> Breaches:
    """A room of ``server/`` imports only those that come before it in ``ROOMS``."""
    for module in tree.modules:
        room = _room(module.name)
        if room is None:
            continue
        if room not in ROOMS:
            yield f"{module.path}: lies in no room"
            continue
        for name in sorted(tree.imported(module)):
            there = _room(name)
            if there in ROOMS and ROOMS.index(there) > ROOMS.index(room):
                yield f"{module.path}: imports {name}, which is further up"


def _room(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if parts[0] == "server" and len(parts) > 1 else None


def no_circles(tree: Tree) -> Breaches:
    """No module imports itself by way of others, also not only for the type checker."""
    edges = {module.name: sorted(tree.imported(module)) for module in tree.modules}
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> Breaches:
        if name in way:
            yield f"{tree.by_name[name].path}: {' -> '.join([*way[way.index(name) :], name])}"
        elif name not in done:
            for other in edges[name]:
                yield from walk(other, [*way, name])
            done.add(name)

    for name in edges:
        yield from walk(name, [])


def faces_are_used(tree: Tree) -> Breaches:
    """What a package's ``__all__`` offers is not taken from behind it by those outside of it."""
    offers = {module.name: _offered(module) for module in tree.modules if module.path.endswith("/__init__.py")}
    for module in tree.modules:
        for source, name in module.imports:
            package = source.rpartition(".")[0]
            outside = module.name != package and not module.name.startswith(f"{package}.")
            if outside and name in offers.get(package, ()):
                yield f"{module.path}: {name} comes from {package}, not from {source}"


def _offered(module: Module) -> set[str]:
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def impure_is_in_the_server(tree: Tree) -> Breaches:
    """Sockets, disks, clocks, threads and chance."""
    for module in tree.modules:
        if module.folder == "server":
            continue
        for name in sorted({source.partition(".")[0] for source, _ in module.imports} & IN_SERVER_ONLY):
            yield f"{module.path}: imports {name}"
        for node in module.nodes:
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "open":
                yield f"{module.path}:{node.lineno}: opens a file"


_FOREIGN = {
    "error": "errors of the system's have attributes by the system they come from",
    "yaml": "libyaml is there or is not",
    "node.arg": "jinja's nodes",
}
"""Things that are no component, of which an attribute may be asked for by its name."""


def no_ability_is_asked_for_by_name(tree: Tree) -> Breaches:
    """``getattr`` and ``hasattr`` with a spelt-out name: a misspelt ability would be silently absent."""
    for module in tree.modules:
        for node in module.nodes:
            if not isinstance(node, ast.Call) or ast.unparse(node.func) not in ("getattr", "hasattr"):
                continue
            of, name = node.args[0], node.args[1]
            if isinstance(name, ast.Constant) and ast.unparse(of) not in _FOREIGN:
                yield f"{module.path}:{node.lineno}: {ast.unparse(node)}"


_COMPARED = r"(?:[=<>!]+|\b(?:IS|IN|BETWEEN)\b)"
_BARE = re.compile(
    rf"\b(?:state|crashes)\b\s*(?:NOT\s+)?{_COMPARED}\s*(?:NOT\s+)?\(?\s*(?:[?@]\s*,\s*)*\d"
    rf"|\bstate\s*=\s*(?:iif\s*\(|CASE\b)[^)]*[,\s]\d"
    rf"|\d\s*{_COMPARED}\s*(?:rows\.)?(?:state|crashes)\b",
    re.IGNORECASE,
)
_QUERY = re.compile(r"\b(SELECT|UPDATE|DELETE|INSERT|CREATE|WHERE|AND|SET)\b|^\s*(rows\.)?(state|crashes)\b")
_NO_LIMIT = re.compile(r"\bcrashes( \+ 1\b| = 0\b)")
"""A count that goes on, or begins anew."""


def no_bare_state_in_sql(tree: Tree) -> Breaches:
    """A state or a limit in a query is built from its name: a number written out goes on when the name has changed."""
    for module in tree.modules:
        for node in module.nodes:
            if isinstance(node, ast.JoinedStr | ast.Constant):
                text = _said(node)
                found = _BARE.search(_NO_LIMIT.sub("crashes", text)) if _QUERY.search(text) else None
                if found:
                    yield f"{module.path}:{node.lineno}: {found[0]!r}"


def _said(node: ast.JoinedStr | ast.Constant) -> str:
    """The text, where what is put into it stands as ``@``."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "@" for part in node.values)


def no_component_is_named(tree: Tree) -> Breaches:
    """``core/`` and ``config/`` ask components: a type in a text of theirs, alone or as YAML or Markdown, is known to them."""
    types = {module.name.partition(".")[2] for module in tree.modules if module.folder in COMPONENTS} - {
        "",
        "file",
        "json",
    }  # the YAML itself, and a format, too
    named = re.compile(rf"(?:^|[`{{]|: )({'|'.join(sorted(types)) or '(?!)'})(?:$|[`}}:,])")
    for module in tree.modules:
        if module.folder in ("core", "config"):
            for line, text in _texts(module):
                if found := named.search(text):
                    yield f"{module.path}:{line}: names {found[1]}"


def _texts(module: Module) -> Iterator[tuple[int, str]]:
    """Texts that the code uses, those around the braces of an f-string too, and their lines. Docstrings are none."""
    said = {id(node.value) for node in module.nodes if isinstance(node, ast.Expr)}
    for node in module.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value


def files_and_functions_are_small(tree: Tree) -> Breaches:
    """Each of them, and functions in the middle too."""
    for module in tree.modules:
        lines = len(module.text.splitlines())
        if lines > LONGEST_FILE:
            yield f"{module.path}: {lines} lines"
        for function in module.functions:
            if _length(function) > LONGEST_FUNCTION:
                yield f"{module.path}:{function.lineno}: {function.name} has {_length(function)} lines"
    middle = median([_length(function) for module in tree.modules for function in module.functions] or [0])
    if middle > MEDIAN_FUNCTION:
        yield f"everywhere: the median function has {middle} lines"


def _length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def everything_is_annotated(tree: Tree) -> Breaches:
    """Arguments and results."""
    for module in tree.modules:
        for function in module.functions:
            arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
            bare = [each.arg for each in arguments if each.arg not in ("self", "cls") and not each.annotation]
            if bare or function.returns is None:
                yield f"{module.path}:{function.lineno}: {function.name} lacks {', '.join(bare) or 'its result'}"


def a_component_file_has_one(tree: Tree) -> Breaches:
    """One public component, and its settings."""
    for module in tree.modules:
        if module.folder not in COMPONENTS:
            continue
        classes = [node.name for node in module.tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
        if len([name for name in classes if not name.endswith("Settings")]) > 1:
            yield f"{module.path}: {', '.join(classes)}"


def the_public_is_documented(tree: Tree) -> Breaches:
    """Modules, and their public classes and functions."""
    for module in tree.modules:
        if module.tree.body and not ast.get_docstring(module.tree):
            yield f"{module.path}: says nothing of itself"
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_") and not ast.get_docstring(node):
                yield f"{module.path}:{node.lineno}: {node.name} has no docstring"


RULES: tuple[Rule, ...] = (
    imports_point_down,
    rooms_have_an_order,
    no_circles,
    faces_are_used,
    impure_is_in_the_server,
    no_ability_is_asked_for_by_name,
    no_bare_state_in_sql,
    no_component_is_named,
    files_and_functions_are_small,
    everything_is_annotated,
    a_component_file_has_one,
    the_public_is_documented,
)


def _statements(within: ast.AST) -> Iterator[ast.AST]:
    """Those of a module or a block, and of the blocks in it: a docstring is never part of an expression."""
    for node in ast.iter_child_nodes(within):
        if isinstance(node, ast.stmt | ast.excepthandler | ast.match_case):
            yield node
            yield from _statements(node)


def lines_of_code(text: str) -> int:
    """Lines that hold code: no blank ones, comments or docstrings."""
    said: set[int] = set()
    for node in _statements(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            said |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(_spoken(text, said) - said)


def _spoken(text: str, said: set[int]) -> set[int]:
    """Lines with something besides comments. Tokens tell only where a text goes over lines: they take ten times as long."""
    written = {number: line.strip() for number, line in enumerate(text.splitlines(), 1)}
    if not any(number not in said and ("'''" in line or '"""' in line) for number, line in written.items()):
        return {number for number, line in written.items() if line and not line.startswith("#")}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.string.strip() and token.type != tokenize.COMMENT:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return lines


def enough_tests(code: Mapping[str, str], tests: Mapping[str, str]) -> Breaches:
    """Lines of code in tests, for each in what they test."""
    there, wanted = sum(map(lines_of_code, tests.values())), TESTS_TO_CODE * sum(map(lines_of_code, code.values()))
    if there < wanted:
        yield f"tests: {there} lines of code, {wanted:.0f} are wanted"
