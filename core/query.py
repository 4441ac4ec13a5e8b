"""Queries as names and values; their ampersands somebody may have escaped for HTML, as e-mail programs and templates do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

_ESCAPED: Final = re.compile(r"&(?:(?:amp|#0{0,6}38|#x0{0,6}26);)+", re.ASCII | re.IGNORECASE)


def plain_ampersands(query: str) -> str:
    """The query with ``&`` for ``&amp;``, ``&#38;`` and ``&#x26;``, also where one was escaped again (``&amp;amp;``).

    Nothing else in a query is taken for HTML: a ``;`` in a value, or one that is percent-encoded, stays.
    """
    return _ESCAPED.sub("&", query) if ";" in query else query


def plain_name(name: str) -> str:
    """A name without what is left of such an ampersand where the query was split as it is written (``amp;tid``)."""
    return plain_ampersands(f"&{name}")[1:] if ";" in name else name


def parse_pairs(pieces: Iterable[str]) -> dict[str, str]:
    """``["a=1", "b"]`` as ``{"a": "1", "b": ""}``, percent-decoded: first of a name wins, bad UTF-8 becomes U+FFFD."""
    pairs: dict[str, str] = {}
    for piece in pieces:
        if piece:
            name, _, value = piece.partition("=")
            pairs.setdefault(unquote(name), unquote(value))
    return pairs
