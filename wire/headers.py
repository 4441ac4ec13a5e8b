"""How a text that somebody else has written stands in a header."""

from __future__ import annotations

from typing import Final

_CONTROL: Final = dict.fromkeys((*range(32), 127))
_CONTROL_BYTES: Final = bytes(_CONTROL)


def header_text(text: str) -> str:
    """One line of latin-1, as it came where it can be; other text as the bytes of its UTF-8."""
    if text.isascii() and len(text.encode().translate(None, _CONTROL_BYTES)) == len(text):
        return text
    if max(text) > "\xff":
        text = text.encode("utf-8", "replace").decode("latin-1")
    return text if text.isprintable() else text.translate(_CONTROL)
