"""The settings that are in force, value by value: what the file says, what it leaves to the defaults, and where it says so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, TypedDict

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config.environment import REFERENCE
from config.nodes import Entry, ListNode, MappingNode, Node, ScalarNode, below
from config.problem import dotted
from core.fields import Condition, Template, in_words
from core.secret import MASK, Secret
from core.settings import Steps
from server.inspection.files import name_of
from server.inspection.privacy import Privacy
from server.loading.surroundings import Origin, Surroundings

Saying: TypeAlias = Literal["file", "default", "derived"]
"""Who says a value: the file itself, nobody, or another part of the file from which it follows."""

LONGEST: Final = 400
"""Characters of a value that are shown."""
_COMPACT: Final = 160
BESIDE: Final = ("type", "note")
"""Keys of an entry that are told with its name."""


class PlaceShown(TypedDict):
    """A line of a file."""

    file: str
    line: int


class SecretShown(TypedDict):
    """A ``${NAME}``, and where the value is that it stands for."""

    name: str
    origin: Origin


class ValueShown(TypedDict):
    """A key below its section or component. ``written`` is what the file says, where that is not the value itself."""

    key: str
    value: str
    written: str
    says: Saying
    place: PlaceShown | None
    secrets: list[SecretShown]


@dataclass(frozen=True, slots=True)
class Effective:
    """Tells values of one configuration; ``environment`` has the values of the plain names."""

    environment: Mapping[str, str]
    surroundings: Surroundings
    privacy: Privacy

    def values(
        self, settings: object, entry: Entry | None, field: FieldInfo | None = None, at: Steps = ()
    ) -> Iterator[ValueShown]:
        """Everything that these settings hold, in their own order; ``entry`` is where the file has them."""
        if isinstance(settings, BaseModel):
            yield from self._model(settings, entry, at)
        elif entry is None:
            text = self._text(settings, field)
            usual = field is None or text == self._text(field.get_default(call_default_factory=True), field)
            yield _value(at, text, "default" if usual else "derived")
        elif _is_deep(entry.node):
            for step, inner in _inner(entry.node):
                yield from self.values(None, inner, None, (*at, step))
        else:
            yield self._written(at, entry)

    def _model(self, settings: BaseModel, entry: Entry | None, at: Steps) -> Iterator[ValueShown]:
        written = entry is not None and not isinstance(entry.node, MappingNode)
        for name, field in type(settings).model_fields.items():
            key, value = field.alias or name, getattr(settings, name)
            inner = below(entry.node, key) if entry else None
            found = self.values(value, inner, field, (*at, key))
            yield from (_placed(each, entry) for each in found) if entry and written else found

    def _written(self, at: Steps, entry: Entry) -> ValueShown:
        text = flow(entry.node)
        resolved = REFERENCE.sub(self._resolved, text)
        value, written = self.masked(resolved), self.masked(text) if resolved != text else ""
        names = dict.fromkeys(found["name"] for found in REFERENCE.finditer(text) if found["name"] in self.surroundings.secrets)
        secrets: list[SecretShown] = [{"name": name, "origin": self.surroundings.secrets[name]} for name in names]
        return {**_value(at, value, "file"), "written": written, "place": place_of(entry), "secrets": secrets}

    def _resolved(self, found: Any) -> str:
        name = found["name"]
        return self.environment[name] or found["default"] or "" if name in self.environment else found[0]

    def masked(self, text: str) -> str:
        """The text as it is shown."""
        masked = self.privacy.text(text)
        return masked if len(masked) <= LONGEST else f"{masked[:LONGEST]}…"

    def _text(self, value: object, field: FieldInfo | None) -> str:
        """A value that the file does not write."""
        if value is None or value == [] or value == {}:
            return ""
        if isinstance(value, Secret):
            return MASK
        if isinstance(value, tuple):  # an address and a port
            return str(value)
        if isinstance(value, Condition):
            return self.masked(" and ".join(each.source for each in value.expressions))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return in_words(value, *((field.annotation, *field.metadata) if field else ()))
        plain = value.literal if isinstance(value, Template) else value
        return self.masked(plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False, default=str))


def _value(at: Steps, value: str, says: Saying) -> ValueShown:
    return {"key": dotted(at), "value": value, "written": "", "says": says, "place": None, "secrets": []}


def _placed(value: ValueShown, entry: Entry) -> ValueShown:
    """A part of what the file writes in short."""
    return {**value, "says": "file", "place": place_of(entry)}


def place_of(entry: Entry) -> PlaceShown:
    """Where the key stands."""
    return {"file": name_of(entry.place.source.name), "line": entry.place.line}


def _is_deep(node: Node) -> bool:
    """Whether it is told part by part: a mapping, or a list that holds more than single values."""
    if isinstance(node, ListNode):
        return any(not isinstance(item, ScalarNode) for item in node.items)
    return isinstance(node, MappingNode) and bool(node.entries)


def _inner(node: Node) -> Sequence[tuple[str | int, Entry]]:
    if isinstance(node, MappingNode):
        return list(node.entries.items())
    return [(at, Entry(item.place, item)) for at, item in enumerate(node.items if isinstance(node, ListNode) else ())]


def compact(node: Node) -> str:
    """What is written there in one line, of much the beginning; without what stands beside it already."""
    if isinstance(node, MappingNode):
        told = {key: entry for key, entry in node.entries.items() if key not in BESIDE}
        text = flow(MappingNode(node.place, told))[1:-1]
    else:
        text = flow(node)
    return text if len(text) <= _COMPACT else f"{text[:_COMPACT]}…"


def flow(node: Node) -> str:
    """As YAML writes it in one line, with no more quotes than a reader needs."""
    if isinstance(node, MappingNode):
        return "{" + ", ".join(f"{key}: {flow(entry.node)}" for key, entry in node.entries.items()) + "}"
    if isinstance(node, ListNode):
        return "[" + ", ".join(map(flow, node.items)) + "]"
    return " ".join(node.text.split()) if node.value is not None else "null"
