"""The colours of health, and those in which a terminal shows what came and what went."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Colour(StrEnum):
    """How something is, from well to ill. In JSON and on pages it is this text; its number in metrics is its place here."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


COLOURS: Final = tuple(Colour)

ADDED: Final = "green"
REMOVED: Final = "red"
CHANGED: Final = "yellow"
"""Styles of rich for what is there now, is there no more, or is another."""


def worst(colours: Iterable[str], otherwise: Colour = Colour.GREEN) -> Colour:
    """The worst of these; ``otherwise`` where there is none. Raises ValueError for what is no colour."""
    return max(map(Colour, colours), key=COLOURS.index, default=otherwise)
