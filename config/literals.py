"""Values of tests, taken as they are written: no ``{{ }}`` is evaluated in them, and they may hold secrets."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from core.secret import SealedText

_UNSAFE = frozenset("\r\n\0")


class Written:
    """A value of any shape; str() and repr() mask the secrets in it."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Written) and self._value == other._value

    def __hash__(self) -> int:
        return hash(repr(self._value))

    def __str__(self) -> str:
        return str(self._value)

    def __repr__(self) -> str:
        return f"Written({self._value!r})"

    @property
    def is_text(self) -> bool:
        """Whether it is one text."""
        return isinstance(self._value, str | SealedText)

    def reveal(self) -> Any:
        """The value with its secrets in it, to be sent through the container or compared with what comes out."""
        return _revealed(self._value)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(lambda value: value if isinstance(value, cls) else cls(value))


def _revealed(value: Any) -> Any:
    if isinstance(value, SealedText):
        return value.reveal()
    if isinstance(value, dict):
        return {key: _revealed(item) for key, item in value.items()}
    return [_revealed(item) for item in value] if isinstance(value, list) else value


def _is_text(written: Written) -> Written:
    if not written.is_text:
        number = isinstance(written.reveal(), int | float)
        raise ValueError("must be a text; put quotes around it" if number else "must be a text")
    return written


def _is_one_line(written: Written) -> Written:
    if not _UNSAFE.isdisjoint(str(_is_text(written))):
        raise ValueError("must be one line, without a line break or a NUL")
    return written


def _is_compared(written: Written) -> Written:
    value = written.reveal()
    values = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(each, str | int | float) for each in values):
        raise ValueError("must be a text, a number, true or false, a list of those, or null")
    return written


def _is_body(written: Written) -> Written:
    if not written.is_text and not isinstance(written.reveal(), dict | list | None):
        raise ValueError("must be a text, or JSON written as a mapping or a list")
    return written


_SCALARS = ["string", "number", "boolean"]

OneLine: TypeAlias = Annotated[Written, AfterValidator(_is_one_line), WithJsonSchema({"type": "string"})]
"""A text that may hold secrets."""

Compared: TypeAlias = Annotated[
    Written,
    AfterValidator(_is_compared),
    WithJsonSchema({"anyOf": [{"type": [*_SCALARS, "null"]}, {"type": "array", "items": {"type": _SCALARS}}]}),
]
"""What a text is compared with: a text, or what reads like one; a list where a name comes more than once; null: absent."""

Body: TypeAlias = Annotated[Written, AfterValidator(_is_body), WithJsonSchema({"type": ["string", "object", "array", "null"]})]
"""A text, or a mapping or list that stands for JSON; null: none."""
