"""What waits in front of a worker: hits that arrive by chance, one after the other, and how long each takes.

A worker is one queue: visitors' connections are spread over workers and machines by chance, so each has its share of the hits,
and none helps another. What a worker takes for an event is what ``make bench`` measured, and the same each time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ROOM: Final = 4096
"""Requests that a worker has open at most: ``server.max_connections``, each with one. It refuses more."""

_SEED: Final = 20_261_130
_BEFORE: Final = 10.0
_AFTER: Final = 10.0
"""Seconds of the usual rate before a surge, and after it."""


@dataclass(frozen=True)
class Surge:
    """So many times the usual rate, for so many seconds."""

    times: float = 1.0
    seconds: float = 10.0


@dataclass(frozen=True)
class Waiting:
    """Of the hits of a surge: how long 99 of 100 wait at most, and the longest, in seconds, and the share that is refused."""

    p99: float
    longest: float
    refused: float


def waiting(rate: float, capacity: float, surge: Surge | None = None) -> Waiting:
    """In front of a worker that gets ``rate`` hits a second in the mean, and takes ``capacity``; always the same by chance."""
    surge = surge or Surge()
    waits, refused = [], 0
    for at, wait in _waits(rate, capacity, surge):
        if not _BEFORE <= at < _BEFORE + surge.seconds:
            continue
        if wait is None:
            refused += 1
        else:
            waits.append(wait)
    waits.sort()
    return Waiting(waits[int(len(waits) * 0.99)], waits[-1], refused / (refused + len(waits)))


def _waits(rate: float, capacity: float, surge: Surge) -> Iterator[tuple[float, float | None]]:
    """When each hit arrives, and how long it waits for its turn; None where it is refused."""
    chance = random.Random(_SEED)
    each, room = 1 / capacity, ROOM / capacity
    now, ahead = 0.0, 0.0
    while now < _BEFORE + surge.seconds + _AFTER:
        times = surge.times if _BEFORE <= now < _BEFORE + surge.seconds else 1.0
        pause = chance.expovariate(rate * times)
        now, ahead = now + pause, max(0.0, ahead - pause)
        if ahead >= room:
            yield now, None
        else:
            yield now, ahead
            ahead += each
