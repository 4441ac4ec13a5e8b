"""The latest requests, in memory alone: a ring that is bounded in entries and in bytes.

A record holds references to what the request made anyway. Nothing of it is worked out, copied or written down before
somebody looks at it; what was not pure (stored, refused, duplicate, delivered) is added as it happens.

Memory that is kept for a while is out of the processor's caches when it is used again, which costs a busy server up to a tenth of
its time.
So while nobody looks, only the first of a second's requests are kept, and those that no client took or that made one fail.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from core.container import Run
from core.types import Delivered, Request
from server.delivery import Attempt, Settled, Suppressed
from server.loading.serving import Serving

MOST_BYTES = 16 << 20
"""Bytes of requests that are kept, however few those are; what their events take is a small multiple of it."""

MOST_ATTEMPTS = 20
"""Attempts that a record keeps. Those that delivered go first, so that answers which refuse stay for longer."""

MOST_UNSEEN = 100
"""Requests of one second that are kept while nobody looks: the usual ring has those of five seconds then, or of more."""

LOOKS_FOR = 10
"""Seconds after a look for which every request is kept."""

OVERHEAD = 512
"""Bytes that each counts for beside its own."""

OF_DELIVERY = 640
"""Bytes that each delivery counts for: one small request may make thousands, where it has many events and there are many tags."""


@dataclass(slots=True)
class Standing:
    """What is known of an event's rows for a tag beside the attempts that are kept.

    ``settled`` has those that were not delivered, by their names. ``delivered`` are the ids of those whose attempt is forgotten,
    ``again`` of those that an operator has had sent beside the first.
    """

    settled: dict[str, Settled] = field(default_factory=dict)
    delivered: set[int] = field(default_factory=set)
    again: list[int] = field(default_factory=list)


class Record:
    """One request. ``serving`` is the configuration that it met, ``took`` microseconds until its reply was known.

    ``file_age`` is how many seconds before somebody else's file had been fetched that it was answered with.
    """

    __slots__ = (
        "attempts",
        "file_age",
        "number",
        "refused",
        "request",
        "run",
        "serving",
        "standing",
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
        self.file_age: int | None = None
        self.suppressed: Sequence[Suppressed] = ()
        self.attempts: list[Attempt] = []
        self.standing: dict[tuple[str, int], Standing] = {}
        self.weight = 0
        """Bytes that count towards the bound, once it is kept."""

    def attempted(self, attempt: Attempt) -> None:
        """Keeps the attempt. Of one too many it is still known what it has delivered."""
        self.attempts.append(attempt)
        if len(self.attempts) > MOST_ATTEMPTS:
            spare = next((at for at, each in enumerate(self.attempts[:-1]) if _delivered_all(each)), 0)
            self._forget(self.attempts.pop(spare))

    def standing_of(self, tag: str, position: int) -> Standing:
        """What is known of this event's rows for this tag, to be added to."""
        return self.standing.setdefault((tag, position), Standing())

    def _forget(self, attempt: Attempt) -> None:
        for index, row in enumerate(attempt.rows):
            if row.payload.group == self.request.id and isinstance(attempt.outcome(index), Delivered):
                self.standing_of(attempt.tag, row.payload.position).delivered.add(row.id)


def _delivered_all(attempt: Attempt) -> bool:
    return all(isinstance(attempt.outcome(index), Delivered) for index in range(len(attempt.rows)))


class Recorder:
    """The ring. ``limit`` 0 keeps nothing. Numbers rise with time, across restarts too: the first is ``start``."""

    def __init__(self, limit: int, start: int) -> None:
        self.limit = limit
        self.bytes = 0
        self.passed_over = 0
        """Requests that were not kept, since many came and nobody looked."""
        self._next = start
        self._records: deque[Record] = deque()
        self._by_id: dict[str, Record] = {}
        self._second = 0
        self._of_second = 0
        self._looked_until = 0

    def look(self, now: int) -> None:
        """Somebody looks, at this time (microseconds)."""
        self._looked_until = now // 1_000_000 + LOOKS_FOR

    @property
    def watched(self) -> Mapping[str, int]:
        """Browsers that have room of their own, and until when, in seconds since 1970."""
        return {}

    @property
    def oldest(self) -> int:
        """When the first of all requests came that are remembered since then (microseconds); 0 where there is none."""
        return next((record.request.received_at for record in list(self._records)), 0)

    def take_over(self, other: Recorder) -> None:
        """Goes on in the place of another, which is not used any more."""
        self.limit = other.limit
        self.bytes = other.bytes
        self.passed_over = other.passed_over
        self._next = other._next
        self._records = other._records
        self._by_id = other._by_id
        self._second = other._second
        self._of_second = other._of_second
        self._looked_until = other._looked_until

    def add(self, request: Request, run: Run, serving: Serving, size: int | None = None, deliveries: int = 0) -> Record:
        """Remembers the request, and forgets the oldest where there are too many.

        ``size`` is its own in bytes, where it is known; ``deliveries`` says how many came of it.
        """
        self._next += 1
        record = Record(self._next, request, run, serving)
        if self.limit and (run.client is None or run.failures or self._has_time_for(request)):
            self._records.append(record)
            self._by_id[request.id] = record
            record.weight = weight = weight_of(request, size, deliveries)
            self.bytes += weight
            while len(self._records) > self.limit or (self.bytes > MOST_BYTES and len(self._records) > 1):
                self._forget(self._records.popleft())
        return record

    def _has_time_for(self, request: Request) -> bool:
        second = request.received_at // 1_000_000
        if second != self._second:
            self._second, self._of_second = second, 0
        self._of_second += 1
        if self._of_second <= MOST_UNSEEN or second <= self._looked_until:
            return True
        self.passed_over += 1
        return False

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


def weight_of(request: Request, size: int | None, deliveries: int) -> int:
    """Bytes that a request counts for which is kept."""
    return OVERHEAD + (_size_of(request) if size is None else size) + OF_DELIVERY * deliveries


def _size_of(request: Request) -> int:
    """Of its own, where nobody has counted them."""
    headers = len("".join(chain.from_iterable(request.headers)))
    return len(request.body) + len(request.query_string) + len(request.path) + headers
