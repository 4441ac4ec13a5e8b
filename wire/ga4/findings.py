"""What is odd in the hits of one request, for whoever wonders why a value is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.redaction import Redaction
from core.types import Finding
from wire.ga4.numbers import is_numeral

MOST: Final = 25
"""Findings of one request that are kept: the first of each place and code."""

_LONGEST_NAME: Final = 60
_LONGEST_VALUE: Final = 40
_LOOKED_AT: Final = 1000
_WITHOUT_PEOPLE: Final = Redaction(("email", "phone"), ()).value


class Findings:
    """Collects what is odd in one request. As long as nothing is, it holds nothing."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Finding] | None = None

    def add(self, place: str, code: str, why: str, value: str = "") -> None:
        """Keeps a finding. ``place`` is the name of a parameter, a part of the request, or empty.

        ``why`` may hold ``{place}`` and ``{value}``, which is shown cut, and without e-mail addresses and telephone numbers.
        """
        kept = self._kept = {} if self._kept is None else self._kept
        place = _cut(place, _LONGEST_NAME)
        if len(kept) < MOST and (place, code) not in kept:
            kept[place, code] = Finding(place, why.format(place=place, value=_shown(value)), code)

    @property
    def none(self) -> bool:
        """Whether nothing odd was found yet."""
        return self._kept is None

    def forget(self) -> None:
        """Nothing of it is told."""
        self._kept = None

    def take(self, others: Findings) -> None:
        """Keeps what another has kept, as far as there is room."""
        for (place, code), finding in (others._kept or {}).items():
            kept = self._kept = {} if self._kept is None else self._kept
            if len(kept) < MOST:
                kept.setdefault((place, code), finding)

    def not_a_number(self, name: str, text: str) -> None:
        """A parameter that is a number by its name or its place, and is none, or one that no number can hold."""
        self.add(name, "NOT_A_NUMBER", _TOO_LONG if is_numeral(text) else _NO_NUMBER, text)

    def not_an_address(self, name: str, text: str) -> None:
        """An address of a visitor that is none. Only a word is repeated: anything else may have an address in it."""
        why = (
            "{place} is {value}, which is no IP address."
            if text.isalpha()
            else "{place} holds something else than an IP address."
        )
        self.add(name, "NOT_AN_ADDRESS", f"{why} It counts as not given.", text)

    @property
    def told(self) -> Sequence[Finding]:
        """What was found, in the order in which it was."""
        return () if self._kept is None else tuple(self._kept.values())


_NO_NUMBER: Final = "{place} is {value}, which is no number. A number such as 4245.42 was expected; it is kept as a text."

_TOO_LONG: Final = "{place} is {value}, which no number can hold exactly. It is kept as a text."


def _shown(text: str) -> str:
    return f"[{_cut(str(_WITHOUT_PEOPLE(text[:_LOOKED_AT])), _LONGEST_VALUE)}]" if text else "empty"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"
