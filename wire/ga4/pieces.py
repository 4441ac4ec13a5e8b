"""Pieces of a query, ``name=text`` as they leave, and how they are put together. One that holds a secret is a SealedText."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from core.secret import SealedText, SecretValue
from wire.ga4.query import escape
from wire.ga4.values import Text

Pieces: TypeAlias = dict[str, Text]
"""By their names."""


def piece(name: str, text: Text) -> Text:
    """The piece of this name and text. A secret in it is percent-encoded only when it is filled in."""
    if isinstance(text, str):
        return f"{escape(name)}={escape(text)}"
    parts = [escape(part) if isinstance(part, str) else part for part in text.parts]
    return SealedText((f"{escape(name)}=", *parts))


def joined(pieces: Iterable[Text]) -> Text:
    """The pieces with ``&`` between them."""
    texts = list(pieces)
    try:
        return "&".join(texts)  # type: ignore[arg-type]  # a SealedText among them is the error that is caught
    except TypeError:
        return _sealed(texts)


def _sealed(texts: list[Text]) -> SealedText:
    parts: list[str | SecretValue] = []
    for text in texts:
        parts += ["&", *((text,) if isinstance(text, str) else text.parts)]
    return SealedText(tuple(parts[1:]))
