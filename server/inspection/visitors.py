"""What a worker remembers of one visitor, event by event, and whom it remembers at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NotRequired, TypedDict

from core.container import EventRun
from core.context import Context
from core.types import Event
from server.inspection.delivery_state import delivery_state
from server.inspection.glance import masks_of
from server.inspection.present import masked_url
from server.inspection.privacy import Privacy
from server.observe import Record, Recorder

MOST_EVENTS: Final = 100
"""Events of a visitor in one answer."""
MOST_VISITORS: Final = 40
"""Visitors that are told of: those seen last."""
_LONGEST: Final = 300
"""Characters of what a visitor sent that are told; pages of his that are longer end in an ellipsis."""
_MOST_FINDINGS: Final = 5


class LeftFor(TypedDict):
    """Of an event that fired a tag: where its delivery stands, in a word, and why."""

    tag: str
    state: str
    why: str


class VisitorEvent(TypedDict):
    """One event, masked. ``at`` is in microseconds; ``order`` rises with the events of one worker; texts may be empty."""

    at: int
    order: tuple[int, int]
    worker: int
    request: str
    client: str
    name: str
    page: str
    title: str
    value: str
    session: str
    session_number: str
    user: bool
    consent: dict[str, str]
    left: list[LeftFor]
    held: list[str]
    findings: list[str]


class OneVisitor(TypedDict):
    """``events`` are the latest, the newest first, of ``found``. The memory goes back to ``since``; 0: it is empty.

    ``gaps``: some requests were passed over, since many came. ``shown_as`` is the client id, masked.
    """

    events: list[VisitorEvent]
    found: int
    since: int
    gaps: bool
    shown_as: str


class KnownVisitor(TypedDict):
    """``client_id`` is left out where it has to be masked; ``last`` is in microseconds."""

    shown_as: str
    client_id: NotRequired[str]
    events: int
    last: int
    last_event: str


@dataclass(frozen=True, slots=True)
class Visitors:
    """Those of one worker's memory."""

    recorder: Recorder
    worker: int

    def one(self, client_id: str, before: int = 0) -> OneVisitor:
        """The events of this one, those older than ``before`` (microseconds) where that is given."""
        found = 0
        events: list[VisitorEvent] = []
        for record in self.recorder.since(0):
            if before and record.request.received_at >= before:
                continue
            its = [at for at, event in enumerate(record.run.events) if _client_id(event) == client_id]
            found += len(its)
            if its and len(events) < MOST_EVENTS:
                events += _Told(record, self.worker).events(reversed(its))
        return {
            "events": events[:MOST_EVENTS],
            "found": found,
            "since": self.recorder.oldest,
            "gaps": self.recorder.passed_over > 0,
            "shown_as": self._masked(client_id),
        }

    def all(self) -> list[KnownVisitor]:
        """Of the latest, what they did last."""
        known: dict[str, KnownVisitor] = {}
        for record in self.recorder.since(0):
            for event in reversed(record.run.events):
                if id := _client_id(event):
                    known.setdefault(id, self._first_seen(id, record, event))["events"] += 1
        return list(islice(known.values(), MOST_VISITORS))

    def _first_seen(self, id: str, record: Record, event: EventRun) -> KnownVisitor:
        shown = self._masked(id)
        name = Privacy(record.serving.secret_values).text(_text(event.event.get("event_name")))
        told: KnownVisitor = {"shown_as": shown, "events": 0, "last": record.request.received_at, "last_event": name}
        return {**told, "client_id": id} if shown == id else told

    @staticmethod
    def _masked(client_id: str) -> str:
        """Some pages send an e-mail address as one."""
        return _short(Privacy(()).text(client_id))


class _Told:
    """Tells of the events of one record."""

    def __init__(self, record: Record, worker: int) -> None:
        self._record = record
        self._worker = worker
        self._privacy = masks_of(record)

    def events(self, positions: Iterator[int]) -> Iterator[VisitorEvent]:
        """Those at these places."""
        return map(self._event, positions)

    def _event(self, position: int) -> VisitorEvent:
        record, run = self._record, self._record.run
        event = run.events[position].event
        verdicts = run.events[position].verdicts
        fired = [verdict.tag for verdict in verdicts if verdict.payload is not None]
        return {
            "at": record.request.received_at,
            "order": (record.number, position),
            "worker": self._worker,
            "request": record.request.id,
            "client": run.client or "",
            "name": self._shown(event.get("event_name")),
            "page": _short(masked_url(_text(event.get("page_location")), self._privacy)),
            "title": self._shown(event.get("page_title")),
            "value": self._value(event),
            "session": self._shown(event.get("ga_session_id")),
            "session_number": self._shown(event.get("ga_session_number")),
            "user": event.get("user_id") not in (None, ""),
            "consent": self._consent(event, position),
            "left": [self._left(tag, position) for tag in fired],
            "held": [verdict.tag for verdict in verdicts if verdict.payload is None],
            "findings": [self._shown(each.description) for each in run.findings[:_MOST_FINDINGS]],
        }

    def _left(self, tag: str, position: int) -> LeftFor:
        state, why = delivery_state(self._record, tag, position, self._record.serving.dry_run)
        return {"tag": tag, "state": state, "why": self._shown(why)}

    def _value(self, event: Event) -> str:
        """``128.5 EUR``, and how many articles; the order's number says which."""
        amount = " ".join(filter(None, (self._shown(event.get("value")), self._shown(event.get("currency")))))
        order, items = self._shown(event.get("transaction_id")), event.get("items")
        count = f"{len(items)} item{'' if len(items) == 1 else 's'}" if isinstance(items, list) and items else ""
        return " · ".join(filter(None, (amount, order, count)))

    def _consent(self, event: Event, position: int) -> dict[str, str]:
        record = self._record
        shared = record.serving.assembled.container.shared
        return dict(Context(record.request, record.run.client or "", event, position, shared).consent)

    def _shown(self, value: object) -> str:
        return _short(self._privacy.text(_text(value)))


def _client_id(event: EventRun) -> str:
    return _text(event.event.get("client_id"))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
