"""Which rows share a job, and for how long a fresh one waits for others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.component import Tag, collects
from core.types import Payload
from server.delivery.source import Part
from server.outbox.row import Row, stored_size


@dataclass(slots=True, eq=False)
class Group:
    """Rows that one job may carry, and the bytes of their payloads. One that is ``full`` takes no more."""

    rows: list[Row]
    size: int = 0
    full: bool = False


class Batching:
    """How the payloads of one tag are put together, by its ``companions`` and within its ``batch``.

    ``linger`` is how many microseconds a fresh payload with companions waits for them at most; 0 where it does not. ``fills``:
    whether batches can grow by what else is waiting. ``known``: whether there is such a tag. ``clock`` is the time of day.
    """

    def __init__(self, tag: Tag | None, clock: Callable[[], int]) -> None:
        self._companions = tag.companions if tag is not None and collects(tag) else None
        self._batch = tag.batch if tag is not None else None
        self._clock = clock
        self.known = tag is not None
        self.fills = self._batch is not None
        self.linger = int(self._batch.linger * 1_000_000) if self._batch is not None else 0

    def company(self, payload: Payload) -> str | None:
        """With whom it may travel; None: with its own request's payloads alone."""
        try:
            return self._companions(payload, self._clock()) if self._companions is not None else None
        except Exception:  # a fault of the tag's is dealt with when it packs the payload
            return None

    def is_full(self, rows: int, size: int) -> bool:
        """Whether so many payloads of so many bytes are all that may travel together."""
        return self._batch is not None and (rows >= self._batch.most_payloads or size >= self._batch.most_bytes)

    def together(self, rows: Sequence[Row], parts: Mapping[int, Part]) -> list[Group]:
        """First attempts of one request, in its order, and what the tag's ``companions`` names alike; every other row is alone.

        So is a row that was on the wire at a crash. One of a batch that was refused has no companions but those of its part of
        it: ``parts`` tells which.
        """
        alike: dict[object, list[Row]] = {}
        for row in rows:
            alike.setdefault(self._key(row, parts), []).append(row)
        return [group for key, found in alike.items() for group in self._split(key, sorted(found, key=_as_received))]

    def _key(self, row: Row, parts: Mapping[int, Part]) -> object:
        if row.crashes:
            return row.id
        company = self.company(row.payload)
        if company is not None:
            return (company, parts.get(row.id))
        return row.payload.group if row.attempts == 1 and row.payload.group else row.id

    def _split(self, key: object, rows: list[Row]) -> list[Group]:
        """Within the limits of a batch, where these are companions."""
        if self._batch is None or not isinstance(key, tuple):
            return [Group(rows, full=True)]
        groups = [Group([])]
        for row in rows:
            size, last = stored_size(row.payload), groups[-1]
            if last.rows and (last.full or last.size + size > self._batch.most_bytes):
                last.full = True
                groups.append(last := Group([]))
            last.rows.append(row)
            last.size += size
            last.full = self.is_full(len(last.rows), last.size)
        return groups


def _as_received(row: Row) -> tuple[int, int]:
    return row.payload.received_at, row.payload.position
