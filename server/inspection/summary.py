"""One line of the live page, and which records a filter lets through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from server.inspection.browsers import is_of
from server.inspection.delivery_state import record_state
from server.inspection.present import clock, day, duration
from server.inspection.privacy import Privacy, personal_values
from server.observe import Record

_FAILURES = frozenset({"refused", "dead", "failed"})


@dataclass(frozen=True, slots=True)
class LiveSearch:
    """A filter; what is empty lets everything through. ``only`` is ``failures``, ``unclaimed`` or empty.

    ``browser`` is the name of a marked one.
    """

    client: str = ""
    event: str = ""
    tag: str = ""
    client_id: str = ""
    only: str = ""
    browser: str = ""

    @staticmethod
    def of(filters: Mapping[str, Any]) -> LiveSearch:
        """The filter of a command; what is no text is not asked for."""
        return LiveSearch(**{name: str(filters.get(name) or "") for name in LiveSearch.__slots__})

    def lets_through(self, record: Record, dry_run: bool) -> bool:
        """Whether the record is one that was asked for."""
        run = record.run
        if self.browser and not is_of(record, self.browser):
            return False
        if self.client and run.client != self.client:
            return False
        if self.event and not any(event.event.get("event_name") == self.event for event in run.events):
            return False
        if self.client_id and not any(str(event.event.get("client_id", "")) == self.client_id for event in run.events):
            return False
        if self.tag and not any(
            verdict.tag == self.tag and verdict.payload for event in run.events for verdict in event.verdicts
        ):
            return False
        return self._state(record, dry_run)

    def _state(self, record: Record, dry_run: bool) -> bool:
        if self.only == "failures":
            return record.status >= 400 or bool(record.run.failures) or record_state(record, dry_run)[0] in _FAILURES
        return self.only != "unclaimed" or record.run.client is None


class LiveLine(TypedDict):
    """One request on the live page, masked. ``number`` rises with time; ``state`` and ``why`` are of its deliveries."""

    worker: int
    id: str
    number: int
    at: str
    date: str
    method: str
    path: str
    client: str | None
    status: int
    took: str
    events: list[str]
    fired: list[str]
    held: list[str]
    state: str
    why: str


def summary(record: Record, worker: int) -> LiveLine:
    """The line. Names are told once each, however many events there are."""
    serving = record.serving
    run, request = record.run, record.request
    privacy = Privacy(serving.secret_values, personal_values(request, ()))
    verdicts = [verdict for event in run.events for verdict in event.verdicts]
    fired = dict.fromkeys(verdict.tag for verdict in verdicts if verdict.payload is not None)
    state, why = record_state(record, serving.dry_run)
    return {
        "worker": worker,
        "id": request.id,
        "number": record.number,
        "at": clock(request.received_at),
        "date": day(request.received_at),
        "method": request.method,
        "path": privacy.text(request.path),
        "client": run.client,
        "status": record.status,
        "took": duration(record.took),
        "events": list(dict.fromkeys(privacy.text(str(event.event.get("event_name", ""))) for event in run.events))[:20],
        "fired": list(fired),
        "held": list(dict.fromkeys(verdict.tag for verdict in verdicts if verdict.tag not in fired)),
        "state": state,
        "why": privacy.text(why),
    }
