"""The head of a request's page: what happened in a sentence, its events in a line each, and which tabs there are."""

from __future__ import annotations

from typing import Any, Final, TypedDict

from core.container import EventRun, Run
from server.inspection.delivery_state import NOTHING, delivery_state, most_urgent, record_state
from server.inspection.incoming import address, place
from server.inspection.look import Look
from server.inspection.present import duration, moment
from server.inspection.view import View, tabs_of

MOST_EVENTS: Final = 50
"""Events that are listed at a time, around the one that is looked at."""

_LONGEST_NAME: Final = 100
_GIST: Final = ("event_name", "page_location", "value", "currency", "transaction_id")


class EventLine(TypedDict):
    """An event: how many tags fired, of how many, and where its deliveries stand."""

    number: int
    name: str
    fired: int
    tags: int
    state: str


class Viewed(TypedDict):
    """What is looked at: the event by its number, the tab, and the tag that is open."""

    event: int
    tab: str
    tag: str


class Outline(TypedDict):
    """``events`` are those around the one that is looked at, of ``count``; ``visitor`` is that event's client id.

    ``gist`` says what that event is about, in a few words each.
    """

    worker: int
    id: str
    at: str
    received_at: int
    took: str | None
    revealed: bool
    tried: bool
    state: str
    why: str
    summary: str
    method: str
    path: str
    ip: str | None
    geo: str | None
    visitor: str
    gist: list[str]
    skipped: int
    findings: int
    variables: int
    status: int
    count: int
    events: list[EventLine]
    tabs: list[str]
    view: Viewed


def outline(look: Look, view: View) -> Outline:
    """The head for a view that is within the request."""
    record, run, privacy = look.record, look.run, look.privacy
    state, why = record_state(record, look.dry)
    return {
        "worker": look.worker,
        "id": record.request.id,
        "at": moment(record.request.received_at),
        "received_at": record.request.received_at,
        "took": None if look.tried else duration(record.took),
        "revealed": look.reveal,
        "tried": look.tried,
        "state": state,
        "why": privacy.text(why),
        "summary": summary(run),
        "method": privacy.text(record.request.method),
        "path": privacy.text(look.came.path),
        "ip": address(look),
        "geo": place(look),
        "visitor": _visitor(look, view),
        "gist": _gist(look, view),
        "skipped": run.skipped,
        "findings": len(run.findings),
        "variables": len(look.serving.settings.variables),
        "status": record.status,
        "count": len(run.events),
        "events": _lines(look, view),
        "tabs": tabs_of(len(run.events)),
        "view": {"event": view.event, "tab": view.tab, "tag": view.tag},
    }


def summary(run: Run) -> str:
    """``Claimed by web; 1 event; 3 of 7 tags fired.``"""
    if run.client is None:
        return f"It is a probe ({run.probe}), which no client claims." if run.probe else "No client claims it."
    events = f"{len(run.events)} event{'' if len(run.events) == 1 else 's'}"
    verdicts = [verdict for event in run.events for verdict in event.verdicts]
    fired = sum(verdict.payload is not None for verdict in verdicts)
    tags = f"; {fired} of {len(verdicts)} {'tag' if len(verdicts) == 1 else 'tags'} fired" if verdicts else ""
    return f"Claimed by {run.client}; {events}{tags}."


def _visitor(look: Look, view: View) -> str:
    """Empty where the event has none, or one that may not be shown."""
    events = look.run.events
    said = str(events[view.event - 1].event.get("client_id", "")) if events else ""
    return said if len(said) <= _LONGEST_NAME and look.privacy.named("client_id", said) == said else ""


def _gist(look: Look, view: View) -> list[str]:
    """Its name, its page, what it is worth, and the order."""
    if not look.run.events:
        return []
    event: dict[str, Any] = look.privacy.value({key: look.run.events[view.event - 1].event.get(key) for key in _GIST})
    name, page, worth, currency, order = (str(event[key])[:_LONGEST_NAME] if event[key] is not None else "" for key in _GIST)
    return [word for word in (name or "(no name)", page, f"{worth} {currency}".strip() if worth else "", order) if word]


def _lines(look: Look, view: View) -> list[EventLine]:
    events = look.run.events
    first = max(0, min(view.event - 1 - MOST_EVENTS // 2, len(events) - MOST_EVENTS))
    return [_line(look, at, events[at]) for at in range(first, min(first + MOST_EVENTS, len(events)))]


def _line(look: Look, position: int, event: EventRun) -> EventLine:
    fired = [verdict.tag for verdict in event.verdicts if verdict.payload is not None]
    state, _ = most_urgent(delivery_state(look.record, tag, position, look.dry) for tag in fired)
    failed = any(verdict.held == "failed" for verdict in event.verdicts)
    return {
        "number": position + 1,
        "name": look.privacy.text(str(event.event.get("event_name", "")))[:_LONGEST_NAME],
        "fired": len(fired),
        "tags": len(event.verdicts),
        "state": "failed" if failed and state == NOTHING else state,
    }
