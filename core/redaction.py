"""Takes texts about a person out of values: patterns, seen through percent-encoding, and query parameters of URLs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
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

    Without a match of ``hint``, which is quicker, there is none of the pattern. A match in a text, from here to there, counts
    where it ``fits``.
    """

    pattern: Any
    group: int = 0
    replacement: str = REDACTED
    hint: Callable[[str], object] = bool
    fits: Callable[[str, int, int], bool] | None = None

    def found(self, text: str) -> list[tuple[int, int]] | None:
        """Where something is to be replaced; None where there is too much of it. The text is one that RE2 can read."""
        matches = list(islice(self.pattern.finditer(text), MOST_MATCHES + 1))
        spans = [match.span(self.group) for match in matches]
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

_PHONE_HINT = re.compile(r"[+(0](?<!\w[+0])[0-9 +()./\u00a0\u2010-\u2013-]{7}").search
_EMAIL_HINT = re.compile("@").search
_USER_OF_URL_HINT = re.compile(r"//[^/?#&=\s]+@").search


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
        Finder(re2.compile(rf"[\pL\pN_+-][\pL\pN\pM_.+'’-]*@{_DOMAIN}"), hint=_EMAIL_HINT),
    ),
    "phone": (
        Finder(re2.compile(rf"\B\+[1-9](?:{_GAP}{{0,3}}\d){{7,14}}{_MORE}"), hint=_PHONE_HINT, fits=_no_decimal),
        Finder(
            re2.compile(rf"(?:^|[^\w.#-])(\(?{_AREA}\)?[ +()\x{{a0}}{_DASHES}]{{1,3}}\d{_DIGITS}{_MORE})"),
            1,
            hint=_PHONE_HINT,
            fits=_no_part_of_a_name,
        ),
        Finder(re2.compile(rf"(?:^|[^\w./#-])({_AREA} ?/ ?\d{_DIGITS}{_MORE})"), 1, hint=_PHONE_HINT),
        Finder(re2.compile(rf"(?:^|[^\w.#-])(0[1-9](?:{_PAIRS})\b)"), 1, hint=_PHONE_HINT, fits=_no_more_pairs),
        Finder(re2.compile(rf"\([2-9]\d\d\) ?\d{{3}}[ .-]\d{{4}}{_MORE}"), hint=_PHONE_HINT),
    ),
}
"""What is known by name. The host of a URL stays when the e-mail address before it goes with its ``@``."""

_CALLED_FROM_ABROAD = Finder(re2.compile(rf"^\s*(\+[1-9](?:{_GAP}{{0,3}}\d){{7,14}})\s*$"), 1, fits=_no_decimal)
"""A telephone number that no id looks like by chance."""

_MARKS: Final[Mapping[str, str]] = {"email": "@", "phone": ""}
_URL_MARKS: Final = "?&#="
_PARAMETER_HINT = re.compile(f"[%{_URL_MARKS}]").search

_BETWEEN = "/?&#="
_BREAKS = ' \t\n\r"<>'


def compile_finder(pattern: str, replacement: str) -> Finder:
    """A pattern of the file. Raises ValueError with the reason, also for one that fits the empty text everywhere."""
    compiled = compile_pattern(pattern)
    if compiled.fullmatch(""):
        raise ValueError(f"the pattern {pattern!r} fits the empty text too, which is everywhere")
    return Finder(compiled, 0, replacement)


