"""One line of the live page."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TypedDict

from core.unclaimed import PATH, reasons
from server.inspection.browsers import browsers_of
from server.inspection.delivery_state import record_state
from server.inspection.glance import AsItCame, Glance, Masks, Visitor, clipped, glance, masks_of
from server.inspection.marks import Mark, marks_of, most_urgent_marks
from server.inspection.present import clock, day, duration
from server.inspection.script_answer import in_words, is_script, script_answer
from server.observe import Record

_LONGEST_REASON = 120


class LiveLine(TypedDict):
    """One request on the live page, masked. ``number`` rises with time in each worker, ``received_at`` is in microseconds.

    ``state`` and ``why`` are of its deliveries, ``marks`` of each tag, of which ``more_marks`` are not shown. ``reasons`` tell
    why nobody claims it, why its client refused it, or what a script was answered with.
    """

    worker: int
    id: str
    number: int
    received_at: int
    at: str
    date: str
    method: str
    path: str
    client: str | None
    status: int
    took: str
    events: list[str]
    event_count: int
    page: str
    location: str
    visitor: Visitor | None
    value: str
    fired: list[str]
    held: list[str]
    marks: list[Mark]
    more_marks: int
    reasons: list[str]
    state: str
    why: str


class Summary:
    """A record's line and what it is searched by. ``known`` is a glance that was taken before with the same masks."""

    def __init__(self, record: Record, masks: Callable[[Record], Masks] = masks_of, known: Glance | None = None) -> None:
        self._record = record
        self._make_masks = masks
        self._known = known

    @cached_property
    def glance(self) -> Glance:
        """What does not change any more."""
        return self._known or glance(self._record, self._masks)

    @cached_property
    def marks(self) -> list[Mark]:
        """Of every tag that matters, as it is now."""
        return [{**mark, "words": self._masked(mark["words"])} for mark in marks_of(self._record)]

    @property
    def client(self) -> str:
        """Who claimed the request; empty where nobody did."""
        return self._record.run.client or ""

    @property
    def browsers(self) -> list[str]:
        """The names of the marks that its browser carries."""
        return browsers_of(self._record)

    @property
    def reasons(self) -> list[str]:
        """Each client's, where nobody claims the request: first those that tell most. Else why its client refused it.

        Of a script they are what it was answered with, and for whose page.
        """
        run = self._record.run
        if run.client is None:
            told = sorted(reasons(run), key=lambda reason: reason[1].code == PATH)
            return [self._masks.text(f"{name}: {each.why}" if name else each.why) for name, each in told]
        if is_script(self._record):
            return [self._masks.text(each) for each in in_words(script_answer(self._record))]
        return [self._masks.text(each.description) for each in run.findings] if self._record.status >= 400 else []

    def text(self, offset: int = 0) -> str:
        """Everything that is shown, and the values of event data; the time as it is so many microseconds ahead of UTC."""
        record, seen = self._record, self.glance
        marks = [f"{mark['tag']} {mark['words']}" for mark in self.marks]
        visitor = [seen.visitor["id"]] if seen.visitor else []
        shown = [record.request.method, seen.path, self.client, str(record.status), *seen.events, seen.location]
        at = record.request.received_at + offset
        moment = f"{day(at)} {clock(at)}"
        return "\n".join((moment, *shown, *visitor, seen.value, *marks, *self.reasons, self._state[0], seen.data))

    def line(self, worker: int) -> LiveLine:
        """As a page shows it."""
        record, seen = self._record, self.glance
        request, run, (state, why) = record.request, record.run, self._state
        verdicts = [verdict for event in run.events for verdict in event.verdicts]
        fired = dict.fromkeys(verdict.tag for verdict in verdicts if verdict.payload is not None)
        shown = most_urgent_marks(self.marks)
        return {
            "worker": worker,
            "id": request.id,
            "number": record.number,
            "received_at": request.received_at,
            "at": clock(request.received_at),
            "date": day(request.received_at),
            "method": request.method,
            "path": seen.path,
            "client": run.client,
            "status": record.status,
            "took": duration(record.took),
            "events": seen.events,
            "event_count": len(run.events),
            "page": seen.page,
            "location": seen.location,
            "visitor": seen.visitor,
            "value": seen.value,
            "fired": list(fired),
            "held": list(dict.fromkeys(verdict.tag for verdict in verdicts if verdict.tag not in fired)),
            "marks": [{**mark, "words": clipped(mark["words"], _LONGEST_REASON)} for mark in shown],
            "more_marks": len(self.marks) - len(shown),
            "reasons": [clipped(each, _LONGEST_REASON) for each in self.reasons],
            "state": state,
            "why": self._masks.text(why) if why else "",
        }

    @cached_property
    def _masks(self) -> Masks:
        return self._make_masks(self._record)

    @cached_property
    def _state(self) -> tuple[str, str]:
        return record_state(self._record, self._record.serving.dry_run)

    def _masked(self, text: str) -> str:
        """A word without a reason behind it is our own."""
        return self._masks.text(text) if ":" in text else text


def as_it_came(_: Record) -> AsItCame:
    """Masks that hide nothing, for what is not shown."""
    return AsItCame()
