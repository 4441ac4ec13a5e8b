"""A memory in which browsers that somebody debugs with have room of their own, however many requests others send.

It stands in the place of the usual one only while such a browser is watched, so that nobody's hit pays for it otherwise.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from core.container import Run
from core.types import Request
from server.loading.serving import Serving
from server.observe.recorder import Record, Recorder, weight_of
from server.visitors.marks import Mark, may_be_marked

MOST: Final = 300
"""Requests of watched browsers that are kept, however many others come."""
MOST_BYTES: Final = 4 << 20
MOST_BROWSERS: Final = 32
"""Browsers that are watched at a time; of more, those that have longest to go."""


class Watched:
    """The browsers that are watched, and until when, in seconds since 1970. Empty until somebody marks one."""

    def __init__(self) -> None:
        self.until: Mapping[str, int] = {}

    def add(self, mark: Mark, now: int) -> None:
        """Watches this one, too; what is over is forgotten."""
        known = {**self.until, mark.browser: mark.until}
        longest = sorted(((browser, until) for browser, until in known.items() if until > now), key=lambda each: -each[1])
        self.until = dict(longest[:MOST_BROWSERS])

    @property
    def over(self) -> int:
        """When the last of them is no longer watched."""
        return max(self.until.values(), default=0)


class Watching(Recorder):
    """Takes over what ``usual`` remembers, and keeps beside it what watched browsers send.

    ``end`` hears that there is none any more.
    """

    def __init__(self, usual: Recorder, watched: Watched, end: Callable[[], None]) -> None:
        super().__init__(usual.limit, 0)
        self.take_over(usual)
        self._end = end
        self._watched = watched
        self._kept: deque[tuple[Record, int]] = deque()
        self._known: dict[str, Record] = {}
        self._kept_bytes = 0

    @property
    def watched(self) -> Mapping[str, int]:
        """Of those whose time is not over, at least when the last was added."""
        return self._watched.until

    def add(self, request: Request, run: Run, serving: Serving, size: int | None = None, deliveries: int = 0) -> Record:
        """As usual, and once more for a watched browser."""
        record = super().add(request, run, serving, size, deliveries)
        if self._watched.over <= request.received_at // 1_000_000:
            self._end()
        elif self.limit and may_be_marked(request.headers) and self._watches(request, serving):
            self._keep(record, record.weight or weight_of(request, size, deliveries))
        return record

    def _watches(self, request: Request, serving: Serving) -> bool:
        now = request.received_at // 1_000_000
        return any(self._watched.until.get(mark.browser, 0) > now for mark in serving.marks.of(request))

    def _keep(self, record: Record, weight: int) -> None:
        self.passed_over -= super().find(record.request.id) is None
        self._kept.append((record, weight))
        self._known[record.request.id] = record
        self._kept_bytes += weight
        while len(self._kept) > MOST or (self._kept_bytes > MOST_BYTES and len(self._kept) > 1):
            oldest, its = self._kept.popleft()
            self._kept_bytes -= its
            self._known.pop(oldest.request.id, None)

    def find(self, id: str) -> Record | None:
        """Of either kind."""
        return super().find(id) or self._known.get(id)

    def since(self, number: int) -> Iterator[Record]:
        """Of both kinds, each record once."""
        both = {record.number: record for record in super().since(number)}
        both |= {record.number: record for record, _ in list(self._kept) if record.number > number}
        yield from (both[each] for each in sorted(both, reverse=True))

    def __len__(self) -> int:
        return super().__len__() + sum(super(Watching, self).find(id) is None for id in list(self._known))
