"""How the parameters of an event were written in its hit: what nobody changes of them leaves as it came."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from operator import is_
from typing import Any, Final, TypeAlias

from core.types import Event
from wire.ga4.values import Text

Kept: TypeAlias = dict[str, str]
"""By key of event data, the piece (``name=text``) that its value was read from; empty where that may not leave."""


class Written:
    """Of one event. ``pieces`` (``name=text``) are by key of event data, and ``values`` has the values that were read from them.

    As long as the event has the very same object under the same key, the piece says what the value does; an empty one may not
    leave. Whoever changes a list that one parameter was read from (``uafvl``, ``_eu``) in place is not heard. ``entries`` are the
    same for the entries of objects, by the object's key. ``items`` have with each item a copy of it: so it is known again, and
    that it was not changed in place. ``alone``: the request has no other event.
    ``complete``: whatever the event has and may leave has a piece. ``source`` is the object whose entries were read.
    """

    __slots__ = ("alone", "complete", "entries", "items", "pieces", "source", "values")

    def __init__(self, pieces: Kept, values: Event | None = None) -> None:
        self.pieces = pieces
        self.values = values or {}
        self.alone = self.complete = False
        self.source: Any = None
        self.entries: dict[str, Written] = {}
        self.items: list[tuple[dict[str, Any], dict[str, Any], str]] = []

    def put_object(self, event: Event, key: str, entries: dict[str, Any], pieces: Kept) -> None:
        """Puts an object into the event whose entries were parameters."""
        event[key] = entries
        of_object = self.entries[key] = Written(pieces, entries.copy())
        of_object.source = entries

    def close(self, event: Event, *, unsent: int) -> None:
        """The event has been read, with so many parameters that never leave."""
        self.values = event.copy()
        whole = len(event) == len(self.pieces) + len(self.entries) + bool(self.items) + unsent
        self.complete = whole and all(self.pieces.values())

    def whole(self, event: Event) -> list[str] | None:
        """Every piece, if the event is as it was read, and noted since, and each of them may leave; else None."""
        if not self.complete or event != self.values:
            return None
        out = [*self.pieces.values()]
        for group, came in self.entries.items():
            if event[group] != came.values or not all(came.pieces.values()):
                return None
            out += came.pieces.values()
        if self.items:
            items = [self.item(number, item) for number, item in enumerate(event["items"], 1)]
            return out + items if len(items) == len(self.items) and all(items) else None
        return out

    def note(self, key: str, value: Any) -> None:
        """Knows of what the event has besides, and what never leaves."""
        self.values[key] = value

    def note_entry(self, group: str, key: str, value: Any) -> None:
        """The same of an object's entry."""
        if group in self.entries:
            self.entries[group].values[key] = value

    def keep_entry(self, group: str, key: str, value: Any, piece: str) -> None:
        """Keeps how an entry of an object was written."""
        if group not in self.entries:
            self.entries[group] = Written({})
        self.entries[group].pieces[key] = piece
        self.entries[group].values[key] = value

    def piece(self, key: str, value: Any) -> str:
        """The piece of what stands under a key, if that is what came; else empty."""
        return self.pieces.get(key, "") if self.values.get(key, _NOTHING) is value else ""

    def put(self, key: str, value: Any, piece: str) -> None:
        """Keeps how a parameter is written that has come in another way."""
        self.pieces[key] = piece
        self.values[key] = value

    def all_of(self, entries: Any) -> Collection[str]:
        """Every piece of an object's entries, if it is the one that came, and as it came, and each may leave; else none."""
        pieces = self.pieces.values()
        return pieces if entries is self.source and entries == self.values and all(pieces) else ()

    def take(self, event: object, out: list[Text]) -> Event:
        """Puts out the pieces of all that is as it came, and gives the rest.

        What was an object may be something else by now: then it comes back whole, under a key that no event has.
        """
        others: Event = {}
        if not isinstance(event, dict):
            return {"": event}
        piece_of, values, put = self.pieces.get, self.values, out.append
        for key, value in event.items():
            piece = piece_of(key)
            if piece and values[key] is value:
                put(piece)
            else:
                others[key] = value
        return others

    def entry(self, group: str, key: str, value: Any) -> str:
        """The same of an object's entry."""
        entries = self.entries.get(group)
        return entries.piece(key, value) if entries else ""

    def item(self, number: int, item: Mapping[str, Any]) -> str:
        """The piece of the item of this number, from 1, if it is the one that came, and as it came; else empty."""
        if number > len(self.items):
            return ""
        came, copy, piece = self.items[number - 1]
        unchanged = came is item and [*copy] == [*item] and all(map(is_, copy.values(), item.values()))
        return piece if unchanged else ""


_NOTHING: Final = object()
NOTHING_WRITTEN: Final = Written({})
"""Of every event that did not come as a hit."""
