"""The two halves of percent-encoding, as ``encodeURIComponent`` does it, and a query as names and texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar
from urllib.parse import unquote_to_bytes

from core.percent import UNRESERVED, escaped
from core.query import plain_ampersands
from wire.limits import Limit, OversizedError

Value = TypeVar("Value")

_SHORT = 200
_SAFE = UNRESERVED + b"!*'()"


def remember(function: Callable[[str], Value]) -> Callable[[str], Value]:
    """The same pure function with its latest answers kept. Long texts are worked out anew: they must not fill the memory."""
    remembered = lru_cache(4096)(function)
    return lambda text: remembered(text) if len(text) <= _SHORT else function(text)


class Pairs(NamedTuple):
    """A query: ``texts`` by name, decoded, and by name the ``pieces`` (``name=text``) as they were written.

    A piece is there only where it may leave as it is: wherever it stands in a URL it is read as the name and the text.
    """

    texts: dict[str, str]
    pieces: dict[str, str]

    def overridden(self, line: Pairs) -> Pairs:
        """These pairs but for those of the same names in a line."""
        pieces = {name: piece for name, piece in self.pieces.items() if name not in line.texts}
        return Pairs({**self.texts, **line.texts}, {**pieces, **line.pieces})


def parse(query: str, most: int) -> dict[str, str]:
    """Names and decoded texts of ``read``."""
    return read(query, most).texts


def read(query: str, most: int) -> Pairs:
    """The pairs of a query; the first of a name counts, a bare flag is empty.

    A byte order mark before the first name is none of it, and ``&amp;`` is an ampersand. Raises OversizedError where
    there are more pairs than ``most``.
    """
    if query.count("&") >= most:
        raise OversizedError(Limit.PARAMETERS, f"more than {most} parameters in the URL or on one line")
    query = plain_ampersands(query)
    if query.startswith(_MARKS):
        query = _without_mark(query)
    if not query.isascii():
        query = without_surrogates(query)
    texts: dict[str, str] = {}
    pieces: dict[str, str] = {}
    coded = "+" in query
    for piece in query.split("&"):
        name, _, text = piece.partition("=")
        if "%" in piece or (coded and "+" in piece):
            _add_coded(texts, pieces, name, text)
        elif name not in texts and piece:
            texts[name] = text
            pieces[name] = piece
    return Pairs(texts, pieces if _may_leave(query) else {})


def _add_coded(texts: dict[str, str], pieces: dict[str, str], name: str, text: str) -> None:
    plain = unescape(name.replace("+", " "))
    if plain not in texts:
        texts[plain], sound = _decoded(text.replace("+", " "))
        if sound and plain == name:
            pieces[name] = f"{name}={text}"


def _may_leave(query: str) -> bool:
    """Whether every character is one that a query may have (RFC 3986)."""
    return query.isascii() and not query.encode().translate(None, _OF_A_QUERY)


_OF_A_QUERY = UNRESERVED + b"!$&'()*+,;=:@/?%"

_MARKS = ("\ufeff", "%EF%BB%BF", "%ef%bb%bf", "\xef\xbb\xbf")
"""A byte order mark as a query may have it: as a character, percent-encoded, and as bytes that were taken for latin-1."""


def _without_mark(query: str) -> str:
    return next(query.removeprefix(mark) for mark in _MARKS if query.startswith(mark))


def without_surrogates(text: str) -> str:
    """The text with U+FFFD for every half of a pair that stands alone: those have no UTF-8."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def unescape(text: str) -> str:
    """Percent-decoded UTF-8; bad bytes become U+FFFD."""
    return _decoded(text)[0] if "%" in text else text


@remember
def _decoded(text: str) -> tuple[str, bool]:
    """The decoded text, and whether each ``%`` begins an escape and all of it is UTF-8."""
    # More of them than escapes fill a text: many are none, and those are what the standard library is slow at.
    escapes = text.count("%")
    crowded = len(text) > _SHORT and 3 * escapes > len(text)
    written = text.encode()
    data = _ESCAPES.sub(_decoded_run, written) if crowded else unquote_to_bytes(written)
    try:
        return data.decode(), len(written) - len(data) == 2 * escapes
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace"), False


_ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")


def _decoded_run(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[0].replace(b"%", b"").decode())


def escape(text: str) -> str:
    """Percent-encoded UTF-8; letters, digits and ``-_.!~*'()`` stay."""
    return text if text.isalnum() and text.isascii() else _escape(text)


def _escape(text: str) -> str:
    return _escape_short(text) if len(text) <= _SHORT else _escape_long(text)


def _escape_long(text: str) -> str:
    return escaped(text, _SAFE)


_escape_short = lru_cache(4096)(_escape_long)


def join(parameters: Mapping[str, str]) -> str:
    """The query of these names and texts, encoded."""
    names = [name if name.isalnum() and name.isascii() else _escape(name) for name in parameters]
    texts = [text if text.isalnum() and text.isascii() else _escape(text) for text in parameters.values()]
    return "&".join([f"{name}={text}" for name, text in zip(names, texts, strict=True)])
