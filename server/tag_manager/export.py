"""What an export of Tag Manager holds, typed: its entities in the export's order, each with its parameters as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

Value: TypeAlias = "str | bool | list[Value] | dict[str, Value]"
"""A parameter: TEMPLATE, INTEGER and references are texts, BOOLEAN is true only for ``"true"``."""

_NOTHING: Final = frozenset({"", "false", "no", "none", "debug", "optional", "inherit", "never"})
"""Choices that ask for nothing."""

KINDS: Final[Mapping[str, str]] = {
    "client": "client",
    "tag": "tag",
    "trigger": "trigger",
    "variable": "variable",
    "builtInVariable": "built_in",
    "transformation": "transformation",
    "customTemplate": "template",
    "folder": "folder",
    "zone": "zone",
    "gtagConfig": "gtag_config",
}
"""By the export's name of a list, the kind of what is in it, in the order of the report."""


@dataclass(frozen=True, eq=False, slots=True)
class Entity:
    """One of the export. Two are never equal: ids are unique per kind only, and names are not."""

    kind: str
    id: str
    name: str
    type: str
    parameters: Mapping[str, Value]
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Everything as it stands in the export."""

    def text(self, key: str) -> str:
        """A parameter that is a text; empty where it is missing or no text."""
        value = self.parameters.get(key, "")
        return value if isinstance(value, str) else ""

    def flag(self, key: str, missing: bool = False) -> bool:
        """A parameter that is yes or no."""
        value = self.parameters.get(key, missing)
        return value if isinstance(value, bool) else value == "true"

    def rows(self, key: str) -> Sequence[Mapping[str, Value]]:
        """A parameter that is a table."""
        value = self.parameters.get(key)
        return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []

    def field(self, key: str) -> str:
        """A field beside the parameters, as a text; empty where it is missing."""
        return text_of(self.fields.get(key))

    def ids(self, key: str) -> Sequence[str]:
        """A field that is a list of ids."""
        found = self.fields.get(key)
        return [text_of(each) for each in found] if isinstance(found, list) else []

    def objects(self, key: str) -> Sequence[Mapping[str, Any]]:
        """A field that is a list of objects."""
        found = self.fields.get(key)
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


@dataclass(frozen=True, slots=True)
class Export:
    """A version of a server container. ``warnings`` are about the file as a whole."""

    public_id: str
    version: str
    entities: Sequence[Entity]
    warnings: Sequence[str] = ()

    def of(self, kind: str) -> Sequence[Entity]:
        """All of a kind, in the export's order."""
        return [entity for entity in self.entities if entity.kind == kind]


def text_of(value: object) -> str:
    """A JSON scalar as Tag Manager writes it; empty for everything else. Half characters and NUL become U+FFFD."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return str(value) if isinstance(value, int | float) else ""


def row_text(row: Mapping[str, Value], *keys: str) -> str:
    """The first of these keys of a table's row that holds a text; empty where none does."""
    return next((value for key in keys if isinstance(value := row.get(key), str)), "")


def folded(word: str) -> str:
    """An enum in either spelling: ``CUSTOM_EVENT`` of an export and ``customEvent`` of the API are ``customevent``."""
    return word.replace("_", "").lower()


def parameters_of(found: object) -> dict[str, Value]:
    """A list of the export's parameters, by their keys."""
    return dict(_pairs(found))


def _pairs(found: object) -> Iterator[tuple[str, Value]]:
    for each in found if isinstance(found, list) else []:
        if isinstance(each, dict) and (key := text_of(each.get("key"))):
            yield key, value_of(each)


def value_of(parameter: Mapping[str, Any]) -> Value:
    """One parameter of the export."""
    kind = folded(text_of(parameter.get("type")))
    if kind == "list":
        found = parameter.get("list")
        return [value_of(each) for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    if kind == "map":
        return parameters_of(parameter.get("map"))
    text = text_of(parameter.get("value"))
    return text == "true" if kind == "boolean" else text


def unknown(entity: Entity, known: set[str] | frozenset[str]) -> Sequence[str]:
    """The parameters that ask for something and are not among these."""
    return [key for key, value in entity.parameters.items() if key not in known and _asks(value)]


def _asks(value: Value) -> bool:
    return value.strip().lower() not in _NOTHING if isinstance(value, str) else bool(value)
