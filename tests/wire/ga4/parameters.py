"""What pieces of a query say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.secret import SealedText
from wire.ga4.encode import Encoded
from wire.ga4.query import unescape
from wire.ga4.values import Text


def texts(pieces: Mapping[str, Text]) -> dict[str, Any]:
    """The decoded text of each piece, by the name that it is kept under, which is its own."""
    return {name: _text(name, piece) for name, piece in pieces.items()}


def all_texts(encoded: Encoded) -> dict[str, Any]:
    """The texts of every place."""
    return {name: text for place in encoded for name, text in texts(place).items()}


def _text(name: str, piece: Text) -> Any:
    first = piece if isinstance(piece, str) else piece.parts[0]
    assert isinstance(first, str)
    written, _, text = first.partition("=")
    assert unescape(written) == name
    if isinstance(piece, str):
        return unescape(text)
    return SealedText(tuple(part for part in (text, *piece.parts[1:]) if part))