class Redaction:
    """What is taken out: known patterns by name, patterns of the file, query parameters. The parameters go first.

    ``spared`` says of a key that ``phone`` leaves alone what stands under it. Under a key of ``visitors`` stands an id that
    tells visitors apart: where a pattern known by name finds somebody in it, a hash takes the place of the whole.
    """

    __slots__ = (
        *("_finders", "_finders_of_spared", "_hint", "_parameters", "_phones"),
        *("_remembered", "_spared", "_tells", "_visitors"),
    )

    def __init__(
        self,
        patterns: Iterable[str | Finder],
        parameters: Iterable[str],
        spared: Callable[[str], bool] | None = None,
        visitors: Iterable[str] = (),
    ) -> None:
        names = list(patterns)
        self._remembered = Remembered()
        self._finders = _finders(names)
        self._finders_of_spared = _finders(name for name in names if name != "phone")
        self._spared = spared or _nothing
        self._visitors = frozenset(visitors)
        self._phones = "phone" in names
        known = [name for name in names if name == "email" or (name == "phone" and spared is None)]
        self._tells = _finders(known) + [_CALLED_FROM_ABROAD] * self._phones
        wanted = frozenset(parameters)
        self._parameters = QueryParameters(wanted) if wanted else None
        own = any(not isinstance(name, str) for name in names)
        marks = "%" + "".join(_MARKS[name] for name in names if isinstance(name, str)) + (_URL_MARKS if wanted else "")
        self._hint = re.compile("" if own else f"[{marks}]").search

    def value(self, value: Any, key: str = "", depth: int = 0) -> Any:
        """The value that stands under ``key``, with every text in it redacted, keys as they are; the same object if unchanged."""
        kind = type(value)
        if kind is str:
            return self._text(value, key)
        if kind is not dict and kind is not list:
            return value
        if depth > DEEPEST_OBJECT:
            return REDACTED
        changed = value
        entries: Iterable[tuple[Any, Any]] = value.items() if kind is dict else enumerate(value)
        for at, item in entries:
            new = self.value(item, at if kind is dict else key, depth + 1)
            if new is not item:
                changed = value.copy() if changed is value else changed
                changed[at] = new
        return changed

    def _text(self, text: str, key: str) -> str:
        # A look at every text, which nearly all of them pass: one character class after the other is the fastest there is.
        if self._hint(text) or (self._phones and len(text) > 7 and _PHONE_HINT(text)):
            how = (text, self._spared(key), key in self._visitors)
            redacted = self._remembered.get(how)
            if redacted is None:
                redacted = self._remembered.put(how, self._redacted(*how))
            return text if redacted == text else redacted
        return text

    def _redacted(self, text: str, is_spared: bool, of_visitor: bool) -> str:
        finders = self._finders_of_spared if is_spared else self._finders
        if of_visitor and (hash := self._stand_in(text)):
            return hash
        if not finders and not self._parameters:
            return text
        if len(text) > LONGEST_TEXT:
            return REDACTED
        view = self._parameters.remove(text) if self._parameters and _PARAMETER_HINT(text) else decoded(text)
        nothing: object = None
        for finder in finders:
            # Finders of one kind have one hint, and stand side by side.
            if finder.hint is nothing:
                continue
            if not finder.hint(view.text):
                nothing = finder.hint
                continue
            new = _replaced(view, finder)
            view = view if new is view.raw else decoded(new)
        return text if view.raw == text else view.raw

    def _stand_in(self, text: str) -> str:
        """A hash, the same however one address or number is written; ``""`` where the text tells of nobody."""
        plain = decoded(text).text if len(text) <= LONGEST_TEXT else ""
        whole = _whole(plain)
        if not any(finder.hint(whole) and finder.found(whole) != [] for finder in self._tells):
            return ""
        return stand_in(plain)


class Remembered:
    """What has become of the latest texts: events of one request, and tags, share most of theirs.

    A text that was looked at is not looked at again; once there are too many, all are forgotten.
    """

    __slots__ = ("_characters", "_known", "get")

    def __init__(self) -> None:
        self._known: dict[tuple[str, bool, bool], str] = {}
        self._characters = 0
        self.get = self._known.get

    def put(self, how: tuple[str, bool, bool], redacted: str) -> str:
        """Remembers what became of a text, and gives it back."""
        self._characters += len(how[0]) + len(redacted) + _OF_AN_ENTRY
        if self._characters > MOST_REMEMBERED:
            self._known.clear()
            self._characters = len(how[0]) + len(redacted) + _OF_AN_ENTRY
        self._known[how] = redacted
        return redacted


MOST_REMEMBERED: Final = 1 << 20
"""Characters of texts that are remembered, and of what became of them."""

_OF_AN_ENTRY: Final = 200


def stand_in(text: str) -> str:
    """The hash of an address or a number in the place of an id. Capitals, spaces and ``mailto:`` make no difference."""
    normal = "".join(text.lower().split()).removeprefix("mailto:")
    return sha256(normal.encode("utf-8", "replace")).hexdigest()


def _nothing(key: str) -> bool:  # noqa: ARG001  whatever the key
    return False


def _finders(names: Iterable[str | Finder]) -> list[Finder]:
    return [finder for name in names for finder in (PATTERNS[name] if isinstance(name, str) else [name])]


def _replaced(view: View, finder: Finder) -> str:
    found = finder.found(_whole(view.text))
    if found is None:
        return finder.replacement or REDACTED
    return view.replaced(_changes(view, finder, found)) if found else view.raw


def _changes(view: View, finder: Finder, found: Iterable[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], str]]:
    """The matches, each with what replaces it, encoded as often as its surroundings ask for."""
    before, least = 0, 0
    for start, end in found:
        if start < end:
            least = _depth_after(view, before, start, least)
            times = max(least, view.deepest(start, end))
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
