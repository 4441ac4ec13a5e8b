"""Transformations: what they change, under which conditions, and for which tags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from server.tag_manager import literals
from server.tag_manager.export import Entity, Value, row_text, text_of
from server.tag_manager.meaning import Lost
from server.tag_manager.operators import Condition
from server.tag_manager.outcome import Outcome
from server.tag_manager.translation import Translation
from server.tag_manager.triggers import ClientNames, condition_of_clients
from server.tag_manager.yaml_text import Node

TARGETS: Final = frozenset({
    *("allTagsExcept", "affectedTags", "affectedTagTypes", "matchingConditionsEnabled", "matchingConditionsTable"),
    "booleanExpressionString",
})  # fmt: skip
"""Parameters that are not about what is changed."""
NO_TAG: Final = "none of its tags was imported"
_JOINED: Final = "conditions joined by an expression of their own"


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of the export, by the names and types by which transformations know them."""

    outcomes: Sequence[Outcome]
    further: Mapping[str, Sequence[str]]
    """By the key of a tag, those of others that it became."""

    def named(self, name: str) -> Outcome | None:
        """The first of this name."""
        return next((each for each in self.outcomes if each.entity.name.strip() == name.strip()), None)

    def of_type(self, type: str) -> Sequence[Outcome]:
        """All of a type."""
        return [each for each in self.outcomes if each.entity.type == type]

    def keys(self, tags: Sequence[Outcome]) -> list[Node]:
        """The keys of those that stand in the file."""
        found = (key for each in tags if each.live and each.key for key in (each.key, *self.further.get(each.key, ())))
        return [*dict.fromkeys(found)]

    def stubs(self, tags: Sequence[Outcome]) -> list[Node]:
        """The keys of those that are comments."""
        return [*dict.fromkeys(each.key for each in tags if not each.live and each.key)]


@dataclass(frozen=True, slots=True)
class Transformed:
    """What a transformation becomes. ``stub`` says why it is a comment."""

    type: str
    settings: dict[str, Node]
    stub: str = ""


def read_transformation(translation: Translation, tags: Tags, clients: ClientNames) -> Transformed | None:
    """None where its type is not one of these."""
    kind = _KINDS.get(translation.entity.type)
    if kind is None:
        return None
    type, read = kind
    changed = read(translation)
    targets, stub = _targets(translation, tags)
    settings: dict[str, Node] = {"parameters": changed, **targets}
    priority = _priority(translation.entity)
    if priority:
        settings["priority"] = priority
    if not changed:
        stub = stub or "no row of it has a translation"
    conditions = _conditions(translation, clients)
    if isinstance(conditions, Lost):
        why = f"its condition cannot be written: {conditions.reason}"
        if type == "augment":
            stub = why
        else:
            translation.approximate(f"works always: {why}")
    elif conditions:
        settings["when"] = [*conditions] if len(conditions) > 1 else conditions[0]
    return Transformed(type, settings, stub)


def _names(table: str, column: str) -> Callable[[Translation], list[Node]]:
    def read(translation: Translation) -> list[Node]:
        found: list[Node] = []
        for row in translation.entity.rows(table):
            name = translation.plain(row_text(row, column))
            if isinstance(name, Lost):
                translation.approximate(f"a row is left out: {name.reason}")
            elif name and name not in found:
                found.append(name)
        return found

    return read


def _augmented(translation: Translation) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for row in translation.entity.rows("augmentEventTable"):
        name = translation.plain(row_text(row, "paramName"))
        if isinstance(name, Lost):
            translation.approximate(f"a row is left out: {name.reason}")
            continue
        value = translation.text(row_text(row, "paramValue"))
        if isinstance(value, Lost):
            translation.approximate(f"{literals.spoken(name)} is left out: {value.reason}")
        elif name:
            found[name] = value
    return found


_KINDS: Final[Mapping[str, tuple[str, Callable[[Translation], list[Node] | dict[str, Node]]]]] = {
    "tf_allow_params": ("allow", _names("allowedParamsTable", "allowedParams")),
    "tf_exclude_params": ("exclude", _names("excludedParamsTable", "excludedParams")),
    "tf_augment_event": ("augment", _augmented),
}


def _targets(translation: Translation, tags: Tags) -> tuple[dict[str, Node], str]:
    """``tags`` or ``except``, and why there is no tag."""
    entity = translation.entity
    listed = _listed(entity.rows("affectedTags"), translation, tags)
    of_types = [tag for row in entity.rows("affectedTagTypes") for tag in _of_type(row, translation, tags)]
    everywhere = tags.keys(tags.outcomes)
    if entity.flag("allTagsExcept"):
        spared = tags.keys([*listed, *of_types])
        return ({"except": spared} if spared else {}), "" if len(spared) < len(everywhere) else NO_TAG
    if not entity.rows("affectedTags") and not entity.rows("affectedTagTypes"):
        translation.approximate("names no tag: works for all")
        return {}, "" if everywhere else NO_TAG
    keys = tags.keys([*listed, *of_types])
    if keys:
        return {"tags": keys}, ""
    return {"tags": tags.stubs([*listed, *of_types])}, NO_TAG


def _listed(rows: Sequence[Mapping[str, Value]], translation: Translation, tags: Tags) -> list[Outcome]:
    found = []
    for row in rows:
        name = row_text(row, "tagReference")
        tag = tags.named(name)
        if tag is None:
            translation.approximate(f"the export has no tag «{literals.spoken(name)}»")
        else:
            found.append(tag)
    return found


def _of_type(row: Mapping[str, Value], translation: Translation, tags: Tags) -> Sequence[Outcome]:
    exceptions = row.get("tagTypeExceptions")
    spared = [each for each in exceptions if isinstance(each, dict)] if isinstance(exceptions, list) else []
    without = _listed(spared, translation, tags)
    return [tag for tag in tags.of_type(row_text(row, "tagType")) if tag not in without]


def _conditions(translation: Translation, clients: ClientNames) -> list[str] | Lost:
    entity = translation.entity
    if not entity.flag("matchingConditionsEnabled"):
        return []
    if entity.text("booleanExpressionString").strip():
        return Lost(_JOINED)
    found: list[str] = []
    for condition in _rows(entity):
        written = condition_of_clients(condition, translation, clients)
        if isinstance(written, Lost):
            return written
        found += [written] if written else []
    return found


def _rows(entity: Entity) -> Iterator[Condition]:
    for row in entity.rows("matchingConditionsTable"):
        yield Condition(
            row_text(row, "expressionType"),
            row_text(row, "variableReference"),
            row_text(row, "expressionValue"),
            row.get("negate") in (True, "true"),
            row.get("ignoreCase") in (True, "true") or row.get("ignore_case") in (True, "true"),
        )


def _priority(entity: Entity) -> int:
    found = entity.fields.get("priority")
    written = text_of(found.get("value") if isinstance(found, dict) else found).strip()
    digits = written.removeprefix("-")
    return int(written[:12]) if digits.isascii() and digits.isdigit() else 0
