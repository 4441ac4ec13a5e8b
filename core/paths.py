"""Key paths: the names by which a file speaks of parts of an event (``user_data.address``, ``items.0.price``, ``x-ga-*``).

How a name is read, the same for reading and for editing:

* the whole text may be a key (``page.type`` is a key of its own where an event has one); else its dots are walked;
* an element of a list goes by its index, and so does an entry of an object whose keys are all digits, which is how
  gtag flattens a list; any other name reaches into every element (``items.price``);
* ``*`` stands for any text in a name, and for any element of a list.

Events are not changed: an edit copies what it changes and shares the rest, and gives the same object where nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from operator import is_
from typing import Any, Final

from core.types import Event
from core.undefined import UNDEFINED
from core.wildcard import wildcard

LONGEST_PATH: Final = 200
"""Characters of a key path that is known only per event; walking one takes a step for each dot."""


def get(value: Any, path: str) -> Any:
    """What stands at the path, or UNDEFINED. The whole text is tried as a key first, then its dots are walked.

    Elements of a list go by index; an object with digit keys likewise.
    """
    if isinstance(value, dict) and path in value:
        return value[path]
    head, dot, rest = path.partition(".")
    below = _step(value, head)
    return get(below, rest) if dot and below is not UNDEFINED else below


def _step(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return value.get(key, UNDEFINED)
    if isinstance(value, list) and _is_index(key) and int(key) < len(value):
        return value[int(key)]
    return UNDEFINED


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) < 10


def _is_numbered(value: dict[str, Any]) -> bool:
    return bool(value) and all(map(_is_index, value))


class Paths:
    """A set of key paths, compiled once at start; ``keep`` and ``remove`` then cost a few microseconds an event."""

    __slots__ = ("_level", "_names")

    def __init__(self, patterns: Iterable[str]) -> None:
        self._level = _level(frozenset(patterns), False)
        plain = self._level.plain
        self._names = sorted(plain) if plain is not None and plain == self._level.names else None
        """Where each of them is the name of a parameter as a whole."""

    def keep(self, event: Event) -> Event:
        """Only what is named. An object or a list in which nothing is named goes as a whole."""
        kept = _edit(event, self._level, True)
        return {} if kept is UNDEFINED else kept

    def remove(self, event: Event) -> Event:
        """All but what is named. An object that loses its last key stays, empty."""
        if "event_name" in event:  # what has keys besides numbers is no list
            if self._names is not None:
                return without(event, self._names)
            plain = self._level.plain
            if plain is not None and event.keys().isdisjoint(plain):
                return event
        edited: Event = _edit(event, self._level, False)
        return edited


def compile_paths(patterns: Iterable[str]) -> Paths:
    """The key paths as one object that edits events."""
    return Paths(patterns)


def without(event: Event, names: Iterable[str]) -> Event:
    """The event without the parameters of these names, which are no patterns; the same object where it has none of them."""
    left = event
    for name in names:
        if name in event:
            if left is event:
                left = event.copy()
            del left[name]
    return left


def put(event: Event, path: str, value: Any) -> Event:
    """The event with this value at the path; UNDEFINED removes what is there. ``*`` has no meaning here.

    Missing objects are made; lists do not grow, so an index beyond the end changes nothing. Where a text or a number
    stands in the way, the rest of the path becomes a key beside it.
    """
    if value is UNDEFINED:
        return compile_paths([path]).remove(event)
    if "." not in path and "event_name" in event:  # no list, and nothing to walk
        return event if event.get(path, UNDEFINED) is value else {**event, path: value}
    changed: Event = _put(event, path, value)
    return changed


def _put(value: Any, path: str, new: Any) -> Any:
    head, dot, rest = path.partition(".")
    if isinstance(value, list):
        if not _is_index(head):
            return _each(value, lambda element: _put(element, path, new) if isinstance(element, dict) else element)
        return _put_at(value, int(head), lambda element: _put(element, rest, new) if dot else new)
    if not isinstance(value, dict):
        return value
    if _is_numbered(value) and not _is_index(head):
        return _share(value, {key: _put_named(item, path, new) for key, item in value.items()})
    return _put_named(value, path, new)


def _put_named(value: Any, path: str, new: Any) -> Any:
    if not isinstance(value, dict):
        return value
    head, dot, rest = path.partition(".")
    below = value.get(head, UNDEFINED)
    in_the_way = below is not UNDEFINED and not isinstance(below, dict | list)
    if not dot or path in value or in_the_way:
        return _share(value, {**value, path: new})
    return _share(value, {**value, head: _put({} if below is UNDEFINED else below, rest, new)})


def _put_at(elements: list[Any], index: int, change: Callable[[Any], Any]) -> list[Any]:
    if index >= len(elements):
        return elements
    new = change(elements[index])
    return elements if new is elements[index] else [*elements[:index], new, *elements[index + 1 :]]


def _each(elements: list[Any], change: Callable[[Any], Any]) -> list[Any]:
    new = [change(element) for element in elements]
    return elements if all(map(is_, new, elements)) else new


def _share(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return old if len(old) == len(new) and all(map(is_, old.values(), new.values())) else new


class _Whole:
    """Says of a key that it is named as a whole."""


_WHOLE = _Whole()


class _Level:
    """What a set of patterns says about the keys of one object, or the elements of one list.

    The answer for a key is _WHOLE, another level for what lies below it, or None. A key is named as a whole where it is
    in ``names`` or begins with one of ``prefixes``; ``other`` answers for the rest.
    """

    __slots__ = ("_any", "_at", "_below", "_each", "_wildcards", "_wildcards_below", "names", "other", "plain", "prefixes")

    def __init__(self, patterns: frozenset[str], element: bool) -> None:
        rests = _rests_by_head(patterns)
        self.names = frozenset(pattern for pattern in patterns if "*" not in pattern)
        self.prefixes = tuple(pattern[:-1] for pattern in patterns if pattern.find("*") == len(pattern) - 1)
        self._wildcards = [wildcard(pattern) for pattern in patterns if -1 < pattern.find("*") < len(pattern) - 1]
        self._wildcards_below = [(wildcard(head), rest) for head, rest in rests.items() if "*" in head]
        self._below = {head: self._merged(rest, head) for head, rest in rests.items() if "*" not in head}
        literal = not self._wildcards and not self._wildcards_below
        self.other: Callable[[str], _Level | _Whole | None] = self._below.get if literal else _remembering(self._by_wildcards)
        self.plain = self.names | set(self._below) if literal and not self.prefixes else None
        self._number(patterns, rests, element)

    def _number(self, patterns: frozenset[str], rests: dict[str, frozenset[str]], element: bool) -> None:
        # Names reach into the elements of a list, not on into lists of lists: depth is the file's, never the event's.
        into = frozenset() if element else frozenset(p for p in patterns if not _fits_an_element(p.partition(".")[0]))
        every = into | rests.get("*", frozenset())
        self._any = "*" in patterns
        self._each = _level(every, bool(into)) if every else None
        self._at = {head: _level(every | rest, bool(into)) for head, rest in rests.items() if _is_index(head)}

    def numbered(self, key: str) -> _Level | _Whole | None:
        """What the patterns say of this element, whose index is ``key``."""
        if self._any or key in self.names:
            return _WHOLE
        return self._at.get(key, self._each)

    def _by_wildcards(self, key: str) -> _Level | _Whole | None:
        if any(fits(key) for fits in self._wildcards):
            return _WHOLE
        return self._below.get(key) or self._merged(frozenset(), key)

    def _merged(self, rests: frozenset[str], key: str) -> _Level | None:
        for fits, rest in self._wildcards_below:
            if fits(key):
                rests |= rest
        return _level(rests, False) if rests else None


def _remembering(answer: Callable[[str], _Level | _Whole | None]) -> Callable[[str], _Level | _Whole | None]:
    """The same with the latest answers kept: events have the same keys again and again. Long ones must not fill the memory."""
    remembered = lru_cache(maxsize=1024)(answer)
    return lambda key: remembered(key) if len(key) <= _LONGEST_REMEMBERED else answer(key)


_LONGEST_REMEMBERED = 100


@lru_cache(maxsize=4096)
def _level(patterns: frozenset[str], element: bool) -> _Level:
    return _Level(patterns, element)


def _rests_by_head(patterns: frozenset[str]) -> dict[str, frozenset[str]]:
    rests: dict[str, frozenset[str]] = {}
    for head, dot, rest in (pattern.partition(".") for pattern in patterns):
        if dot:
            rests[head] = rests.get(head, frozenset()) | {rest}
    return rests


def _fits_an_element(head: str) -> bool:
    return head == "*" or _is_index(head)


def _edit(value: Any, level: _Level, keeping: bool) -> Any:
    if isinstance(value, list):
        return _edit_list(value, level, keeping)
    if not isinstance(value, dict):
        return UNDEFINED if keeping else value
    if _is_numbered(value):
        return _chosen(value, {key: _edit_item(item, level.numbered(key), keeping) for key, item in value.items()}, keeping)
    if not keeping and level.plain is not None:
        return _remove_plain(value, level, value.keys() & level.plain)
    return _edit_object(value, level, keeping)


def _edit_list(elements: list[Any], level: _Level, keeping: bool) -> Any:
    edited = [_edit_item(element, level.numbered(str(index)), keeping) for index, element in enumerate(elements)]
    if all(map(is_, edited, elements)):
        return UNDEFINED if keeping and not elements else elements
    left = [element for element in edited if element is not UNDEFINED]
    return left if left or not keeping else UNDEFINED


def _edit_object(value: dict[str, Any], level: _Level, keeping: bool) -> Any:
    # Every key of every event comes by here: what most of them need is not worth a call.
    names, prefixes, other = level.names, level.prefixes, level.other
    edited = {}
    for key, item in value.items():
        found = _WHOLE if key in names or (prefixes and key.startswith(prefixes)) else other(key)
        if found is None or found is _WHOLE:
            if (found is _WHOLE) is keeping:
                edited[key] = item
        else:
            edited[key] = _edit_item(item, found, keeping)
    return _chosen(value, edited, keeping)


def _remove_plain(value: dict[str, Any], level: _Level, named: set[str]) -> dict[str, Any]:
    left = value
    for key in named:
        new = _edit_item(value[key], _WHOLE if key in level.names else level.other(key), False)
        if new is not value[key]:
            left = value.copy() if left is value else left
            left[key] = new
            if new is UNDEFINED:
                del left[key]
    return left


def _chosen(value: dict[str, Any], edited: dict[str, Any], keeping: bool) -> Any:
    shared = _share(value, edited)
    left = shared if shared is value else _defined(edited)
    return left if left or not keeping else UNDEFINED


def _defined(entries: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in entries.items() if item is not UNDEFINED}


def _edit_item(item: Any, found: _Level | _Whole | None, keeping: bool) -> Any:
    if isinstance(found, _Level):
        return _edit(item, found, keeping)
    return item if (found is _WHOLE) is keeping else UNDEFINED
