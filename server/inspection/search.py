"""Which requests are shown: the views, the filters, and the words that are searched for. Each is a row of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.types import HeldBack
from server.inspection.delivery_state import record_state
from server.inspection.script_answer import is_script
from server.inspection.summary import Summary
from server.observe import Record

WORDS: Final = "q"
"""The name of the words, each of which must be in what is shown or in the event data."""

OFFSET: Final = "offset"
"""The name of the minutes that the viewer's clock is ahead of UTC: a time is found as the page shows it."""

_FURTHEST: Final = 24 * 60
_FAILED: Final = frozenset({"refused", "dead", "failed"})
_LONGEST: Final = 200
"""Characters of what is searched for that are looked at."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Its ``label`` on the page, and the ``text`` of a request in which what is typed must be, or a ``whole`` line of it."""

    label: str
    text: Callable[[Summary], str]
    whole: bool = False


FILTERS: Final[Mapping[str, Filter]] = {
    "event": Filter("Event", lambda summary: "\n".join(summary.glance.events)),
    "page": Filter("Page", lambda summary: summary.glance.location or summary.glance.path),
    "client_id": Filter("Client id", lambda summary: summary.glance.visitor["id"] if summary.glance.visitor else ""),
    "tag": Filter("Tag", lambda summary: "\n".join(mark["tag"] for mark in summary.marks)),
    "client": Filter("Client", lambda summary: summary.client),
    "browser": Filter("Browser", lambda summary: "\n".join(summary.browsers), whole=True),
}
"""What requests may be chosen by beside words, by their names in an address."""


ASKED: Final = ("view", WORDS, OFFSET, *FILTERS)
"""Everything that an address may ask for."""


def is_failure(record: Record) -> bool:
    """Whether somebody has to look after it. What nobody claims is a matter of its own."""
    run = record.run
    if run.client is None:
        return False
    if record.status >= 400 or run.failures or record_state(record, record.serving.dry_run)[0] in _FAILED:
        return True
    return any(verdict.held is HeldBack.FAILED for event in run.events for verdict in event.verdicts)


@dataclass(frozen=True, slots=True)
class View:
    """Its ``label`` on the page, and which records belong to it."""

    label: str
    holds: Callable[[Record], bool]


VIEWS: Final[Mapping[str, View]] = {
    "": View("All", lambda record: not is_script(record)),
    "failures": View("Failures", is_failure),
    "unclaimed": View("Unclaimed", lambda record: record.run.client is None),
    "scripts": View("Scripts", is_script),
}
"""The views of the live page by their names in its address; the one without a name is that of all that tell of events."""


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody asks for. Texts are in lower case; a filter that is empty is none. ``offset`` is in microseconds."""

    view: str = ""
    words: tuple[str, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    offset: int = 0

    @staticmethod
    def of(asked: Mapping[str, Any]) -> Search:
        """As an address or a command names it; what is no text, and a view that there is not, are not asked for."""
        texts = {name: str(asked.get(name) or "").strip().casefold()[:_LONGEST] for name in (WORDS, *FILTERS)}
        view = str(asked.get("view") or "")
        filters = tuple((name, texts[name]) for name in FILTERS if texts[name])
        return Search(view if view in VIEWS else "", tuple(texts[WORDS].split()), filters, _offset(str(asked.get(OFFSET) or "")))

    @property
    def is_narrow(self) -> bool:
        """Whether it asks for more than a view."""
        return bool(self.words or self.filters)

    def views(self, record: Record) -> bool:
        """Whether the record belongs to the view that is asked for."""
        return VIEWS[self.view].holds(record)

    def finds(self, summary: Summary) -> bool:
        """Whether what is told of a record holds all that is asked for."""
        if not all(_holds(FILTERS[name], summary, value) for name, value in self.filters):
            return False
        text = summary.text(self.offset).casefold() if self.words else ""
        return all(word in text for word in self.words)


def _offset(minutes: str) -> int:
    """In microseconds; 0 where these are no minutes that a clock can be ahead, or behind."""
    digits = minutes.removeprefix("-")
    if not (digits.isdecimal() and digits.isascii() and len(digits) < 5) or int(digits) > _FURTHEST:
        return 0
    return int(minutes) * 60_000_000


def _holds(filter: Filter, summary: Summary, value: str) -> bool:
    text = filter.text(summary).casefold()
    return value in (text.splitlines() if filter.whole else text)
