"""Takes texts about a person out of values: patterns, seen through percent-encoding, and query parameters of URLs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from core.expressions.values import LONGEST_TEXT
from core.finders import CALLED_FROM_ABROAD, PATTERNS, PHONE_HINT, REDACTED, Finder
from core.percent import View, decoded, encoded
from core.query_parameters import QueryParameters

DEEPEST_OBJECT: Final = 100
"""What lies below so many objects and lists is replaced as a whole."""


_MARKS: Final[Mapping[str, str]] = {"email": "@", "phone": ""}
_URL_MARKS: Final = "?&#="
_PARAMETER_HINT = re.compile(f"[%{_URL_MARKS}]").search

_BETWEEN = "/?&#="
_PART_OF_URL = re.compile(f"[{_BETWEEN}]").search
_BREAKS = ' \t\n\r"<>'


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
        self._tells = _finders(known) + [CALLED_FROM_ABROAD] * self._phones
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
        if self._hint(text) or (self._phones and len(text) > 7 and PHONE_HINT(text)):
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

    __slots__ = ("_characters", "get", "kept")

    def __init__(self) -> None:
        self.kept: dict[tuple[str, bool, bool], str] = {}
        self.get = self.kept.get
        self._characters = 0

    def put(self, how: tuple[str, bool, bool], redacted: str) -> str:
        """Remembers what became of a text, and gives it back."""
        self._characters += len(how[0]) + len(redacted) + _OF_AN_ENTRY
        if self._characters > MOST_REMEMBERED:
            self.kept.clear()
            self._characters = len(how[0]) + len(redacted) + _OF_AN_ENTRY
        self.kept[how] = redacted
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
    if _stands_alone(view):
        return _with(view.text, finder.replacement, found) if found else view.raw
    return view.replaced(_changes(view, finder, found)) if found else view.raw


def _stands_alone(view: View) -> bool:
    """Whether nothing is encoded, nor has to be: there is neither an escape nor a part of a URL."""
    return view.text is view.raw and not _PART_OF_URL(view.raw)


def _with(text: str, replacement: str, found: Iterable[tuple[int, int]]) -> str:
    pieces: list[str] = []
    before = 0
    for start, end in found:
        if start < end:
            pieces += text[before:start], replacement
            before = end
    return "".join([*pieces, text[before:]])


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
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text
