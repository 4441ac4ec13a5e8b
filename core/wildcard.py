"""The ``*`` of event names and key paths."""

from __future__ import annotations

from collections.abc import Callable


def wildcard(pattern: str) -> Callable[[str], bool]:
    """Whether a text fits the pattern, in which every ``*`` stands for any text. Linear in the text."""
    first, *middle, last = pattern.split("*")

    def fits(text: str) -> bool:
        if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
            return False
        at, end = len(first), len(text) - len(last)
        for piece in middle:
            at = text.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True

    return fits


def names(pattern: str, name: str) -> bool:
    """Whether a pattern of the file, which may be a plain name, names this."""
    return pattern == name or ("*" in pattern and wildcard(pattern)(name))
