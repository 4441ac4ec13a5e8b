"""Groups leased rows into jobs, each of which one request may carry."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

from core.component import Tag, collects
from core.types import Payload
from server.outbox.row import Row

Companions: TypeAlias = Callable[[Payload, int], str | None]


def together(rows: Sequence[Row], tag: Tag | None, now: int, alone: Collection[int]) -> list[list[Row]]:
    """First attempts of one request, in its order, and what the tag's ``companions`` names alike; every other row is alone.

    So is a row that was on the wire at a crash, and one of a batch that was refused: ``alone`` has their ids.
    """
    companions = tag.companions if tag is not None and collects(tag) else None
    jobs: dict[object, list[Row]] = {}
    for row in rows:
        jobs.setdefault(_company(row, companions, now, alone), []).append(row)
    return [sorted(job, key=lambda row: (row.payload.received_at, row.payload.position)) for job in jobs.values()]


def _company(row: Row, companions: Companions | None, now: int, alone: Collection[int]) -> object:
    if row.crashes or row.id in alone:
        return row.id
    named = _named(row, companions, now) if companions else None
    if named is not None:
        return ("named", named)
    return row.payload.group if row.attempts == 1 and row.payload.group else row.id


def _named(row: Row, companions: Companions, now: int) -> str | None:
    try:
        return companions(row.payload, now)
    except Exception:  # a fault of the tag's is dealt with when it packs the row
        return None
