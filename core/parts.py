"""The parts of an event that key paths name, and all the others: each changed in its own way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from operator import is_
from typing import Any, TypeAlias

from core.paths import compile_paths
from core.types import Event
from core.undefined import UNDEFINED

Change: TypeAlias = Callable[[Any, str], Any]
"""A value's new value, the same object where nothing changes; UNDEFINED takes it out.

It is told the key under which the value stands; an element of a list has its list's.
"""


class Parts:
    """The named parts of an event. Names are key paths; plain ones cost a look into a set."""

    __slots__ = ("_depth", "_names", "_paths")

    def __init__(self, paths: Iterable[str]) -> None:
        wanted = frozenset(paths)
        self._names = frozenset(path for path in wanted if "." not in path and "*" not in path)
        self._paths = compile_paths(wanted - self._names)
        # A name of a path may reach through one list into its elements.
        self._depth = max((2 * path.count(".") + 2 for path in wanted - self._names), default=0)

    def change(self, event: Event, named: Change, others: Change) -> Event:
        """The event with what is named changed by ``named``, all else by ``others``; the same object if nothing changes.

        Either gets whole parameters where no path leads into them, else what lies on and beside the path.
        """
        left = self._paths.remove(_numbered(event, self._depth)) if self._depth else event
        names = self._names
        edited = {}
        for key, value in event.items():
            if key in names:
                edited[key] = named(value, key)
            else:
                beside = left.get(key, UNDEFINED)
                edited[key] = _walk(value, key, beside, self._depth, named, others) if self._depth else others(value, key)
        return _joined(event, edited)


def _numbered(value: Any, depth: int) -> Any:
    """The value with every list as an object whose keys are the indices: what is taken out of it leaves a gap."""
    if not depth or not isinstance(value, dict | list):
        return value
    items = value.items() if isinstance(value, dict) else ((str(index), item) for index, item in enumerate(value))
    return {key: _numbered(item, depth - 1) for key, item in items}


def _walk(value: Any, key: str, left: Any, depth: int, named: Change, others: Change) -> Any:
    if left is UNDEFINED:
        return named(value, key)
    if depth <= 1 or not isinstance(value, dict | list):
        return others(value, key)
    if isinstance(value, dict):
        edited = {name: _walk(item, name, left.get(name, UNDEFINED), depth - 1, named, others) for name, item in value.items()}
        return _joined(value, edited)
    elements = [_walk(item, key, left.get(str(at), UNDEFINED), depth - 1, named, others) for at, item in enumerate(value)]
    return value if all(map(is_, elements, value)) else [element for element in elements if element is not UNDEFINED]


def changed_parameters(before: Event, after: Event) -> tuple[str, ...]:
    """The names of what is another object afterwards: ``page_title``, and ``items.engraving`` whichever item it is."""
    pairs = ((key, value, after.get(key)) for key, value in before.items())
    return tuple(dict.fromkeys(chain.from_iterable(_changed(key, old, new) for key, old, new in pairs if old is not new)))


def _changed(key: str, old: Any, new: Any) -> Iterator[str]:
    pairs = zip(old, new, strict=False) if isinstance(old, list) and isinstance(new, list) else [(old, new)]
    for one, other in pairs:
        if isinstance(one, dict) and isinstance(other, dict):
            yield from (f"{key}.{name}" for name, value in one.items() if other.get(name) is not value)
        elif one is not other:
            yield key


def _joined(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    if all(map(is_, old.values(), new.values())):
        return old
    return {key: item for key, item in new.items() if item is not UNDEFINED}
