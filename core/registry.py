"""Finds components by the ``type`` that a configuration names. Built-ins and plugins come in by the same door.

Entry points are listed without importing anything; a component's module is imported when its type is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, Literal, TypeAlias, get_args

from core.component import Client, Component, Tag, Transformation

ComponentKind: TypeAlias = Literal["client", "transformation", "tag"]
ComponentClass: TypeAlias = type[Component]
KINDS: tuple[ComponentKind, ...] = get_args(ComponentKind)

BASES: Final[Mapping[ComponentKind, ComponentClass]] = {"client": Client, "transformation": Transformation, "tag": Tag}
"""What a component of each kind inherits from."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A registration is data; nothing is imported until ``load``."""

    kind: ComponentKind
    type: str
    point: EntryPoint

    def load(self) -> ComponentClass:
        """The component's class. Raises TypeError for what is none of its kind, and whatever its module raises."""
        return _checked(self.point.load(), self.point.value, BASES[self.kind])


def _checked(loaded: Any, name: str, base: ComponentClass) -> ComponentClass:
    """What is registered under this name, if it is whole."""
    if not isinstance(loaded, type) or not issubclass(loaded, base):
        raise TypeError(f"{name} is no {base.__name__}: its class must inherit from tagyard.{base.__name__}")
    if not isinstance(loaded.Settings, type) or not issubclass(loaded.Settings, base.Settings):
        raise TypeError(f"the Settings of {name} must inherit from tagyard.{base.Settings.__name__}")
    missing = sorted(loaded.__abstractmethods__)
    if missing:
        raise TypeError(f"{name} lacks {', '.join(missing)}")
    return loaded


class Registry:
    """The components that are installed, by kind and type."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries: Mapping[tuple[ComponentKind, str], Entry] = {(entry.kind, entry.type): entry for entry in entries}

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def find(self, kind: ComponentKind, type: str) -> Entry | None:
        """The entry, or None where no such component is installed."""
        return self._entries.get((kind, type))

    def types(self, kind: ComponentKind) -> list[str]:
        """Every type of this kind, sorted."""
        return sorted(entry.type for entry in self._entries.values() if entry.kind == kind)

    def settings(self, kind: ComponentKind) -> Mapping[str, Any]:
        """The settings of every type of this kind that can be loaded, for what is said of them all. Imports them."""
        found: dict[str, type[Any]] = {}
        for type_ in self.types(kind):
            with suppress(Exception):  # what a plugin's import may fail with is told where the file names it
                found[type_] = self._entries[kind, type_].load().Settings
        return found


def installed() -> Registry:
    """What is registered under ``tagyard.clients``, ``tagyard.transformations`` and ``tagyard.tags``."""
    points = entry_points()  # of all groups: each call reads the files of every package
    return Registry(Entry(kind, point.name, point) for kind in KINDS for point in points.select(group=f"tagyard.{kind}s"))
