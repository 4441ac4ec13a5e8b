"""What becomes of something in the export: a value, an expression, or why there is neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from server.tag_manager.yaml_text import Node


@dataclass(frozen=True, slots=True)
class Lost:
    """There is no translation.

    ``variable`` is the name of the one that has none, where it is one; ``secret``: it may not stand where it was wanted.
    """

    reason: str
    variable: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Constant:
    """A variable whose text is known now."""

    text: str


@dataclass(frozen=True, slots=True)
class Computed:
    """A variable that is an expression. ``is_text``: its value is never a number or a boolean; ``env``: what it reads there."""

    expression: str
    is_text: bool = False
    env: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A variable that has a form of its own in the file: a look-up, an object.

    ``read`` is what is done with its value, for which ``ITSELF`` stands.
    """

    node: Node
    read: str = "\0"


ITSELF: Final = "\0"
"""No text of an export holds it."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A variable that is the secret of this name, or a text that holds it. ``written`` is what stands where it is used."""

    secret: str
    written: str

    @property
    def whole(self) -> bool:
        """Whether there is nothing around the secret."""
        return self.written == f"${{{self.secret}}}"


Meaning: TypeAlias = Constant | Computed | Table | Sealed
"""What a variable of the export is worth."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A value as an expression reads it.

    ``literal`` is its text where that is known now. ``is_text``: never a number or a boolean. ``is_there``: never missing.
    """

    expression: str
    literal: str | None = None
    is_text: bool = False
    is_there: bool = False
