"""What was counted lately, in slots of time: a few numbers more often than never, bounded, and without a clock of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias, TypedDict

Key: TypeAlias = tuple[str, ...]
"""What is counted, and of what: ``("event", "purchase")``."""

Numbers: TypeAlias = Mapping[Key, int]

LATE: Final = 5_000_000
"""Microseconds by which whoever looks at the end of a slot may be late: what is seen until then belongs to the slot before."""


class Columns(TypedDict):
    """Numbers by slot: the first slot is the ``first`` since 1970, each is ``step`` microseconds long."""

    step: int
    first: int
    rows: list[tuple[Key, list[int]]]


def difference(now: Numbers, before: Numbers) -> dict[Key, int]:
    """What has been added since; nothing for what has not changed. A counter that went back has begun anew."""
    changed = ((key, number, before.get(key, 0)) for key, number in now.items())
    return {key: number - was if number > was else number for key, number, was in changed if number not in (was, 0)}


class Ring:
    """The latest ``most`` slots of ``step`` microseconds. Slots in which nothing was added take no room."""

    def __init__(self, step: int, most: int) -> None:
        self.step = step
        self.most = most
        self._slots: dict[int, Counter[Key]] = {}

    def add(self, numbers: Numbers, now: int) -> None:
        """These have been counted just now.

        A clock that is set back leaves nothing in the future but the slot that was just begun.
        """
        last = now // self.step
        self._slots = {slot: held for slot, held in self._slots.items() if last - self.most < slot <= last + 1}
        if numbers:
            self._slots.setdefault((now - LATE) // self.step, Counter()).update(numbers)

    def columns(self, now: int, wanted: Callable[[Key], bool]) -> Columns:
        """The slots up to now, of the keys that are wanted and not all zero."""
        first = now // self.step - self.most + 1
        found: dict[Key, list[int]] = {}
        for slot, key, number in self._within(now, wanted):
            found.setdefault(key, [0] * self.most)[slot - first] += number
        return {"step": self.step, "first": first, "rows": list(found.items())}

    def sums(self, now: int, wanted: Callable[[Key], bool]) -> Counter[Key]:
        """All the slots up to now as one."""
        found: Counter[Key] = Counter()
        for _, key, number in self._within(now, wanted):
            found[key] += number
        return found

    def _within(self, now: int, wanted: Callable[[Key], bool]) -> Iterable[tuple[int, Key, int]]:
        last = now // self.step
        for slot, held in sorted(self._slots.items()):
            if last - self.most < slot <= last:
                yield from ((slot, key, number) for key, number in held.items() if wanted(key))
