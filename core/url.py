"""A URL to send to: where it leads is the file's text alone, whatever an event holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from core.context import Scope
from core.expressions import ExpressionError
from core.expressions.values import text_of
from core.fields import Located, Template
from core.percent import escaped
from core.secret import SealedText, SecretValue
from core.undefined import UNDEFINED, Undefined

_ORIGIN = re.compile(r"(https?://(?:[a-z0-9_][a-z0-9_.-]*|\[[0-9a-f:.]+\])(?::(\d{1,5}))?)(?=[/?]|$)", re.ASCII | re.IGNORECASE)
_IN_URL: Final = "%/:?#[]@!$&'()*+,;=-._~|"


def printable(url: str) -> str:
    """The URL with everything percent-encoded that cannot stand in a request line; what is encoded stays as it is."""
    return quote(url, safe=_IN_URL, errors="replace")


class Url:
    """A URL whose scheme, host and port, and the ``/`` after them, are static text; the rest may hold ``{{ }}`` and secrets.

    The values of templates are percent-encoded as one piece (``/`` too). A secret goes in as it is.
    Raises ValueError for anything else.
    """

    __slots__ = ("_pieces", "_whole", "expressions", "origin")

    def __init__(self, value: str | SealedText) -> None:
        self._whole = Template(value)
        self.expressions = self._whole.expressions
        parts = value.parts if isinstance(value, SealedText) else (value,)
        self._pieces: list[str | SecretValue | Template] = []
        for part in parts:
            self._pieces += _split(part) if isinstance(part, str) else [part]
        self.origin = self._confine()

    def located(self) -> Iterable[Located]:
        """Its expressions, none of which is further down."""
        return self._whole.located()

    def evaluate(self, scope: Scope) -> str | SealedText | Undefined:
        """The URL of this event; UNDEFINED where a value would climb out of its path (``..``)."""
        parts = tuple(_encoded(piece, scope) if isinstance(piece, Template) else piece for piece in self._pieces)
        text = "".join([part for part in parts if isinstance(part, str)])
        if len(parts) > 1 and _climbs(text):
            return UNDEFINED
        return text if all(isinstance(part, str) for part in parts) else SealedText(parts)

    def _confine(self) -> str:
        head = self._pieces[0] if self._pieces else ""
        found = _ORIGIN.match(head) if isinstance(head, str) else None
        if not found or not isinstance(head, str):
            raise ValueError(
                "must begin with http:// or https:// and a host, as plain text: no {{ }} and no secret before the first /"
            )
        origin, rest = found[1].lower(), head[found.end() :]
        if found[2] and not 0 < int(found[2]) < 65536:
            raise ValueError(f"port {found[2]} does not exist")
        if not rest.startswith("/"):
            if len(self._pieces) > 1 and not rest:
                raise ValueError("the host must end with a / before a {{ }} or a secret: https://example.com/{{ ... }}")
            rest = f"/{rest}"
        if any(isinstance(piece, str) and "#" in piece for piece in self._pieces):
            raise ValueError("a #fragment is never sent: leave it out")
        self._pieces[0] = origin + printable(rest)
        return origin

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls._read)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": "^https?://", "description": "A URL; {{ expressions }} only after the host and a /."}

    @classmethod
    def _read(cls, value: Any) -> Url:
        if isinstance(value, Url):
            return value
        if not isinstance(value, str | SealedText):
            raise ValueError("must be a text")
        try:
            return cls(value)
        except ExpressionError as error:
            raise PydanticCustomError("expression", "{message}", {"message": str(error)}) from None


def _split(text: str) -> list[str | SecretValue | Template]:
    pieces: list[str | SecretValue | Template] = []
    while text:
        static, opened, rest = text.partition("{{")
        if static:
            pieces.append(printable(static) if pieces else static)
        if not opened:
            break
        template, text = _expression(opened + rest)
        pieces.append(template)
    return pieces


def _expression(text: str) -> tuple[Template, str]:
    """The expression that the text begins with, and what follows it: it ends at the first ``}}`` by which it is whole."""
    end = text.index("}}") + 2
    while True:
        try:
            return Template(text[:end]), text[end:]
        except ExpressionError:
            end = text.index("}}", end - 1) + 2


def _encoded(template: Template, scope: Scope) -> str:
    return escaped(text_of(template.evaluate(scope)) or "")


def _climbs(url: str) -> bool:
    return not {".", ".."}.isdisjoint(url.partition("?")[0].split("/"))
