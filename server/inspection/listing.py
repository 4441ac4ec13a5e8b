"""The lines of the live page: the newest that match, those before a place, or what is new; and how many there are."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from typing import Any, Final, TypedDict

from server.inspection.glance import Glance
from server.inspection.search import VIEWS, Search
from server.inspection.summary import LiveLine, Summary, as_it_came
from server.observe import Record, Recorder

MOST_LINES: Final = 200
"""Lines in one answer."""

Place = tuple[int, int, int]
"""Where a record stands among those of all workers: when it came, its worker, and its number there."""


class Counts(TypedDict):
    """``kept`` are all that have a reply, ``matching`` those of the view that are asked for, ``views`` those of each view."""

    kept: int
    matching: int
    views: dict[str, int]


class Listed(TypedDict):
    """Lines, oldest first. ``missed`` matched too and are older; ``newest`` is the number of the latest that was looked at."""

    requests: list[LiveLine]
    changed: list[LiveLine]
    unanswered: list[str]
    missed: int
    newest: int
    counts: Counts | None


class Listing:
    """Of one worker. What was masked once is remembered as long as its record is kept and somebody searches."""

    def __init__(self, worker: int) -> None:
        self._worker = worker
        self._glances: dict[int, Glance] = {}

    def listed(self, recorder: Recorder, command: Mapping[str, Any]) -> Listed:
        """The answer to ``requests``, as ``Inspector`` describes it."""
        self._forget(recorder)
        search, limit = Search.of(command.get("filters") or {}), min(int(command.get("limit") or 50), MOST_LINES)
        after, before = int(command.get("after") or 0), place_of(command.get("before"))
        looked_at = [*recorder.since(after), *_known(recorder, command.get("unanswered"))]
        unanswered = {record: None for record in looked_at if not record.status}  # decided once: a reply may come meanwhile
        matching = [record for record in looked_at if record not in unanswered and self._matches(search, record)]
        counts = self._counts(search, recorder, matching, after) if command.get("count") is True else None
        if before is not None:
            matching = [record for record in matching if self._place(record) < before]
        found = heapq.nlargest(limit, matching, key=self._place)
        return {
            "requests": [self._summary(record).line(self._worker) for record in reversed(found)],
            "changed": [self._summary(record).line(self._worker) for record in _known(recorder, command.get("watch"))],
            "unanswered": [record.request.id for record in unanswered],
            "missed": len(matching) - len(found),
            "newest": max([after, *(record.number for record in looked_at)]),
            "counts": counts,
        }

    def _counts(self, search: Search, recorder: Recorder, found: list[Record], after: int) -> Counts:
        kept = [record for record in recorder.since(0) if record.status]
        views = {name: sum(map(view.holds, kept)) for name, view in VIEWS.items()}
        if search.is_narrow:
            matching = sum(self._matches(search, record) for record in kept) if after else len(found)
        else:
            matching = views[search.view]
        return {"kept": len(kept), "matching": matching, "views": views}

    def _matches(self, search: Search, record: Record) -> bool:
        """What does not match as it came need not be masked to see that it does not."""
        if not search.views(record):
            return False
        return not search.is_narrow or (search.finds(Summary(record, as_it_came)) and search.finds(self._summary(record)))

    def _summary(self, record: Record) -> Summary:
        summary = Summary(record, known=self._glances.get(record.number))
        self._glances[record.number] = summary.glance
        return summary

    def _place(self, record: Record) -> Place:
        return record.request.received_at, self._worker, record.number

    def _forget(self, recorder: Recorder) -> None:
        if len(self._glances) > len(recorder):
            kept = [record.number for record in recorder.since(0)]
            self._glances = {number: known for number in kept if (known := self._glances.get(number))}


def place_of(asked: object) -> Place | None:
    """The place that three whole numbers between dots tell, as an address and a command have it."""
    parts = str(asked).split(".") if asked else []
    if len(parts) != 3 or not all(part.isdecimal() and part.isascii() and len(part) < 20 for part in parts):
        return None
    return int(parts[0]), int(parts[1]), int(parts[2])


def _known(recorder: Recorder, ids: Any) -> list[Record]:
    return [record for id in ids or () if (record := recorder.find(str(id))) is not None]
