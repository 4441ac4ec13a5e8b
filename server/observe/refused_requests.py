"""Requests that no client was asked about: the latest of them, in memory alone, and of each only how it began.

They come when something is wrong, and then perhaps thousands a second. So of one reason a few of each second are looked at, of
each of those a few slices are kept, and where there are too many, one of the most frequent reason goes: no flood costs much, or
hides what else was refused.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MOST: Final = 100
"""Requests that are kept, of all reasons together."""

MOST_OF_A_SECOND: Final = 10
"""Requests of one reason and one second that are kept; the others are only counted, by whoever counts."""

LONGEST_LINE: Final = 512
"""Bytes that are kept of a request line."""

LONGEST_FIELDS: Final = 1536
"""Bytes that are kept of the header fields."""

_LINE_END: Final = b"\n"
"""Of a broken head too; a line has its carriage return with it."""


@dataclass(frozen=True, slots=True)
class RefusedRequest:
    """``at`` in microseconds since 1970; ``status`` 0 where nothing was answered. Numbers rise with time.

    ``peer`` is the other end of the connection, ``ip`` the visitor, each where it is known. ``line`` and ``fields`` are the
    beginnings of the request line and of the header fields below it, as they came; ``size`` is how many bytes of the head came.
    ``id`` is that of a request which was read, and is recorded, too.
    """

    number: int
    at: int
    reason: str
    status: int
    peer: str | None
    ip: str | None
    line: bytes
    fields: bytes
    size: int
    id: str = ""


class RefusedRequests:
    """Of one worker; at most ``limit`` of them, 0 keeps none. ``clock`` gives microseconds since 1970."""

    def __init__(self, limit: int, clock: Callable[[], int]) -> None:
        self._limit = min(limit, MOST)
        self._clock = clock
        self._next = 0
        self._kept = 0
        self._second = 0
        self._of_second: Counter[str] = Counter()
        self._by_reason: defaultdict[str, deque[RefusedRequest]] = defaultdict(deque)

    def add(
        self,
        reason: str,
        status: int,
        head: Callable[[], bytes],
        *,
        peer: str | None = None,
        ip: str | None = None,
        id: str = "",
    ) -> None:
        """One more. ``head`` gives how it began, and is asked only where that is kept."""
        now = self._clock()
        if not self._limit or not self._has_time_for(reason, now):
            return
        self._next += 1
        came = head()
        line, _, fields = came.partition(_LINE_END)
        begins = line.rstrip(b"\r")[:LONGEST_LINE], fields[:LONGEST_FIELDS]
        self._by_reason[reason].append(RefusedRequest(self._next, now, reason, status, peer, ip, *begins, len(came), id))
        self._kept += 1
        if self._kept > self._limit:
            max(self._by_reason.values(), key=len).popleft()
            self._kept -= 1

    def _has_time_for(self, reason: str, now: int) -> bool:
        second = now // 1_000_000
        if second != self._second:
            self._second = second
            self._of_second.clear()
        self._of_second[reason] += 1
        return self._of_second[reason] <= MOST_OF_A_SECOND

    def latest(self) -> list[RefusedRequest]:
        """Those that are kept, the latest first."""
        kept = [each for of_one in list(self._by_reason.values()) for each in list(of_one)]  # the loop may add meanwhile
        return sorted(kept, key=lambda each: each.number, reverse=True)


NOT_KEPT: Final = RefusedRequests(0, lambda: 0)
