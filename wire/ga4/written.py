"""How the parameters of an event were written in its hit: what nobody changes of them leaves as it came."""

from __future__ import annotations

from collections.abc import Mapping
from operator import is_
from typing import Any, TypeAlias

Kept: TypeAlias = tuple[Any, int, str, str]
"""A value of event data, where its parameter travels (a QueryPlace), that parameter's name, and its piece ``name=text``.

As long as the event has the very same object under the same key, the piece says what the value does.
"""


class Written:
    """Of one event. ``top`` is by key of event data; ``entries`` by the key of an object, and then by that of its entry.

    ``items`` have with each item its values, in their order: so an item is known again, and that it was not changed in place.
    """

    __slots__ = ("entries", "items", "top")

    def __init__(self) -> None:
        self.top: dict[str, Kept] = {}
        self.entries: dict[str, dict[str, Kept]] = {}
        self.items: list[tuple[dict[str, Any], tuple[Any, ...], str]] = []

    def keep_entry(self, group: str, key: str, kept: Kept) -> None:
        """Keeps how an entry of an object was written."""
        if group in self.entries:
            self.entries[group][key] = kept
        else:
            self.entries[group] = {key: kept}

    def item(self, number: int, item: dict[str, Any]) -> str:
        """The piece of the item of this number, from 1, if it is the one that came, and as it came; else empty."""
        if number > len(self.items):
            return ""
        came, values, piece = self.items[number - 1]
        unchanged = came is item and len(values) == len(item) and all(map(is_, values, item.values()))
        return piece if unchanged else ""


NOTHING_WRITTEN = Written()
"""Of an event that did not come as a hit."""
NO_ENTRIES: Mapping[str, Kept] = {}
