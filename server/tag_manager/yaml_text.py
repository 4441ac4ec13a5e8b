"""Values as YAML, laid out to be read: short collections on one line, others a line each; every text stays the text it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, TypeAlias

import yaml

from config.scalars import resolve

Node: TypeAlias = "str | int | float | bool | list[Node] | dict[str, Node] | None"

WIDTH: Final = 130
_WORD: Final = r"[A-Za-z0-9_/.()+\u00c0-\u024f-]+"
_SAFE: Final = re.compile(rf"[A-Za-z_/(\u00c0-\u024f]{_WORD[:-1]}*( {_WORD})*")
"""Plain in every place: no indicator begins it, and nothing in it ends it, not even between brackets."""
_PLAIN: Final = yaml.SafeLoader.yaml_implicit_resolvers


def lines(node: Node, depth: int = 0) -> list[str]:
    """The lines of a collection that stands below its key, each with two blanks for every level."""
    indent = "  " * depth
    if isinstance(node, dict):
        return [line for key, value in node.items() for line in entry(key, value, depth)]
    if isinstance(node, list):
        return [f"{indent}- {flow(item)}" for item in node]
    return [f"{indent}{scalar(node)}"]


def entry(key: str, value: Node, depth: int, *, block: bool = False) -> list[str]:
    """``key: value``; on one line where it fits, unless it must be a ``block``."""
    begin = f"{'  ' * depth}{scalar(key)}:"
    if not isinstance(value, dict | list) or not value:
        return [f"{begin} {flow(value)}"]
    short = f"{begin} {flow(value)}"
    if not block and len(short) <= WIDTH and _is_simple(value):
        return [short]
    return [begin, *lines(value, depth + 1)]


def _is_simple(value: Node) -> bool:
    """Whether it is easily read on one line: a list of scalars, or a mapping that is not deep."""
    items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return len(items) <= (6 if isinstance(value, dict) else 60) and all(_depth(item) <= 1 for item in items)


def _depth(value: Node) -> int:
    items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if items is None else 1 + max(map(_depth, items), default=0)


def flow(node: Node) -> str:
    """The value on one line."""
    if isinstance(node, dict):
        return "{" + ", ".join(f"{scalar(key)}: {flow(value)}" for key, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(map(flow, node)) + "]"
    return scalar(node)


def scalar(value: str | int | float | bool | None) -> str:
    """A scalar as it stands anywhere; a text that would be read otherwise, or look like it, is quoted."""
    if not isinstance(value, str):
        return json.dumps(value)
    if value.isprintable() and _SAFE.fullmatch(value) and not _means_something(value):
        return value
    if "\\" in value and value.isprintable() and '"' not in value[:1]:
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(_escaped(value)) + '"'


def _means_something(text: str) -> bool:
    """Whether it is more than a text, to this product or to other readers of YAML."""
    patterns = [pattern for _, pattern in [*_PLAIN.get(text[0], ()), *_PLAIN.get(None, ())]]
    return not isinstance(resolve(text), str) or any(pattern.match(text) for pattern in patterns) or text[0].isdigit()


def _escaped(text: str) -> Iterator[str]:
    for each in text:
        if each in '"\\':
            yield f"\\{each}"
        elif each in "\n\t":
            yield {"\n": "\\n", "\t": "\\t"}[each]
        elif each.isprintable() or each == " ":
            yield each
        else:
            code = ord(each)
            yield f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
