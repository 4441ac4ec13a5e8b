"""Secrets: a text that masks itself everywhere, and the way of one into a request without touching the disk.

The configuration's ``${NAME}`` becomes a SealedText. What a tag maps is stored without it (``seal_off`` leaves a
SecretPlace), and ``fill`` puts the value back when the request is packed. Text is never scanned for placeholders, so
nothing a visitor sends can be taken for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from core.types import SecretPlace

MASK = "***"

PLACEHOLDER = "placeholder"
"""Stands for a secret that the environment does not have, where nothing is sent."""


class SecretValue:
    """One secret of the environment, by name. ``known``: it is the secret, and nothing that stands for it where nothing is sent.

    Like SealedText no dataclass: orjson would write out the fields of one, and what it does not know it refuses.
    """

    __slots__ = ("known", "name", "value")

    def __init__(self, name: str, value: str, *, known: bool = True) -> None:
        self.name = name
        self.value = value
        self.known = known

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretValue) and (self.name, self.value) == (other.name, other.value)

    def __hash__(self) -> int:
        return hash((self.name, self.value))

    def __repr__(self) -> str:
        return f"SecretValue({self.name}, {MASK})"


class SealedText:
    """A text of the configuration that holds at least one secret; str() and repr() show the mask."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[str | SecretValue, ...]) -> None:
        self.parts = parts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SealedText) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(self.parts)

    def __str__(self) -> str:
        return "".join(part if isinstance(part, str) else MASK for part in self.parts)

    def __repr__(self) -> str:
        return f"SealedText({str(self)!r})"

    def reveal(self) -> str:
        """The text in full; only for the moment it is sent or compared."""
        return "".join(part if isinstance(part, str) else part.value for part in self.parts)


class Secret:
    """A setting that is a secret as a whole (a token, a password): repr, str and JSON are the mask."""

    __slots__ = ("_value",)

    def __init__(self, value: str | SealedText) -> None:
        self._value = value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    @property
    def inline(self) -> bool:
        """Written into the file as it is, where ``${NAME}`` was meant; ``check`` warns."""
        return isinstance(self._value, str)

    @property
    def known(self) -> bool:
        """It is the secret. Else something stands for it, as where a file is tried, and nothing that is signed can be checked."""
        parts = () if isinstance(self._value, str) else self._value.parts
        return all(part.known for part in parts if isinstance(part, SecretValue))

    def reveal(self) -> str:
        """The value; only for the moment it is sent or compared."""
        return self._value if isinstance(self._value, str) else self._value.reveal()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._read, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "description": "A secret: give it as ${NAME}."}

    @classmethod
    def _read(cls, value: object) -> Secret:
        if isinstance(value, Secret):
            return value
        if isinstance(value, str | SealedText):
            return cls(value)
        raise ValueError("must be a text")


def holds_secret(value: Any) -> bool:
    """Whether a value of the configuration, to any depth, holds a secret of the environment."""
    if isinstance(value, dict):
        return any(map(holds_secret, value.values()))
    return any(map(holds_secret, value)) if isinstance(value, list) else isinstance(value, SealedText)


def seal_off(value: Any) -> tuple[Any, tuple[SecretPlace, ...]]:
    """The value as JSON with every secret taken out of it, and the places they belong to."""
    places: list[SecretPlace] = []
    return _seal(value, "", places), tuple(places)


def _seal(value: Any, pointer: str, places: list[SecretPlace]) -> Any:
    kind = type(value)
    if kind is dict:
        return {
            key: item if type(item) in _PLAIN else _seal(item, f"{pointer}/{_escape(key)}", places) for key, item in value.items()
        }
    if kind is list:
        return [item if type(item) in _PLAIN else _seal(item, f"{pointer}/{index}", places) for index, item in enumerate(value)]
    return _seal_other(value, pointer, places)


_PLAIN = frozenset({str, int, float, bool, type(None)})
"""What holds no secret, as nearly all values do."""


def _seal_other(value: Any, pointer: str, places: list[SecretPlace]) -> Any:
    if isinstance(value, SealedText):
        return _seal_text(value, pointer, places)
    if isinstance(value, dict | list):
        return _seal(dict(value) if isinstance(value, dict) else list(value), pointer, places)
    return value


def _seal_text(text: SealedText, pointer: str, places: list[SecretPlace]) -> str:
    plain = ""
    for part in text.parts:
        if isinstance(part, str):
            plain += part
        else:
            places.append(SecretPlace(pointer, len(plain), part.name))
    return plain


def fill(body: Any, places: Sequence[SecretPlace], secrets: Mapping[str, str]) -> Any:
    """The body with its secrets put in. Raises KeyError(name) for a secret that the environment no longer has."""
    for pointer in dict.fromkeys(place.pointer for place in places):
        at = [place for place in places if place.pointer == pointer]
        body = _replace(body, _steps(pointer), partial(_splice, at, secrets))
    return body


def _splice(places: Sequence[SecretPlace], secrets: Mapping[str, str], text: str) -> str:
    pieces, start = [], 0
    for place in places:
        pieces += [text[start : place.at], secrets[place.name]]
        start = place.at
    return "".join([*pieces, text[start:]])


def _replace(body: Any, steps: Sequence[str], change: Callable[[str], str]) -> Any:
    if not steps:
        return change(body)
    head, rest = steps[0], steps[1:]
    if isinstance(body, list):
        return [_replace(item, rest, change) if str(i) == head else item for i, item in enumerate(body)]
    return {key: _replace(item, rest, change) if key == head else item for key, item in body.items()}


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
