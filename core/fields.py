"""Types for settings: what a value in the YAML may be, and what it is once it has been read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar, get_args

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from core.context import Scope
from core.expressions import Expression, ExpressionError, compile_condition, compile_template
from core.expressions.names import Evaluate
from core.secret import SealedText, holds_secret
from core.undefined import UNDEFINED

Item = TypeVar("Item")
ConsentType: TypeAlias = Literal["ad_storage", "analytics_storage", "ad_user_data", "ad_personalization"]
KeyPath: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class _OneOrMany:
    """Takes a single value for a list of one; its JSON Schema allows both."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_listed, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        listed = handler(schema)
        return {"anyOf": [listed["items"], listed]}


Many: TypeAlias = Annotated[list[Item], _OneOrMany()]
"""A list, written as one where there is more than one: a single value is accepted."""

_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZES = {"": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40, "kb": 10**3, "mb": 10**6, "gb": 10**9}
_QUANTITY = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([A-Za-z]*)", re.ASCII)


def _quantity(value: Any, units: dict[str, float] | dict[str, int], example: str) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    found = _QUANTITY.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found or found[2].lower() not in units:
        raise PydanticCustomError("quantity", f"must be a number with a unit, such as {example}")
    return float(found[1]) * units[found[2].lower()]


def _duration(value: Any) -> Any:
    return _quantity(value, _UNITS, "500ms, 10s, 5m, 72h or 30d")


def _size(value: Any) -> Any:
    return int(_quantity(value, _SIZES, "512 KiB, 1 MiB or 16 GiB"))


Duration: TypeAlias = Annotated[float, BeforeValidator(_duration, json_schema_input_type=str | float), Field(ge=0)]
"""Seconds, written as ``10s``, ``5m``, ``72h``, ``30d`` or a number of seconds."""

Size: TypeAlias = Annotated[int, BeforeValidator(_size, json_schema_input_type=str | int), Field(ge=0)]
"""Bytes, written as ``1 MiB``, ``16 GiB`` or a number of bytes."""


_IN_WORDS: Final[Mapping[Any, Sequence[tuple[str, float]]]] = {
    _duration: (("d", 86400.0), ("h", 3600.0), ("m", 60.0), ("s", 1.0), ("ms", 0.001)),
    _size: ((" GiB", 1 << 30), (" MiB", 1 << 20), (" KiB", 1 << 10)),
}


def in_words(value: float, *kinds: Any) -> str:
    """A number as a file would write it: with its unit, where one of these kinds says that it is a duration or a size."""
    validators = set(_validators(kinds))
    for units in (units for validator, units in _IN_WORDS.items() if validator in validators):
        fitting = (f"{value / size:.0f}{unit}" for unit, size in units if value >= size and (value / size).is_integer())
        return next(fitting, f"{value:g}")
    return f"{value:g}" if isinstance(value, float) else str(value)


def _validators(kinds: Iterable[Any]) -> Iterator[Any]:
    for kind in kinds:
        if isinstance(kind, BeforeValidator):
            yield kind.func
        yield from _validators(get_args(kind))


def _holds_code(text: str) -> bool:
    return "{{" in text or "{%" in text  # the second is none of ours, and refused by name


Located: TypeAlias = tuple[tuple[str | int, ...], Expression]


class Template:
    """A value of the YAML that may hold ``{{ }}`` and secrets, to any depth; evaluated per event."""

    __slots__ = ("_places", "_value", "evaluate", "expressions")

    evaluate: Evaluate
    """The value, which may hold SealedText; UNDEFINED as a whole, left out where it is an entry or an element."""

    def __init__(self, value: Any) -> None:
        self.expressions: list[Expression] = []
        self._places: list[tuple[str | int, ...]] = []
        self._value = self._compile(value, ())
        self.evaluate = _evaluation(self._value, constant=not self.expressions)

    @property
    def constant(self) -> bool:
        """Says the same for every event."""
        return not self.expressions

    @property
    def literal(self) -> Any:
        """The value where it is the same for every event; else None."""
        return None if self.expressions else self._value

    def located(self) -> Iterable[Located]:
        """The expressions, each with the keys and indices that lead to its text."""
        return zip(self._places, self.expressions, strict=True)

    def _compile(self, value: Any, at: tuple[str | int, ...]) -> Any:
        if isinstance(value, dict):
            return {key: self._compile(item, (*at, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self._compile(item, (*at, index)) for index, item in enumerate(value)]
        if isinstance(value, str) and _holds_code(value):
            return self._keep(compile_template(value), at)
        if isinstance(value, SealedText) and any(_holds_code(part) for part in value.parts if isinstance(part, str)):
            return self._keep(compile_template(value), at)
        return value

    def _keep(self, expression: Expression, at: tuple[str | int, ...]) -> Expression:
        self.expressions.append(expression)
        self._places.append(at)
        return expression

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_reading(cls))

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"description": "A value; texts may hold {{ expressions }}."}


def _open(value: Any) -> Any:
    if holds_secret(value):
        raise PydanticCustomError("secret", "a secret is not sent from here: what stands here is data, which others read")
    return value


OpenTemplate: TypeAlias = Annotated[Template, BeforeValidator(_open)]
"""A template of a tag that puts no secrets back when it packs: what is data of an event holds none."""


def _evaluation(value: Any, *, constant: bool) -> Evaluate:
    if constant:
        return lambda _: value
    return value.evaluate if isinstance(value, Expression) else lambda scope: _evaluate(value, scope)


def _evaluate(value: Any, scope: Scope) -> Any:
    if isinstance(value, Expression):
        return value.evaluate(scope)
    if isinstance(value, dict):
        pairs = ((key, _evaluate(item, scope)) for key, item in value.items())
        return {key: item for key, item in pairs if item is not UNDEFINED}
    if isinstance(value, list):
        return [item for item in (_evaluate(item, scope) for item in value) if item is not UNDEFINED]
    return value


def every(parts: Sequence[Evaluate]) -> Callable[[Scope], bool]:
    """Whether each of them is true of an event, asked in their order up to the first that is not."""
    if len(parts) > 1 or not parts:
        return lambda scope: all(part(scope) for part in parts)
    (only,) = parts
    return lambda scope: bool(only(scope))


class Condition:
    """A ``when``: one expression or a list of them, without braces; holds when all of them do."""

    __slots__ = ("expressions", "holds")

    holds: Callable[[Scope], bool]
    """Whether every expression is true of this event."""

    def __init__(self, value: Any) -> None:
        self.expressions: list[Expression] = [compile_condition(text) for text in _listed(value)]
        self.holds = every([expression.evaluate for expression in self.expressions])

    def located(self) -> Iterable[Located]:
        """The expressions, each with its place in the list."""
        return (((index,), expression) for index, expression in enumerate(self.expressions))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_reading(cls))

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        one = {"type": ["string", "boolean"]}
        return {"anyOf": [one, {"type": "array", "items": one}], "description": "Expressions that must all hold."}


Read = TypeVar("Read", Template, Condition)


def _reading(kind: type[Read]) -> Any:
    error_type: Literal["condition", "expression"] = "condition" if kind is Condition else "expression"

    def read(value: Any) -> Read:
        if isinstance(value, kind):
            return value
        try:
            return kind(value)
        except ExpressionError as error:
            # The braces of pydantic's own message templates would swallow ours, so the text goes in as a value.
            raise PydanticCustomError(error_type, "{message}", {"message": str(error)}) from None

    return read
