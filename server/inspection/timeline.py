"""A visitor's events, of all workers, as people read them: sessions, in them pages, in them what happened there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, TypedDict

from server.inspection.visitors import VisitorEvent

UNSET: Final = "unset"
PAGE_VIEW: Final = "page_view"


class Entry(VisitorEvent):
    """One event, and what it says of consent that was not known before."""

    consented: str


class PageShown(TypedDict):
    """The events of one page, in order; ``page`` and ``title`` are empty for those that name none."""

    page: str
    title: str
    entries: list[Entry]


class SessionShown(TypedDict):
    """``id`` and ``number`` are empty where events name no session; ``begins`` and ``ends`` are microseconds."""

    id: str
    number: str
    begins: int
    ends: int
    events: int
    pages: list[PageShown]


def timeline(events: Iterable[VisitorEvent]) -> list[SessionShown]:
    """The sessions, the latest first; their events as they came."""
    ordered = sorted(events, key=lambda each: (each["at"], each["worker"], each["order"]))
    sessions: dict[str, list[Entry]] = {}
    latest = ""
    for entry in _consented(ordered):
        latest = entry["session"] or latest  # what names none, such as a back end's, belongs to what goes on
        sessions.setdefault(latest, []).append(entry)
    shown = [_session(id, entries) for id, entries in sessions.items()]
    return sorted(shown, key=lambda each: -each["begins"])


def _session(id: str, entries: Sequence[Entry]) -> SessionShown:
    return {
        "id": id,
        "number": next((each["session_number"] for each in entries if each["session_number"]), ""),
        "begins": entries[0]["at"],
        "ends": entries[-1]["at"],
        "events": len(entries),
        "pages": list(_pages(entries)),
    }


def _pages(entries: Sequence[Entry]) -> Iterator[PageShown]:
    """A page begins where its address is another, or is viewed once more. What names none stays where it came."""
    numbered, number, page = [], 0, ""
    for entry in entries:
        if entry["page"] and (entry["page"] != page or entry["name"] == PAGE_VIEW):
            number, page = number + 1, entry["page"]
        numbered.append((number, entry))
    for _, group in groupby(numbered, key=lambda each: each[0]):
        its = [entry for _, entry in group]
        titles = (each["title"] for each in its if each["title"])
        yield {"page": next((each["page"] for each in its if each["page"]), ""), "title": next(titles, ""), "entries": its}


def _consented(events: Iterable[VisitorEvent]) -> Iterator[Entry]:
    """With words where consent is told for the first time, or is another than before. Silence changes nothing."""
    known: dict[str, str] = {}
    for event in events:
        said = {kind: state for kind, state in event["consent"].items() if state != UNSET}
        changed = {kind: state for kind, state in said.items() if known.get(kind) != state}
        yield {**event, "consented": _words(changed, whole=len(changed) == len(event["consent"]))}
        known |= said


def _words(changed: Mapping[str, str], *, whole: bool) -> str:
    """``all granted``, or ``granted: analytics_storage; denied: ad_storage``."""
    states = sorted(set(changed.values()), reverse=True)
    if whole and len(states) == 1:
        return f"all {states[0]}"
    kinds = ((state, ", ".join(kind for kind, its in changed.items() if its == state)) for state in states)
    return "; ".join(f"{state}: {names}" for state, names in kinds)
