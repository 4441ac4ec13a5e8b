"""What a worker has counted over the last hour and day: once a minute, how much its counters have grown is put aside.

Nothing is added on the way of a hit. After a restart it begins anew, as the counters do.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain
from typing import Final, TypedDict

from server.connections.refusals import GAVE_WAY, IDLE, SILENT, UNREAD
from server.observe.counts import GONE, Counts
from server.observe.durations import Durations
from server.observe.ring import Columns, Key, Ring, difference
from server.observe.traffic import DELIVERED, REJECTED, RETRIED, Traffic

MINUTE: Final = 60_000_000
TEN_MINUTES: Final = 10 * MINUTE
MINUTES: Final = 60
"""Slots of the hour."""
TENS_OF_MINUTES: Final = 144
"""Slots of the day."""

UNREFUSED: Final = frozenset(each.reason for each in (SILENT, IDLE, GAVE_WAY, UNREAD))
"""Why a connection ends though no request on it is refused."""

NOT_KEPT: Final = "not_kept"
"""Why a request is refused that was claimed: its deliveries could not be kept."""


class OverviewTold(TypedDict):
    """The numbers of the whole worker over an hour and a day, and ``sums`` of the day for what is counted by name."""

    hour: Columns
    day: Columns
    sums: list[tuple[Key, int]]


class History:
    """Of one worker, from ``now`` on. Times are microseconds since 1970."""

    def __init__(self, counts: Counts, now: int) -> None:
        self.began = now
        self._counts = counts
        self._hour = Ring(MINUTE, MINUTES)
        self._day = Ring(TEN_MINUTES, TENS_OF_MINUTES)
        self._before: dict[Key, int] = {}
        self._keys: dict[Key, Key] = {}
        """Each key once, however many slots have it."""

    def look(self, now: int) -> None:
        """Puts aside what has been counted since the last look."""
        numbers = dict(chain(_whole(self._counts), _named(self._counts), _destinations(self._counts)))
        grown = {self._keys.setdefault(key, key): number for key, number in difference(numbers, self._before).items()}
        self._before = numbers
        self._hour.add({key: number for key, number in grown.items() if not _is_named(key)}, now)
        self._day.add({key: number for key, number in grown.items() if not _is_of_a_destination(key)}, now)

    def overview(self, now: int) -> OverviewTold:
        """Of the whole worker."""
        self.look(now)
        return {
            "hour": self._hour.columns(now, _is_whole),
            "day": self._day.columns(now, _is_whole),
            "sums": list(self._day.sums(now, _is_named).items()),
        }

    def delivered(self, now: int) -> list[tuple[str, str, int]]:
        """How many events each destination, by tag and address, has taken in the last hour."""
        self.look(now)
        return [
            (key[1], key[2], number)
            for key, number in self._hour.sums(now, lambda key: key[0] == DELIVERED and len(key) == 3).items()
        ]

    def destinations(self, now: int) -> Columns:
        """Of each destination: its keys are a name, the tag, the address, and what may follow."""
        self.look(now)
        return self._hour.columns(now, _is_of_a_destination)


async def every_minute(
    history: History, clock: Callable[[], int], sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> None:
    """Looks at the end of each minute, for ever."""
    while True:
        await sleep((MINUTE - clock() % MINUTE) / 1_000_000)
        history.look(clock())


def _is_whole(key: Key) -> bool:
    return len(key) == 1


def _is_named(key: Key) -> bool:
    return len(key) == 2


def _is_of_a_destination(key: Key) -> bool:
    return len(key) > 2


def _whole(counts: Counts) -> Iterator[tuple[Key, int]]:
    """What is charted: keys of one name."""
    outcomes = [each.outcomes for each in counts.traffic.values()]
    yield ("requests",), counts.requests.total()
    yield ("events",), counts.events.total()
    yield ("fired",), counts.fired.total()
    yield ("delivered",), sum(each[DELIVERED] for each in outcomes)
    yield ("failed",), sum(each[RETRIED] + each[REJECTED] for each in outcomes)
    yield ("duplicates",), counts.suppressed.total()
    yield ("unclaimed",), counts.unclaimed
    yield ("refused",), _refused(counts).total()
    yield ("errors",), counts.failures.total()


def _refused(counts: Counts) -> Counter[str]:
    """Requests that were refused, by the reason: before they were read, before they were run, or after."""
    found = Counter({why: number for why, number in counts.connections_closed.items() if why not in UNREFUSED})
    found.update({why: number for why, number in counts.turned_away.items() if why != GONE})
    found[NOT_KEPT] += counts.refused
    return found


def _named(counts: Counts) -> Iterator[tuple[Key, int]]:
    """What is told by name: keys of two."""
    yield from ((("event", name), number) for name, number in counts.events.items())
    yield from ((("finding", code), number) for code, number in counts.findings.items())
    yield from ((("refused", why), number) for why, number in _refused(counts).items())
    yield from (((kind, state), number) for (kind, state), number in counts.consents.split().items())


def _destinations(counts: Counts) -> Iterator[tuple[Key, int]]:
    for at, traffic in counts.traffic.items():
        yield from _of(at, traffic)


def _of(at: tuple[str, str], traffic: Traffic) -> Iterator[tuple[Key, int]]:
    yield from (((word, *at), number) for word, number in traffic.outcomes.items())
    yield from ((("status", *at, status), number) for status, number in traffic.statuses.items())
    yield from _buckets("took", at, traffic.took)
    yield from _buckets("age", at, traffic.ages)


def _buckets(name: str, at: tuple[str, str], durations: Durations) -> Iterator[tuple[Key, int]]:
    return (((name, *at, str(index)), number) for index, number in enumerate(durations.buckets) if number)
