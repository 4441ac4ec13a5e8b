"""The latest requests, in memory alone: a ring that is bounded in entries and in bytes.

A record holds references to what the request made anyway. Nothing of it is worked out, copied or written down before
somebody looks at it; what was not pure (stored, refused, duplicate, delivered) is added as it happens.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain

from core.container import Run
from core.types import Request
from server.delivery import Attempt, Settled, Suppressed
from server.loading.serving import Serving

MOST_BYTES = 16 << 20
"""Bytes of requests that are kept, however few those are; what their events take is a small multiple of it."""

MOST_ATTEMPTS = 20
"""Attempts that a record keeps: the latest."""

_OVERHEAD = 512


class Record:
    """One request. ``serving`` is the configuration that it met, ``took`` microseconds until its reply was known."""

    __slots__ = (
        "attempts",
        "number",
        "refused",
        "request",
        "run",
        "serving",
        "settled",
        "status",
        "suppressed",
        "took",
        "weight",
    )

    def __init__(self, number: int, request: Request, run: Run, serving: Serving) -> None:
        self.number = number
        self.request = request
        self.run = run
        self.serving = serving
        self.status = 0
        self.took = 0
        self.refused = ""
        self.suppressed: Sequence[Suppressed] = ()
        self.attempts: list[Attempt] = []
        self.settled: dict[tuple[str, int], Settled] = {}
        self.weight = 0
        """Bytes that count towards the bound, once it is kept."""

    def attempted(self, attempt: Attempt) -> None:
        """Keeps the attempt; of too many, the latest."""
        self.attempts.append(attempt)
        if len(self.attempts) > MOST_ATTEMPTS:
            del self.attempts[0]


class Recorder:
    """The ring. ``limit`` 0 keeps nothing. Numbers rise with time, across restarts too: the first is ``start``."""

    def __init__(self, limit: int, start: int) -> None:
        self.limit = limit
        self.bytes = 0
        self._next = start
        self._records: deque[Record] = deque()
        self._by_id: dict[str, Record] = {}

    def add(self, request: Request, run: Run, serving: Serving, size: int | None = None) -> Record:
        """Remembers the request, and forgets the oldest where there are too many. ``size`` is its own in bytes, where known."""
        self._next += 1
        record = Record(self._next, request, run, serving)
        if self.limit:
            self._records.append(record)
            self._by_id[request.id] = record
            record.weight = weight = _OVERHEAD + (_size(request) if size is None else size)
            self.bytes += weight
            while len(self._records) > self.limit or (self.bytes > MOST_BYTES and len(self._records) > 1):
                self._forget(self._records.popleft())
        return record

    def find(self, id: str) -> Record | None:
        """The record of the request with this id, while it is kept."""
        return self._by_id.get(id)

    def since(self, number: int) -> Iterator[Record]:
        """Records that are newer than this number, the latest first."""
        for record in reversed(list(self._records)):  # the event loop may add to them meanwhile
            if record.number <= number:
                return
            yield record

    def __len__(self) -> int:
        return len(self._records)

    def _forget(self, record: Record) -> None:
        self.bytes -= record.weight
        if self._by_id.get(record.request.id) is record:
            del self._by_id[record.request.id]


def _size(request: Request) -> int:
    headers = len("".join(chain.from_iterable(request.headers)))
    return len(request.body) + len(request.query_string) + len(request.path) + headers
