"""The value of what is not there. Falsy, prints as nothing, equal only to itself."""

from __future__ import annotations

from typing import Final


class Undefined:
    """The type of UNDEFINED, its only instance."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return ""

    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = Undefined()
