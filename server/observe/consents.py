"""What the events that came said of consent, counted by the text that says it, and read only when somebody looks."""

from __future__ import annotations

from collections import Counter
from typing import Final, TypeAlias

from core.types import Event
from wire.consent import TYPES, consent_of, read_gcd

MOST_TEXTS: Final = 200
"""Wordings that are counted each by itself: visitors make them up. Of those that come later the meaning is."""

Split: TypeAlias = Counter[tuple[str, str]]
"""Events by the type of consent, and what they say of it: granted, denied or unset."""


class Consents:
    """Of one worker. What the file's ``consent`` fills in is not counted: these are the words of the events."""

    def __init__(self) -> None:
        self._texts: dict[str, int] = {}
        """By ``gcd``: well-formed ones, of events that have no other word on it."""
        self._read: Counter[tuple[str, ...]] = Counter()
        """By what it comes to for each of ``TYPES``."""

    def note(self, event: Event) -> None:
        """One event."""
        texts, text = self._texts, event.get("x-ga-gcd")
        if type(text) is str and text in texts and "x-mp-consent" not in event:
            texts[text] += 1
        elif self._has_room_for(text, event):
            texts[str(text)] = 1
        else:
            said = consent_of(event)
            self._read[tuple([said[kind] for kind in TYPES])] += 1

    def _has_room_for(self, text: object, event: Event) -> bool:
        there_is_room = len(self._texts) < MOST_TEXTS and "x-mp-consent" not in event
        return there_is_room and isinstance(text, str) and read_gcd(text) is not None

    def split(self) -> Split:
        """All of them, by type and state."""
        found: Split = Counter()
        meanings = [(consent_of({"x-ga-gcd": text}), number) for text, number in self._texts.items()]
        meanings += [(dict(zip(TYPES, states, strict=True)), number) for states, number in self._read.items()]
        for said, number in meanings:
            for kind, state in said.items():
                found[kind, state] += number
        return found
