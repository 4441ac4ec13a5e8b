"""Finds texts about a person: e-mail addresses and telephone numbers by patterns known by name, and patterns of the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import re2

from core.expressions.predicates import compile_pattern

REDACTED: Final = "[redacted]"

MOST_MATCHES: Final = 100
"""A text in which one pattern is found more often is replaced as a whole: each match may cost a look at all that follows."""

SHORT: Final = 64
"""Characters of a text in which a pattern may look for a match from each of them on to the end."""


@dataclass(frozen=True, slots=True)
class Finder:
    """A compiled RE2 pattern, which of its groups goes (0: the whole match), and what comes in its place.

    Without a match of ``hint``, which is quicker, there is none of the pattern. A match in a text, from here to there, counts
    where it ``fits``. In a SHORT text of ASCII ``short`` finds the same, and is quicker: there its time does not matter.
    """

    pattern: Any
    group: int = 0
    replacement: str = REDACTED
    hint: Callable[[str], object] = bool
    fits: Callable[[str, int, int], bool] | None = None
    short: re.Pattern[str] | None = None

    def found(self, text: str) -> list[tuple[int, int]] | None:
        """Where something is to be replaced; None where there is too much of it. The text is one that RE2 can read."""
        pattern = self.short if self.short and len(text) <= SHORT and text.isascii() else self.pattern
        spans = [match.span(self.group) for match in islice(pattern.finditer(text), MOST_MATCHES + 1)]
        if len(spans) > MOST_MATCHES:
            return None
        fits = self.fits
        return [(start, end) for start, end in spans if fits(text, start, end)] if fits else spans


_DOMAIN = r"(?:[\pL\pN][\pL\pN\pM-]*\.)+\pL[\pL\pN\pM-]*"
_AREA = r"00?[1-9]\d{1,4}"
_DASHES = r"\x{2010}-\x{2013}-"
_GAP = rf"[ +()./\x{{a0}}{_DASHES}]"
_DIGITS = rf"(?:[ +()/\x{{a0}}{_DASHES}]{{0,3}}\d){{4,10}}"
# Groups of digits that follow go along: no part of a second number is left behind the first.
_MORE = rf"\b(?:{_GAP}{{1,3}}\d+)*\b"

_PAIRS = "|".join(rf"(?:{gap}\d\d){{4}}(?:{gap}0[1-9](?:{gap}\d\d){{4}})*" for gap in (" ", r"\x{a0}", r"\.", "-"))

# What is a letter or a space is asked as RE2 does, which knows those of ASCII: a hint must let through all that a pattern finds.
PHONE_HINT = re.compile(r"[+(0](?<!\w[+0])[0-9 +()./\u00a0\u2010-\u2013-]{7}", re.ASCII).search
_EMAIL_HINT = re.compile("@").search
_USER_OF_URL_HINT = re.compile(r"//[^/?#&=\t\n\f\r ]+@").search


def _no_decimal(text: str, start: int, end: int) -> bool:
    """``+52.520008`` is a coordinate; a number written with one dot, ``+49.1701234567``, has more digits."""
    whole, dot, rest = text[start + 1 : end].partition(".")
    return not (dot and whole.isdigit() and rest.isdigit() and len(whole + rest) < 10)


def _no_part_of_a_name(text: str, start: int, end: int) -> bool:
    """Digits joined without a space are no number in the path of a URL, nor where a word goes on: ``0815-47110-bolt``."""
    if not _SPACED.isdisjoint(text[start:end]):
        return True
    in_path = text[start - 1 : start] == "/" and not text.endswith("://", 0, start)
    return not in_path and not (text[end : end + 1] in _JOINTS and text[end + 1 : end + 2].isalpha())


def _no_more_pairs(text: str, start: int, end: int) -> bool:  # noqa: ARG001
    """Five pairs are a number, six are a list."""
    return not (text[end : end + 1] in _GAPS and text[end + 1 : end + 2].isdigit())


_SPACED = frozenset(" \u00a0()")
_JOINTS = frozenset("-.")
_GAPS = frozenset(" \u00a0.-")

PATTERNS: Final[Mapping[str, tuple[Finder, ...]]] = {
    "email": (
        Finder(re2.compile(rf"//([^/?#&=\s]+@){_DOMAIN}"), 1, "", _USER_OF_URL_HINT),
        Finder(
            re2.compile(rf"[\pL\pN_+-][\pL\pN\pM_.+'’-]*@{_DOMAIN}"),
            hint=_EMAIL_HINT,
            short=re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9_.+'-]*@(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z][A-Za-z0-9-]*"),
        ),
    ),
    "phone": (
        Finder(re2.compile(rf"\B\+[1-9](?:{_GAP}{{0,3}}\d){{7,14}}{_MORE}"), hint=PHONE_HINT, fits=_no_decimal),
        Finder(
            re2.compile(rf"(?:^|[^\w.#-])(\(?{_AREA}\)?[ +()\x{{a0}}{_DASHES}]{{1,3}}\d{_DIGITS}{_MORE})"),
            1,
            hint=PHONE_HINT,
            fits=_no_part_of_a_name,
        ),
        Finder(re2.compile(rf"(?:^|[^\w./#-])({_AREA} ?/ ?\d{_DIGITS}{_MORE})"), 1, hint=PHONE_HINT),
        Finder(re2.compile(rf"(?:^|[^\w.#-])(0[1-9](?:{_PAIRS})\b)"), 1, hint=PHONE_HINT, fits=_no_more_pairs),
        Finder(re2.compile(rf"\([2-9]\d\d\) ?\d{{3}}[ .-]\d{{4}}{_MORE}"), hint=PHONE_HINT),
    ),
}
"""What is known by name. The host of a URL stays when the e-mail address before it goes with its ``@``."""

CALLED_FROM_ABROAD = Finder(re2.compile(rf"^\s*(\+[1-9](?:{_GAP}{{0,3}}\d){{7,14}})\s*$"), 1, fits=_no_decimal)
"""A telephone number that no id looks like by chance."""


def compile_finder(pattern: str, replacement: str) -> Finder:
    """A pattern of the file. Raises ValueError with the reason, also for one that fits the empty text everywhere."""
    compiled = compile_pattern(pattern)
    if compiled.fullmatch(""):
        raise ValueError(f"the pattern {pattern!r} fits the empty text too, which is everywhere")
    return Finder(compiled, 0, replacement)
