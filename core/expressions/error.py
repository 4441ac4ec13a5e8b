"""What is wrong with an expression, in words."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple


class ExpressionError(ValueError):
    """An expression that cannot be compiled. ``offset`` counts characters from the start of the source, where known."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset

    def moved(self, by: int) -> ExpressionError:
        """The same error in a longer source, in which the expression starts at ``by``."""
        return ExpressionError(str(self), None if self.offset is None else self.offset + by)


class Remark(NamedTuple):
    """What is allowed and yet hardly meant, and where it begins in the source."""

    message: str
    offset: int

    def moved(self, by: int) -> Remark:
        """The same in a longer source, in which the expression starts at ``by``."""
        return Remark(self.message, self.offset + by)


def unknown(kind: str, name: str, known: Iterable[str], offset: int | None) -> ExpressionError:
    """``unknown filter 'uper', did you mean upper?``, or the list of what there is."""
    names = sorted(known)
    root, dot, last = name.rpartition(".")
    close = get_close_matches(last, [each.removeprefix(root + dot) for each in names], n=1)
    advice = f"did you mean {root}{dot}{close[0]}?" if close else f"there are: {', '.join(names)}"
    return ExpressionError(f"unknown {kind} {name!r}, {advice}", offset)
