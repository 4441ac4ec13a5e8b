"""Takes query parameters out of URLs: out of query and fragment, and out of URLs that stand in one another's parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from core.percent import DEEPEST, Span, View, decoded, written
from core.query import plain_name
from core.wildcard import wildcard

_ITEM = re.compile(r"""([?&#])([^?&#=\s"<>]+)|^([^?&#=\s"<>/:]+)(?==)""")
_OPENERS = re.compile(r"""[?#\s"<>]""")
_WHOLE_URL = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?[/?#]", re.ASCII | re.IGNORECASE)
_ENDS = {
    (True, False): re.compile(r"[&#]"),
    (True, True): re.compile(r"&"),
    (False, False): re.compile(r"""[&#\s"<>]"""),
    (False, True): re.compile(r"""[&\s"<>]"""),
}
"""What ends a value, by whether the text is one URL, and by whether the value stands in a fragment."""


class QueryParameters:
    """Parameters by name, with ``*`` for any text; names are compared decoded, and upper case is not lower case.

    A parameter ends at the next ``&``, in a query also at the ``#``; where a URL stands in the midst of words, also at the
    next space, quote or angle bracket. A text that is itself a query (``a=1&b=2``) counts as one.
    """

    __slots__ = ("_names", "_wildcards")

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._wildcards: list[Callable[[str], bool]] = [wildcard(name) for name in self._names if "*" in name]

    def remove(self, text: str) -> View:
        """The text without these parameters, however deep they are encoded, and decoded; the rest keeps its bytes."""
        view = self._without(written(text), 0)
        for times in range(1, DEEPEST + 1):
            below = view.deeper()
            if below is view:
                break
            view = self._without(below, times)
        return view

    def _without(self, view: View, times: int) -> View:
        cuts = list(self._cuts(view))
        return _decoded(view.replaced((cut, "") for cut in cuts), times) if cuts else view

    def _cuts(self, view: View) -> Iterator[Span]:
        """The parameters with the ``&`` between them, in order; the ``?`` or ``#`` goes too where nothing is left behind it."""
        opened: set[int] = set()
        at = 0
        for start, end in _adjoined(self._found(view.text)):
            _note_opened(view, at, start, opened)
            at = start
            yield _tidied(view, start, end, opened)

    def _found(self, text: str) -> Iterator[Span]:
        whole = bool(_WHOLE_URL.match(text))
        end, fragment = 0, -1
        for item in _ITEM.finditer(text):
            if item.start() < end:
                continue
            fragment = item.start() if item[1] == "#" else fragment
            if self._is_named(item, text):
                stop = _ENDS[whole, fragment >= 0].search(text, item.end())
                end = stop.start() if stop else len(text)
                yield item.start(), end

    def _is_named(self, item: re.Match[str], text: str) -> bool:
        if item[1] == "#" and not text.startswith("=", item.end()):
            return False
        name = decoded(item[3] or item[2]).text if "%" in item[0] else item[3] or item[2]
        if ";" in name:
            name = plain_name(name)
        return name in self._names or any(fits(name) for fits in self._wildcards)


def _adjoined(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans of which one ends where the next one starts, as one."""
    start = end = 0
    for next_start, next_end in spans:
        if next_start > end:
            if end:
                yield start, end
            start = next_start
        end = next_end
    if end:
        yield start, end


def _note_opened(view: View, start: int, end: int, opened: set[int]) -> None:
    """At which depths a query has been opened by a ``?``: a second one in the same URL is part of a value."""
    for mark in _OPENERS.finditer(view.text, start, end):
        if mark[0] == "?":
            opened.add(view.depth(mark.start()))
        else:
            opened.clear()


def _tidied(view: View, start: int, end: int, opened: set[int]) -> Span:
    """The span; of what has opened a query, and the ``&`` that ends it, the first is what stays."""
    mark, depth = view.text[start], view.depth(start)
    if mark == "&" or not view.text.startswith("&", end):
        return start, end
    if mark in "?#":
        stays = depth == view.depth(end) and (mark == "#" or depth not in opened)
        return (start + 1, end + 1) if stays else (start, end)
    return start, end + 1


def _decoded(raw: str, times: int) -> View:
    view = written(raw)
    for _ in range(times):
        view = view.deeper()
    return view
