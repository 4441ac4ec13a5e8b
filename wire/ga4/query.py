"""The two halves of percent-encoding, as ``encodeURIComponent`` does it, and a query as names and texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TypeVar
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


def parse(query: str, most: int) -> dict[str, str]:
    """Names and decoded texts; the first of a name counts, a bare flag is empty. Raises OversizedError as ``split`` does."""
    pairs: dict[str, str] = {}
    for piece in split(query, most):
        name, text = named(piece)
        if name not in pairs and piece:
            pairs[name] = text
    return pairs


def split(query: str, most: int) -> list[str]:
    """The pieces of a query, ``name=text`` as they stand there; of ``&&`` one is empty.

    A byte order mark before the first name is none of it, and ``&amp;`` is an ampersand. Raises OversizedError where
    there are more pieces than ``most``.
    """
    if not query.isascii():
        query = without_surrogates(query)
    if query.startswith(_MARKS):
        query = _without_mark(query)
    pieces = plain_ampersands(query).split("&", most)
    if len(pieces) > most:
        raise OversizedError(Limit.PARAMETERS, f"more than {most} parameters in the URL or on one line")
    return pieces


def named(piece: str) -> tuple[str, str]:
    """The name and the text of a piece, decoded."""
    name, _, text = piece.replace("+", " ").partition("=")
    return unescape(name), unescape(text)


def text_in(pieces: Iterable[str], name: str) -> str | None:
    """The text of the first piece of this name, which has no more than letters."""
    begin = f"{name}="
    for piece in pieces:
        if piece.startswith(begin):
            return unescape(piece[len(begin) :].replace("+", " "))
        if piece == name or ("%" in piece and unescape(piece.partition("=")[0]) == name):
            return named(piece)[1]
    return None


def may_leave(piece: str) -> bool:
    """Whether a piece has only characters that one in a query may have (RFC 3986), but no plus, which may be a space."""
    return piece.isascii() and not piece.encode().translate(None, _OF_A_PIECE)


_OF_A_PIECE = UNRESERVED + b"!$'()*,;=:@/?%"

_MARKS = ("\ufeff", "%EF%BB%BF", "%ef%bb%bf", "\xef\xbb\xbf")
"""A byte order mark as a query may have it: as a character, percent-encoded, and as bytes that were taken for latin-1."""


def _without_mark(query: str) -> str:
    return next(query.removeprefix(mark) for mark in _MARKS if query.startswith(mark))


def without_surrogates(text: str) -> str:
    """The text with U+FFFD for every half of a pair that stands alone: those have no UTF-8."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def unescape(text: str) -> str:
    """Percent-decoded UTF-8; bad bytes become U+FFFD."""
    return decoded(text)[0] if "%" in text else text


@remember
def decoded(text: str) -> tuple[str, bool]:
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
