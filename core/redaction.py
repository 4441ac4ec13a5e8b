"""Takes texts about a person out of values: patterns, seen through percent-encoding, and query parameters of URLs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import re2

from core.expressions.predicates import compile_pattern
from core.expressions.values import LONGEST_TEXT
from core.percent import View, decoded, encoded
from core.query_parameters import QueryParameters

REDACTED: Final = "[redacted]"

MOST_MATCHES: Final = 100
"""A text in which one pattern is found more often is replaced as a whole: each match may cost a look at all that follows."""

DEEPEST_OBJECT: Final = 100
"""What lies below so many objects and lists is replaced as a whole."""


@dataclass(frozen=True, slots=True)
class Finder:
    """A compiled RE2 pattern, which of its groups goes (0: the whole match), and what comes in its place.

    Without a match of ``hint``, which is quicker, there is none of the pattern.
    """

    pattern: Any
    group: int = 0
    replacement: str = REDACTED
    hint: Callable[[str], object] = bool


_DOMAIN = r"(?:[\pL\pN][\pL\pN\pM-]*\.)+\pL[\pL\pN\pM-]*"
_AREA = r"00?[1-9]\d{1,4}"
_DASHES = r"\x{2010}-\x{2013}-"
_GAP = rf"[ +()./\x{{a0}}{_DASHES}]"
_DIGITS = rf"(?:[ +()/\x{{a0}}{_DASHES}]{{0,3}}\d){{4,10}}"
# Groups of digits that follow go along: no part of a second number is left behind the first.
_MORE = rf"\b(?:{_GAP}{{1,3}}\d+)*\b"

_PHONE_HINT = re.compile(r"[+(0](?<!\w[+0])[0-9 +()./\u00a0\u2010-\u2013-]{7}").search
_EMAIL_HINT = re.compile("@").search

PATTERNS: Final[Mapping[str, tuple[Finder, ...]]] = {
    "email": (
        Finder(re2.compile(rf"//([^/?#&=\s]+@){_DOMAIN}"), 1, "", _EMAIL_HINT),
        Finder(re2.compile(rf"[\pL\pN_+-][\pL\pN\pM_.+'’-]*@{_DOMAIN}"), hint=_EMAIL_HINT),
    ),
    "phone": (
        Finder(re2.compile(rf"\B\+[1-9](?:{_GAP}{{0,3}}\d){{7,14}}{_MORE}"), hint=_PHONE_HINT),
        Finder(
            re2.compile(rf"(?:^|[^\w.-])(\(?{_AREA}\)?[ +()\x{{a0}}{_DASHES}]{{1,3}}\d{_DIGITS}{_MORE})"), 1, hint=_PHONE_HINT
        ),
        Finder(re2.compile(rf"(?:^|[^\w./-])({_AREA} ?/ ?\d{_DIGITS}{_MORE})"), 1, hint=_PHONE_HINT),
        Finder(re2.compile(r"(?:^|[^\w.-])(0[1-9](?:[ .-]\d\d){4}\b)"), 1, hint=_PHONE_HINT),
        Finder(re2.compile(rf"\([2-9]\d\d\) ?\d{{3}}[ .-]\d{{4}}{_MORE}"), hint=_PHONE_HINT),
    ),
}
"""What is known by name. The host of a URL stays when the e-mail address before it goes with its ``@``."""

_MARKS: Final[Mapping[str, str]] = {"email": "@", "phone": ""}
_URL_MARKS: Final = "?&#="

_BETWEEN = "/?&#="
_BREAKS = ' \t\n\r"<>'


def compile_finder(pattern: str, replacement: str) -> Finder:
    """A pattern of the file. Raises ValueError with the reason, also for one that fits the empty text everywhere."""
    compiled = compile_pattern(pattern)
    if compiled.fullmatch(""):
        raise ValueError(f"the pattern {pattern!r} fits the empty text too, which is everywhere")
    return Finder(compiled, 0, replacement)


class Redaction:
    """What is taken out: known patterns by name, patterns of the file, query parameters. The parameters go first."""

    __slots__ = ("_finders", "_hint", "_parameters", "_phones")

    def __init__(self, patterns: Iterable[str | Finder], parameters: Iterable[str]) -> None:
        names = list(patterns)
        self._finders = [finder for name in names for finder in (PATTERNS[name] if isinstance(name, str) else [name])]
        wanted = frozenset(parameters)
        self._parameters = QueryParameters(wanted) if wanted else None
        own = any(not isinstance(name, str) for name in names)
        marks = "%" + "".join(_MARKS[name] for name in names if isinstance(name, str)) + (_URL_MARKS if wanted else "")
        self._hint = re.compile("" if own else f"[{marks}]").search
        self._phones = "phone" in names

    def value(self, value: Any, depth: int = 0) -> Any:
        """The value with every text in it redacted, keys as they are; the same object where nothing changes."""
        kind = type(value)
        if kind is str:
            return self._text(value)
        if kind is not dict and kind is not list:
            return value
        if depth > DEEPEST_OBJECT:
            return REDACTED
        changed = value
        for key, item in value.items() if kind is dict else enumerate(value):
            new = self.value(item, depth + 1)
            if new is not item:
                changed = value.copy() if changed is value else changed
                changed[key] = new
        return changed

    def _text(self, text: str) -> str:
        # A look at every text, which nearly all of them pass: one character class after the other is the fastest there is.
        if self._hint(text) or (self._phones and len(text) > 7 and _PHONE_HINT(text)):
            return self._redacted(text)
        return text

    def _redacted(self, text: str) -> str:
        if len(text) > LONGEST_TEXT:
            return REDACTED
        view = self._parameters.remove(text) if self._parameters else decoded(text)
        for finder in self._finders:
            new = _replaced(view, finder)
            view = view if new is view.raw else decoded(new)
        return text if view.raw == text else view.raw


def _replaced(view: View, finder: Finder) -> str:
    if not finder.hint(view.text):
        return view.raw
    found = list(islice(finder.pattern.finditer(_whole(view.text)), MOST_MATCHES + 1))
    if not found:
        return view.raw
    if len(found) > MOST_MATCHES:
        return finder.replacement or REDACTED
    return view.replaced(_changes(view, finder, found))


def _changes(view: View, finder: Finder, found: Iterable[Any]) -> Iterator[tuple[tuple[int, int], str]]:
    """The matches, each with what replaces it, encoded as often as its surroundings ask for."""
    before, least = 0, 0
    for match in found:
        start, end = match.span(finder.group)
        if start < end:
            least = _depth_after(view, before, start, least)
            times = max(least, max(map(view.depth, range(start, end))))
            yield (start, end), encoded(finder.replacement, times)
            before = end


def _depth_after(view: View, start: int, end: int, otherwise: int) -> int:
    """How often a text must be encoded to stand behind what separates it from the text before: a space, or part of a URL.

    As often as a space is; once more than a ``/``, ``?``, ``&``, ``#`` or ``=`` is, behind which that text is a URL's part.
    """
    between = max(view.text.rfind(mark, start, end) for mark in _BETWEEN)
    gap = max(view.text.rfind(mark, start, end) for mark in _BREAKS)
    if between > gap:
        return view.depth(between) + 1
    return view.depth(gap) if gap >= 0 else otherwise


def _whole(text: str) -> str:
    """The text as RE2 can read it: half a character, which no UTF-8 has, becomes a question mark."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text
