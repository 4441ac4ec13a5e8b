"""Finds components by the ``type`` that a configuration names. Built-ins and plugins come in by the same door.

Entry points are listed without importing anything; a component's module is imported when its type is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal, TypeAlias, get_args

ComponentKind: TypeAlias = Literal["client", "transformation", "tag"]
KINDS: tuple[ComponentKind, ...] = get_args(ComponentKind)


@dataclass(frozen=True, slots=True)
class Entry:
    """A registration is data; nothing is imported until ``load``."""

    kind: ComponentKind
    type: str
    point: EntryPoint

    def load(self) -> Any:
        """The component's class: ``Settings``, ``examples``, ``__call__(settings, setup)``."""
        return self.point.load()


class Registry:
    """The components that are installed, by kind and type."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries: Mapping[tuple[ComponentKind, str], Entry] = {(entry.kind, entry.type): entry for entry in entries}

    def find(self, kind: ComponentKind, type: str) -> Entry | None:
        """The entry, or None where no such component is installed."""
        return self._entries.get((kind, type))

    def types(self, kind: ComponentKind) -> list[str]:
        """Every type of this kind, sorted."""
        return sorted(entry.type for entry in self._entries.values() if entry.kind == kind)

    def settings(self, kind: ComponentKind) -> Mapping[str, type[Any]]:
        """The settings of every type of this kind that can be loaded, for what is said of them all. Imports them."""
        found: dict[str, type[Any]] = {}
        for type_ in self.types(kind):
            with suppress(Exception):  # what a plugin's import may fail with is told where the file names it
                found[type_] = self._entries[kind, type_].load().Settings
        return found


def installed() -> Registry:
    """What is registered under ``tagyard.clients``, ``tagyard.transformations`` and ``tagyard.tags``."""
    return Registry(Entry(kind, point.name, point) for kind in KINDS for point in entry_points(group=f"tagyard.{kind}s"))
