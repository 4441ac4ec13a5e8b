"""The YAML as a tree that remembers where everything stands. Keys are always texts; no aliases, no tags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from config.problem import Path
from config.scalars import Constant
from config.source import Position


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A single value; ``text`` is what was written, without its quotes."""

    place: Position
    value: Constant
    text: str


@dataclass(frozen=True, slots=True)
class ListNode:
    """A list."""

    place: Position
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Entry:
    """A key's place and its value."""

    place: Position
    node: Node


@dataclass(frozen=True, slots=True)
class MappingNode:
    """Keys and values in the order of the file."""

    place: Position
    entries: dict[str, Entry] = field(default_factory=dict)


Node: TypeAlias = ScalarNode | ListNode | MappingNode


def below(node: Node, step: str | int) -> Entry | None:
    """What stands under a key or an index, or None; an element's key place is the element's."""
    if isinstance(node, MappingNode) and isinstance(step, str):
        return node.entries.get(step)
    if isinstance(node, ListNode) and isinstance(step, int) and step < len(node.items):
        return Entry(node.items[step].place, node.items[step])
    return None


def follow(root: Node, location: Path) -> tuple[Path, Entry]:
    """The longest path of the tree along a location, and what is there.

    Steps that the file does not have are passed over: an index where a single value stands for a list, the name of
    a branch of a union, a key that is missing.
    """
    path: Path = ()
    entry = Entry(root.place, root)
    for step in location:
        found = below(entry.node, step)
        if found:
            path, entry = (*path, step), found
    return path, entry


def scalars(node: Node, steps: Path = ()) -> Iterator[tuple[Path, ScalarNode]]:
    """Every scalar at or below the node and the steps to it, in the order of the file."""
    if isinstance(node, ScalarNode):
        yield steps, node
    elif isinstance(node, ListNode):
        for index, item in enumerate(node.items):
            yield from scalars(item, (*steps, index))
    else:
        for key, entry in node.entries.items():
            yield from scalars(entry.node, (*steps, key))


def is_empty(node: Node) -> bool:
    """Nothing, or ``null``."""
    return isinstance(node, ScalarNode) and node.value is None
