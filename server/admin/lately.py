"""The last hour and day of all workers as one: what they have put aside, added up slot by slot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from server.observe.durations import quantile
from server.observe.history import MINUTE
from server.observe.ring import Columns, Key


@dataclass(frozen=True, slots=True)
class Lately:
    """Numbers by key for each of ``most`` slots of ``step`` microseconds, of which the last is not over."""

    step: int
    most: int
    rows: Mapping[Key, Sequence[int]]

    def of(self, *key: str) -> Sequence[int]:
        """The numbers of this key, slot by slot."""
        return self.rows.get(key, (0,) * self.most)

    def total(self, *key: str) -> int:
        """All of them as one."""
        return sum(self.of(*key))

    def histogram(self, *key: str, buckets: int) -> list[Sequence[int]]:
        """The buckets of this key, each slot by slot: a bucket's number is what its key ends with."""
        return [self.of(*key, str(bucket)) for bucket in range(buckets)]


def lately(told: Sequence[Columns], most: int) -> Lately:
    """What workers have told, as one; it ends where the one ends that looked last."""
    first = max((each["first"] for each in told), default=0)
    rows: dict[Key, list[int]] = {}
    for each in told:
        late = first - each["first"]
        for key, numbers in each["rows"]:
            _add(rows.setdefault(tuple(key), [0] * most), numbers[late:])
    return Lately(max((each["step"] for each in told), default=MINUTE), most, rows)


def _add(to: list[int], numbers: Sequence[int]) -> None:
    for index, number in enumerate(numbers[: len(to)]):
        to[index] += number


def sums(told: Iterable[Iterable[tuple[Key, int]]]) -> Counter[Key]:
    """What was counted by name, as one."""
    found: Counter[Key] = Counter()
    for worker in told:
        found.update({tuple(key): number for key, number in worker})
    return found


@dataclass(frozen=True, slots=True)
class Times:
    """Of what took a time: the median and what 95 of 100 stayed below, in microseconds; over all, and slot by slot."""

    median: int | None
    most: int | None
    medians: Sequence[int | None]
    mosts: Sequence[int | None]


def times(bounds: Sequence[int], buckets: Sequence[Sequence[int]]) -> Times:
    """Out of a histogram whose buckets are told slot by slot."""
    whole, slots = [sum(each) for each in buckets], list(zip(*buckets, strict=True))
    return Times(
        quantile(bounds, whole, 0.5),
        quantile(bounds, whole, 0.95),
        [quantile(bounds, slot, 0.5) for slot in slots],
        [quantile(bounds, slot, 0.95) for slot in slots],
    )
