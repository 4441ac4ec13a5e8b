"""The files in memory, an LRU bounded in number and bytes. Keys that were asked for once fill a part of it at most."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from server.scripts.cached import Cached, Copy, Key

MOST: Final = 200
MOST_BYTES: Final = 128 << 20


class Memory:
    """Least recently used goes first, and of those asked for once before those asked for again.

    A query may hold anything, so whoever makes queries up fills only the fifth that is for files asked for once.
    """

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._once: OrderedDict[Key, Cached] = OrderedDict()
        self._again: OrderedDict[Key, Cached] = OrderedDict()

    def get(self, key: Key) -> Cached | None:
        """What is held for this key; asking counts."""
        held = self._once.pop(key, None) or self._again.pop(key, None)
        if held is not None:
            self._again[key] = held
        return held

    def peek(self, key: Key) -> Cached | None:
        """The same, without that counting."""
        return self._once.get(key) or self._again.get(key)

    def put(self, key: Key, copy: Copy) -> Cached:
        """Holds the copy in place of an older one, and forgets others where that is too much."""
        place = self._again if key in self._again else self._once
        held = place[key].renewed(copy) if key in place else Cached(copy)
        place[key] = held
        self.fit(key)
        return held

    def drop(self, key: Key) -> None:
        """Holds nothing for this key any longer."""
        self._once.pop(key, None)
        self._again.pop(key, None)

    def fit(self, newest: Key | None = None) -> None:
        """Forgets until the bounds are kept; ``newest`` stays."""
        weight = sum(held.weight for _, held in self)
        while len(self) > 1 and (len(self) > self._most or weight > self._most_bytes):
            key, place = self._last_wanted(newest)
            weight -= place.pop(key).weight

    def _last_wanted(self, newest: Key | None) -> tuple[Key, OrderedDict[Key, Cached]]:
        crowded = len(self._once) > self._most // 5 or not self._again
        first, second = (self._once, self._again) if crowded else (self._again, self._once)
        return next((key, place) for place in (first, second) for key in place if key != newest)

    def __iter__(self) -> Iterator[tuple[Key, Cached]]:
        yield from self._once.items()
        yield from self._again.items()

    def __len__(self) -> int:
        return len(self._once) + len(self._again)
