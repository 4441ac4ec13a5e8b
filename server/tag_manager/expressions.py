"""What the export's variables are worth: each is read once, when something first needs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from server.tag_manager import literals
from server.tag_manager.export import Entity, Export, folded
from server.tag_manager.formats import formatted
from server.tag_manager.meaning import ITSELF, Computed, Constant, Lost, Meaning, Operand, Sealed, Table
from server.tag_manager.names import Naming
from server.tag_manager.secrets import Secrets
from server.tag_manager.translation import NO_SECRET_HERE, SECRET_IN_EXPRESSION, WHOLE_TEXT_ONLY, Translation
from server.tag_manager.yaml_text import Node

Reader: TypeAlias = Callable[[Translation], Meaning | Lost]
"""Reads a variable of one type."""

_ONE_NAME: Final = re.compile(r"[a-z_]+(\.[A-Za-z_][A-Za-z0-9_]*|\[('[^']*'|\"[^\"]*\"|[0-9]+|[a-z_][A-Za-z0-9_.\[\]']*)\])*")
"""An expression that is not worth a name of its own."""
_ALWAYS_THERE: Final = frozenset({"event.event_name", "client"})
_EVENT: Final = "_event"
DEEPEST: Final = 32
"""Variables that may need each other in a row."""


class VariableReading:
    """The variables and built-ins of an export, by the names in ``{{ }}``."""

    def __init__(
        self,
        export: Export,
        naming: Naming,
        read: Callable[[Entity], Reader],
        built_ins: Mapping[str, str],
        refused: Mapping[str, str],
        secrets: Secrets,
    ) -> None:
        """``built_ins``: Google's English names, and their types. ``refused``: keys that did not pass the check, and why."""
        self.secrets = secrets
        self._naming = naming
        self._read = read
        self._refused = refused
        self._by_name = _by_name(export, built_ins)
        self._found: dict[Entity, Meaning | Lost] = {}
        self._under_way: list[Entity] = []
        self._circles: dict[Entity, Lost] = {}
        self.translations: dict[Entity, Translation] = {}
        """Of what was needed, in the order of its first use."""
        self.keys: dict[Entity, str] = {}

    def named(self, name: str) -> Entity | None:
        return self._by_name.get(name.strip())

    def meaning(self, variable: Entity) -> Meaning | Lost:
        """What it is worth."""
        if variable in self._under_way:
            self._note_circle(variable)
            return self._circles[variable]
        if variable not in self._found and len(self._under_way) >= DEEPEST:
            return Lost(f"more than {DEEPEST} variables need each other")
        if variable not in self._found:
            translation = self.translations.setdefault(variable, Translation(variable, self))
            self._under_way.append(variable)
            found = self._read(variable)(translation)
            whole = found if isinstance(found, Lost) else formatted(found, translation)
            self._under_way.pop()
            self._found[variable] = self._circles.get(variable, whole)
        return self._found[variable]

    def operand(self, variable: Entity) -> Operand | Lost:
        meaning = self.meaning(variable)
        if isinstance(meaning, Sealed):
            return Lost(SECRET_IN_EXPRESSION, secret=True)
        if isinstance(meaning, Lost):
            return self._needed(variable, meaning)
        if isinstance(meaning, Computed) and (variable.kind == "built_in" or _ONE_NAME.fullmatch(meaning.expression)):
            is_there = meaning.expression in _ALWAYS_THERE or bool(meaning.env)
            return Operand(meaning.expression, is_text=meaning.is_text, is_there=is_there)
        if isinstance(meaning, Constant) and variable.kind == "built_in":
            return Operand(literals.in_expression(meaning.text), meaning.text, is_text=True, is_there=True)
        return self._own_name(variable, meaning)

    def constant(self, variable: Entity) -> str | Lost:
        meaning = self.meaning(variable)
        if isinstance(meaning, Constant):
            return meaning.text
        if isinstance(meaning, Sealed):
            return Lost(NO_SECRET_HERE, secret=True)
        return self._needed(variable, meaning) if isinstance(meaning, Lost) else Lost(WHOLE_TEXT_ONLY)

    def secret(self, variable: Entity) -> str | None:
        meaning = self.meaning(variable)
        return meaning.written if isinstance(meaning, Sealed) else None

    def mention(self, variable: Entity) -> None:
        self.translations.setdefault(variable, Translation(variable, self))

    def known(self, variable: Entity) -> Meaning | Lost | None:
        """What it is worth, where that was asked for."""
        return self._found.get(variable)

    def environment(self) -> set[str]:
        """The names of the environment that something reads."""
        return {each.env for each in self._found.values() if isinstance(each, Computed) and each.env}

    def node(self, variable: Entity) -> Node | None:
        """What stands at its key; None where it has none."""
        meaning = self._found.get(variable)
        if variable not in self.keys or meaning is None or isinstance(meaning, Lost | Sealed):
            return None
        if isinstance(meaning, Table):
            return meaning.node
        return literals.in_template(meaning.text) if isinstance(meaning, Constant) else f"{{{{ {meaning.expression} }}}}"

    def _own_name(self, variable: Entity, meaning: Meaning) -> Operand | Lost:
        if variable not in self.keys:
            self.keys[variable] = self._naming.of("variables", variable)
        key = self.keys[variable]
        if key in self._refused:
            self._found[variable] = Lost(self._refused[key])
            return Lost(self._refused[key], variable.name)
        literal = meaning.text if isinstance(meaning, Constant) else None
        read = meaning.read if isinstance(meaning, Table) else ITSELF
        return Operand(read.replace(ITSELF, f"var.{key}"), literal)

    def _needed(self, variable: Entity, lost: Lost) -> Lost:
        """Of a circle it is enough to say which variable was needed."""
        if variable in self._circles and variable not in self._under_way:
            return Lost(f"needs {literals.spoken(variable.name)}, which was not imported", variable.name)
        return Lost(lost.reason, variable.name, lost.secret)

    def _note_circle(self, variable: Entity) -> None:
        members = self._under_way[self._under_way.index(variable) :]
        names = [literals.spoken(each.name) for each in (*members, variable)]
        for each in members:
            self._circles.setdefault(each, Lost(f"goes round in a circle: {' -> '.join(names)}"))


def _by_name(export: Export, built_ins: Mapping[str, str]) -> Mapping[str, Entity]:
    """A user's variable first, then a built-in by the export's name, then one by Google's."""
    found: dict[str, Entity] = {}
    for entity in (*export.of("variable"), *export.of("built_in")):
        found.setdefault(entity.name.strip(), entity)
    for name, type in built_ins.items():
        found.setdefault(name, Entity("built_in", type, name, type, {}))
    found.setdefault(_EVENT, Entity("built_in", _EVENT, _EVENT, "EVENT_NAME", {}))
    return found


def is_built_in(entity: Entity | None, type: str) -> bool:
    """Whether this is the built-in variable of that type."""
    return entity is not None and entity.kind == "built_in" and folded(entity.type) == folded(type)
