"""A text seen through its percent-encoding: how it reads once everything is decoded, and where each character stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final, TypeAlias

Span: TypeAlias = tuple[int, int]

DEEPEST: Final = 5
"""How often a text may be encoded and still be seen through."""

_ESCAPE = re.compile(
    r"%[0-7][0-9A-F]|%[CD][0-9A-F]%[89AB][0-9A-F]|%E[0-9A-F](?:%[89AB][0-9A-F]){2}|%F[0-4](?:%[89AB][0-9A-F]){3}",
    re.ASCII | re.IGNORECASE,
)
_ASCII = {f"%{high}{low}": chr(int(high + low, 16)) for high in "01234567" for low in "0123456789abcdefABCDEF"}


class View:
    """A text after some rounds of percent-decoding, with a map back to the raw text.

    ``starts`` has one entry more than ``text``: where, in the raw text, each character starts.
    Only an escape that gives a whole character of UTF-8 is one; ``100% sure`` and ``%FF`` stand for themselves.
    """

    __slots__ = ("raw", "starts", "text")

    def __init__(self, raw: str, text: str, starts: Sequence[int]) -> None:
        self.raw = raw
        self.text = text
        self.starts = starts

    def deeper(self) -> View:
        """The text decoded once more; the same object where there is nothing to decode."""
        if "%" not in self.text:
            return self
        pieces: list[str] = []
        starts: list[int] = []
        at = 0
        for found in _ESCAPE.finditer(self.text):
            start, end = found.span()
            character = _ASCII.get(found[0]) or _beyond_ascii(found[0])
            if character:
                if start > at:
                    pieces.append(self.text[at:start])
                    starts += self.starts[at:start]
                pieces.append(character)
                starts.append(self.starts[start])
                at = end
        if not pieces:
            return self
        return View(self.raw, "".join([*pieces, self.text[at:]]), [*starts, *self.starts[at:]])

    def depth(self, at: int) -> int:
        """How often the character is encoded in the raw text; known of ASCII characters only, 0 for any other."""
        return (self.starts[at + 1] - self.starts[at]) // 2 if self.text[at].isascii() else 0

    def deepest(self, start: int, end: int) -> int:
        """How often the most often encoded of these characters is encoded."""
        return max(map(self.depth, range(start, end))) if self.text is not self.raw else 0

    def replaced(self, changes: Iterable[tuple[Span, str]]) -> str:
        """The raw text with other texts in these spans of the decoded one, which come in order and do not overlap."""
        pieces: list[str] = []
        at = 0
        for (start, end), new in changes:
            pieces += self.raw[at : self.starts[start]], new
            at = self.starts[end]
        return "".join([*pieces, self.raw[at:]])


def written(text: str) -> View:
    """The text as it is written."""
    return View(text, text, range(len(text) + 1))


def decoded(text: str) -> View:
    """The text decoded until nothing is left to decode, DEEPEST times at most."""
    return written(text) if "%" not in text else layers(text)[-1]


def layers(text: str) -> list[View]:
    """The text as it is written, then each time decoded once more, down to what ``decoded`` makes of it."""
    view = written(text)
    views = [view]
    for _ in range(DEEPEST):
        below = view.deeper()
        if below is view:
            break
        views.append(below)
        view = below
    return views


def encoded(text: str, times: int) -> str:
    """The text percent-encoded so often, as one piece (``/`` too)."""
    for _ in range(min(times, DEEPEST)):
        text = escaped(text)
    return text


UNRESERVED: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
"""What needs no encoding anywhere in a URL (RFC 3986)."""


def escaped(text: str, plain: bytes = UNRESERVED) -> str:
    """The UTF-8 of the text, percent-encoded but for the bytes that are ``plain``; half a character becomes ``?``.

    One pass over the bytes for each one that occurs and has to be encoded: the fastest way as long as those are few.
    """
    data = text.encode("utf-8", "replace")
    rest = data.translate(None, plain)
    if not rest:
        return text
    others = set(rest)
    if len(others) > _FEW:
        return data.decode("latin-1").translate(_escapes(plain))
    if _PERCENT in others:
        data = data.replace(b"%", b"%25")
        others.remove(_PERCENT)
    for byte in others:
        data = data.replace(*_ESCAPED[byte])
    return data.decode()


_FEW: Final = 40
_PERCENT: Final = ord("%")
_ESCAPED: Final = [(bytes([byte]), b"%%%02X" % byte) for byte in range(256)]


@cache
def _escapes(plain: bytes) -> dict[int, str]:
    return {byte: f"%{byte:02X}" for byte in range(256) if byte not in plain}


def _beyond_ascii(escape: str) -> str | None:
    try:
        return bytes.fromhex(escape.replace("%", "")).decode()
    except UnicodeDecodeError:
        return None
