"""How long things took, as a histogram of plain numbers: adding one is a search in a short list and two additions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

_MS, _S, _H = 1_000, 1_000_000, 3_600_000_000

REPLY = (250, 500, _MS, 2_500, 5 * _MS, 10 * _MS, 25 * _MS, 50 * _MS, 100 * _MS, 250 * _MS, 500 * _MS, _S, 5 * _S)
"""Upper bounds of a reply's time, in microseconds."""

EXCHANGE = (10 * _MS, 25 * _MS, 50 * _MS, 100 * _MS, 250 * _MS, 500 * _MS, _S, 2_500 * _MS, 5 * _S, 10 * _S, 30 * _S)
"""Those of one exchange with a destination."""

AGE = (100 * _MS, 500 * _MS, _S, 5 * _S, 15 * _S, 60 * _S, 300 * _S, 900 * _S, _H, 6 * _H, 24 * _H, 72 * _H)
"""Those of the time between a request and the delivery of what came of it."""


class Durations:
    """``buckets[i]`` counts what took at most ``bounds[i]`` and longer than the bound before; the last one, what took longer."""

    __slots__ = ("_bounds", "buckets", "sum")

    def __init__(self, bounds: Sequence[int]) -> None:
        self._bounds = bounds
        self.buckets = [0] * (len(bounds) + 1)
        self.sum = 0

    def add(self, took: int) -> None:
        """One more, of so many microseconds."""
        self.buckets[bisect_left(self._bounds, took)] += 1
        self.sum += took

    def as_json(self) -> dict[str, Any]:
        """``buckets`` and ``sum`` (microseconds)."""
        return {"buckets": self.buckets, "sum": self.sum}


def quantile(bounds: Sequence[int], buckets: Sequence[int], share: float) -> int | None:
    """The duration below which this share of them lies, were those of a bucket spread over it evenly; None of none at all.

    Of what took longer than the last bound nothing else is known: it is the bound.
    """
    wanted, below = share * sum(buckets), 0
    for index, number in enumerate(buckets):
        if number and below + number >= wanted:
            if index == len(bounds):
                return bounds[-1]
            start = bounds[index - 1] if index else 0
            return start + round((bounds[index] - start) * max(0.0, wanted - below) / number)
        below += number
    return None
