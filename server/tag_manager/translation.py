"""One entity on its way into the file: it reads its texts, and remembers what was lost of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from server.tag_manager import literals
from server.tag_manager.export import Entity
from server.tag_manager.looks import is_public_place
from server.tag_manager.meaning import Lost, Operand
from server.tag_manager.secrets import Secrets

WHOLE_TEXT_ONLY: Final = "it depends on the event, and a plain text is needed"
NO_SECRET_HERE: Final = "a secret cannot stand there"
SECRET_IN_EXPRESSION: Final = "a variable cannot hold a secret"


class Variables(Protocol):
    """What a name in ``{{ }}`` stands for."""

    secrets: Secrets

    def named(self, name: str) -> Entity | None:
        """The variable of this name, a built-in one too; None where there is none."""

    def operand(self, variable: Entity) -> Operand | Lost:
        """It as an expression reads it."""

    def constant(self, variable: Entity) -> str | Lost:
        """Its text, which is put in where it is used."""

    def secret(self, variable: Entity) -> str | None:
        """What stands for it where a secret may stand, if it is one."""

    def mention(self, variable: Entity) -> None:
        """Notes that something needs it, without reading it."""


class Translation:
    """Of one entity. Its methods give ``Lost`` where a text has no translation."""

    def __init__(self, entity: Entity, variables: Variables) -> None:
        self.entity = entity
        self.variables = variables
        self.reasons: list[str] = []

    def approximate(self, *reasons: str) -> None:
        """Notes what is not as it was; each once."""
        self.reasons += [reason for reason in dict.fromkeys(reasons) if reason not in self.reasons]

    def text(self, value: str, *, secrets: bool = False, place: str = "") -> str | Lost:
        """The text for a setting that takes ``{{ }}``, and with ``secrets`` ``${NAME}`` too.

        ``place`` is the parameter or the row that it is of: by that, too, it may be a secret.
        """
        written = ""
        if not secrets and self.holds_secret(value, place):
            return self.no_secret()
        for is_name, piece in literals.parts(value):
            if not is_name:
                written += self._sealed(piece, place, piece == value) if secrets else literals.in_template(piece)
                continue
            read = self._within_text(piece, secrets)
            if isinstance(read, Lost):
                return read
            written += read
        return written

    def plain(self, value: str, *, place: str = "") -> str | Lost:
        """The text for a setting that takes no expression: constants are put in."""
        found = self.raw(value, place=place)
        return found if isinstance(found, Lost) else literals.as_written(found)

    def raw(self, value: str, *, place: str = "") -> str | Lost:
        """The text itself, with constants put in."""
        written = ""
        if self.holds_secret(value, place):
            return self.no_secret()
        for is_name, piece in literals.parts(value):
            if not is_name:
                written += piece
                continue
            found = self._variable(piece)
            text = found if isinstance(found, Lost) else self.variables.constant(found)
            if isinstance(found, Lost) or isinstance(text, Lost):
                return text if isinstance(text, Lost) else Lost(WHOLE_TEXT_ONLY)
            written += text
        return written

    def operand(self, value: str) -> Operand | Lost:
        """The text as an expression reads it: a variable, a literal, or pieces that are joined."""
        pieces: list[Operand] = []
        if self.holds_secret(value, ""):
            return self.no_secret()
        for is_name, piece in literals.parts(value):
            if not is_name:
                pieces.append(Operand(literals.in_expression(piece), piece, is_text=True, is_there=True))
                continue
            found = self._variable(piece)
            read = found if isinstance(found, Lost) else self.variables.operand(found)
            if isinstance(found, Lost) or isinstance(read, Lost):
                return read if isinstance(read, Lost) else Lost("")
            pieces.append(read)
        if not pieces:
            return Operand("''", "", is_text=True, is_there=True)
        return pieces[0] if len(pieces) == 1 else _joined(pieces)

    def mention(self, variable: Entity) -> None:
        """Notes that a variable was used without being read: what it says was worked out now."""
        self.variables.mention(variable)

    def needed(self, value: str) -> Operand | Lost:
        """The same for a variable that has no value without it."""
        read = self.operand(value)
        if isinstance(read, Lost) and read.variable and not read.secret:
            return Lost(f"needs {literals.spoken(read.variable)}, which was not imported", read.variable)
        return read

    def no_secret(self) -> Lost:
        """What stands for a text that holds a secret where none may stand."""
        return Lost(SECRET_IN_EXPRESSION if self.entity.kind == "variable" else NO_SECRET_HERE, secret=True)

    def holds_secret(self, value: str, place: str = "") -> bool:
        """Whether a literal of the text holds one."""
        literal = "\n".join(piece for is_name, piece in literals.parts(value) if not is_name)
        return self.variables.secrets.is_in(literal, public=is_public_place(place))

    def _sealed(self, piece: str, place: str, whole: bool) -> str:
        found = self.variables.secrets.literal(self.entity, place, piece, whole)
        return "".join(text if secret else literals.in_template(text) for secret, text in found)

    def _within_text(self, name: str, secrets: bool) -> str | Lost:
        found = self._variable(name)
        if isinstance(found, Lost):
            return found
        secret = self.variables.secret(found)
        if secret and secrets:
            return secret
        read = self.variables.operand(found)
        return read if isinstance(read, Lost) else f"{{{{ {read.expression} }}}}"

    def _variable(self, name: str) -> Entity | Lost:
        found = self.variables.named(name)
        return found or Lost(f"the export has no variable «{literals.spoken(name)}»")


def _joined(pieces: Sequence[Operand]) -> Operand:
    known = "".join(piece.literal for piece in pieces if piece.literal is not None)
    literal = known if all(piece.literal is not None for piece in pieces) else None
    return Operand(f"({' ~ '.join(piece.expression for piece in pieces)})", literal, is_text=True, is_there=literal is not None)
