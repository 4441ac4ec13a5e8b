"""Values set in each element of a list: key paths in which ``*`` stands for the elements (``items.*.margin``, ``tags.*``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

from core.paths import get, put
from core.types import Event
from core.undefined import UNDEFINED

EVERY: Final = "*"

OfElement: TypeAlias = Callable[[Any, int], Any]
"""The new value for an element as it was, and its place; UNDEFINED takes out what is there."""

Put: TypeAlias = Callable[[Any, str, Any], Any]


def names_elements(path: str) -> bool:
    """Whether the path is one of these."""
    return EVERY in path.split(".")


def misplaced(path: str) -> bool:
    """Whether a ``*`` of the path stands for anything else."""
    names = path.split(".")
    return names[0] == EVERY or any(EVERY in name and name != EVERY for name in names)


def put_in_elements(changed: Event, before: Event, path: str, value: OfElement, put_list: Put = put) -> Event:
    """The event with this value at the path in every element; each is worked out of the element as it was ``before``.

    What is no list stays as it is, and so do elements that were not there before, or have no room for the rest of the path
    since they are no objects. Nothing is changed in place.
    """
    return cast("Event", _put(changed, before, _between(path), value, put_list))


def _between(path: str) -> list[str]:
    """The paths before, between and behind the ``*``; empty where there is nothing."""
    found = [""]
    for name in path.split("."):
        if name == EVERY:
            found.append("")
        else:
            found[-1] += f".{name}" if found[-1] else name
    return found


def _put(changed: Any, before: Any, paths: Sequence[str], value: OfElement, put_list: Put) -> Any:
    name, *rest = paths
    old, was = (get(changed, name), get(before, name)) if name else (changed, before)
    new = _in_each(old, _elements(was), rest, value)
    if not name:
        return new
    return changed if new is old else put_list(changed, name, new)


def _in_each(old: Any, was: Mapping[str, Any], rest: Sequence[str], value: OfElement) -> Any:
    there = _elements(old)
    new = {key: _in_one(each, was[key], at, rest, value) if key in was else each for at, (key, each) in enumerate(there.items())}
    if all(new[key] is each for key, each in there.items()):
        return old
    kept = {key: each for key, each in new.items() if each is not UNDEFINED}
    return list(kept.values()) if isinstance(old, list) else kept


def _in_one(element: Any, was: Any, at: int, rest: Sequence[str], value: OfElement) -> Any:
    if len(rest) > 1:
        return _put(element, was, rest, value, put)
    if not rest[0]:
        return value(was, at)
    return put(element, rest[0], value(was, at)) if isinstance(element, dict) else element


def _elements(value: Any) -> Mapping[str, Any]:
    """By their place; those of an object whose keys are all digits, too, which is how a list comes flattened."""
    if isinstance(value, list):
        return {str(at): each for at, each in enumerate(value)}
    return value if isinstance(value, dict) and all(key.isascii() and key.isdigit() for key in value) else {}
