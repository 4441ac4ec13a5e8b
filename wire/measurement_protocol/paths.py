"""Paths of a payload's fields, as findings tell them: ``events[0].params.currency``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final


def below(path: str, name: str) -> str:
    """The path of a field of the object at ``path``; the document itself has the empty path. Long names are cut."""
    return f"{path}.{name[:_LONGEST_STEP]}" if path else name[:_LONGEST_STEP]


_LONGEST_STEP: Final = 100


def joined(steps: Iterable[str | int]) -> str:
    """The path of these names and indices."""
    path = ""
    for step in steps:
        path = f"{path}[{step}]" if isinstance(step, int) else below(path, step)
    return path
