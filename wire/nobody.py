"""Texts that stand in the place of an id and are nobody's."""

from __future__ import annotations

from typing import Final

_NOTHING: Final = frozenset({"undefined", "null", "NaN", "None", "false", "[object Object]", "(not set)"})
_NOTHING_BEGINS: Final = frozenset("unNf[(")


def is_nobodys(text: str) -> bool:
    """Whether this is what scripts write where they have no id: ``undefined``, or ``undefined.undefined`` of its two parts.

    All visitors of a page with such a script have the same one.
    """
    return text[:1] in _NOTHING_BEGINS and _NOTHING.issuperset(text.split("."))
