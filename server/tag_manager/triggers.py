"""Triggers. One condition without a translation makes the whole trigger match nothing: a tag fires less, never more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from server.tag_manager import literals
from server.tag_manager.export import Entity, folded, parameters_of, text_of
from server.tag_manager.expressions import is_built_in
from server.tag_manager.meaning import Lost
from server.tag_manager.names import key_of
from server.tag_manager.operators import Condition, expression_of, holds
from server.tag_manager.translation import Translation
from server.tag_manager.yaml_text import Node

_ANY_OF: Final = re.compile(r"\^\(([A-Za-z0-9_]+(?:\|[A-Za-z0-9_]+)*)\)\$")
_EVERY: Final = frozenset({".*", ".+"})
_PATTERNS: Final = {"contains": "*{}*", "startswith": "{}*", "endswith": "*{}"}
_PAGE_VIEW: Final = "page_view"


@dataclass(frozen=True, slots=True)
class ClientNames:
    """The clients of the export as conditions see them: their names, the keys of the live ones and of stubs, and added ones."""

    keys: Sequence[tuple[str, str, bool]]
    """Name, key, whether it is live."""
    added: Sequence[str] = ()


@dataclass(slots=True)
class Parts:
    """What a trigger asks for."""

    event: list[str] | None = None
    client: list[str] | None = None
    when: list[str] = field(default_factory=list)

    def node(self) -> dict[str, Node]:
        """As it stands in the file."""
        asked: dict[str, Node] = {}
        if self.event is not None:
            asked["event"] = list(map(literals.as_written, self.event))
        if self.client is not None:
            asked["client"] = list(self.client)
        if self.when:
            asked["when"] = self.when[0] if len(self.when) == 1 else list(self.when)
        return asked


def conditions_of(found: Sequence[Mapping[str, Any]]) -> Iterator[Condition]:
    """The conditions in a list of the export's filters."""
    for each in found:
        given = parameters_of(each.get("parameter"))
        left, right = given.get("arg0", ""), given.get("arg1", "")
        yield Condition(
            text_of(each.get("type")),
            left if isinstance(left, str) else "",
            right if isinstance(right, str) else "",
            given.get("negate") in (True, "true"),
            given.get("ignore_case") in (True, "true"),
        )


def read_trigger(translation: Translation, clients: ClientNames) -> Parts | Lost:
    """What the trigger asks for, or why it has to match nothing."""
    trigger = translation.entity
    kind = folded(trigger.type)
    if kind == "serverpageview":
        translation.approximate(f"taken for: the event {_PAGE_VIEW}")
        parts, filters = Parts([_PAGE_VIEW]), trigger.objects("filter")
    elif kind == "always":
        parts, filters = Parts(), trigger.objects("filter")
    elif kind == "customevent":
        parts, filters = Parts(), [*trigger.objects("customEventFilter"), *trigger.objects("filter")]
    else:
        return Lost(f"the trigger type {literals.spoken(trigger.type)} is not one of a server container")
    for condition in conditions_of(filters):
        lost = _add(condition, parts, translation, clients)
        if lost:
            return lost
    return parts


def _add(condition: Condition, parts: Parts, translation: Translation, clients: ClientNames) -> Lost | None:
    subject = _subject(condition, translation)
    if is_built_in(subject, "EVENT_NAME") and _is_event(condition, subject, parts, translation):
        return None
    if is_built_in(subject, "CLIENT_NAME"):
        return _add_client(condition, subject, parts, translation, clients)
    written = expression_of(condition, translation)
    if isinstance(written, Lost):
        return written
    parts.when.append(written)
    return None


def condition_of_clients(condition: Condition, translation: Translation, clients: ClientNames) -> str | Lost:
    """A condition as an expression, one about the client's name too; empty where it always holds."""
    subject = _subject(condition, translation)
    if not is_built_in(subject, "CLIENT_NAME"):
        return expression_of(condition, translation)
    parts = Parts(client=[])
    lost = _add_client(condition, subject, parts, translation, clients)
    return lost or " and ".join(parts.when)


def _subject(condition: Condition, translation: Translation) -> Entity | None:
    name = literals.lone_reference(condition.left)
    return None if name is None else translation.variables.named(name)


def _is_event(condition: Condition, subject: Entity | None, parts: Parts, translation: Translation) -> bool:
    """Whether ``event`` says it all."""
    if condition.negated or condition.ignore_case:
        return False
    if condition.kind == "matchregex" and condition.right in _EVERY:
        translation.operand(condition.left)
        return True
    names = _event_names(condition, translation) if parts.event is None else None
    if names is None or subject is None:
        return False
    translation.operand(condition.left)
    parts.event = names
    return True


def _event_names(condition: Condition, translation: Translation) -> list[str] | None:
    if condition.kind == "matchregex":
        found = _ANY_OF.fullmatch(condition.right)
        return None if found is None or isinstance(translation.raw(condition.right), Lost) else found[1].split("|")
    literal = translation.raw(condition.right) if condition.kind == "equals" or condition.kind in _PATTERNS else ""
    if isinstance(literal, Lost) or not literal or "*" in literal:
        return None
    return [_PATTERNS.get(condition.kind, "{}").replace("{}", literal)]


def _add_client(
    condition: Condition, subject: Entity | None, parts: Parts, translation: Translation, clients: ClientNames
) -> Lost | None:
    """Which clients are meant is worked out now."""
    literal = translation.raw(condition.right)
    if isinstance(literal, Lost):
        return literal
    unknown = holds(condition, "", literal)
    if isinstance(unknown, Lost):
        return unknown
    fitting = [(key, live) for name, key, live in clients.keys if holds(condition, name, literal) is True]
    if subject:
        translation.mention(subject)
    if condition.negated:
        _add_without([key for key, _ in fitting], parts)
    else:
        _add_with(fitting or _unknown(literal, translation, clients), parts)
    return None


def _unknown(literal: str, translation: Translation, clients: ClientNames) -> list[tuple[str, bool]]:
    key = key_of(literal, "client", "")
    translation.approximate(f"the export has no client «{literals.spoken(literal)}»: name yours {key}")
    return [(key, key in clients.added)]


def _add_with(fitting: Sequence[tuple[str, bool]], parts: Parts) -> None:
    keys = [key for key, _ in fitting]
    if parts.client is None and all(live for _, live in fitting):
        parts.client = keys
    else:
        parts.when.append(f"client == '{keys[0]}'" if len(keys) == 1 else f"client in {_listed(keys)}")


def _add_without(keys: Sequence[str], parts: Parts) -> None:
    if keys:
        parts.when.append(f"client != '{keys[0]}'" if len(keys) == 1 else f"client not in {_listed(keys)}")


def _listed(keys: Sequence[str]) -> str:
    quoted = ", ".join(f"'{key}'" for key in keys)
    return f"[{quoted}]"
