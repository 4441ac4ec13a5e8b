"""What of a request somebody looks at: which event, which tab, which tag. Whoever asks may ask for anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

TABS: Final = ("tags", "data", "variables", "request", "consent", "reply", "test")
"""In the order in which they stand."""

OF_EVENTS: Final = frozenset({"tags", "data", "variables", "consent"})
"""Those that speak of one event, and so of nothing where there is none."""

_FURTHEST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class View:
    """``event`` counts from 1. ``tag`` is the one that is told in full, ``text`` a part that is asked for as plain text.

    With ``only_title`` nothing but the head of the page is asked for.
    """

    event: int = 1
    tab: str = ""
    tag: str = ""
    text: str = ""
    only_title: bool = False

    @staticmethod
    def of(asked: Mapping[str, Any]) -> View:
        """The view of a command; what it does not say, or says amiss, is as at first."""
        number = str(asked.get("event") or "")
        event = int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 1
        tab = asked.get("tab")
        return View(
            max(1, min(event, _FURTHEST)),
            tab if tab in TABS else "",
            str(asked.get("tag") or ""),
            str(asked.get("text") or ""),
            asked.get("only_title") is True,
        )

    def within(self, events: int) -> View:
        """The same for a request of so many events: an event that there is, and a tab that has something to tell."""
        tabs = tabs_of(events)
        return View(min(self.event, max(1, events)), self.tab if self.tab in tabs else tabs[0], self.tag, self.text)


def tabs_of(events: int) -> list[str]:
    """The tabs of a request of so many events."""
    return [tab for tab in TABS if events or tab not in OF_EVENTS]
