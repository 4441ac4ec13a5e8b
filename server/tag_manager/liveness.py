"""What is live, what only comments use, and what nothing uses: the check has nothing unused to complain about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias

from core.expressions import ExpressionError, compile_condition, compile_template
from server.tag_manager.export import Entity, Export
from server.tag_manager.expressions import VariableReading
from server.tag_manager.meaning import Constant, Lost, Sealed
from server.tag_manager.outcome import ONLY_A_COMMENT, UNUSED, Outcome, judged
from server.tag_manager.yaml_text import Node

Reference: TypeAlias = tuple[str, str]

_A_COMMENT = f"a comment: {ONLY_A_COMMENT}"


def settle(outcomes: Sequence[Outcome], export: Export, variables: VariableReading) -> list[Outcome]:
    """The outcomes, triggers that only comments use made comments, and with those of the variables."""
    _settle_triggers(outcomes)
    live = reached(outcomes, variables)
    read = [_variable(each, variables, live) for each in (*export.of("variable"), *export.of("built_in"))]
    return [*outcomes, *read]


def reached(outcomes: Iterable[Outcome], variables: VariableReading) -> set[Reference]:
    """What the expressions of what is live mention, also by way of variables: ``("var", key)``, ``("env", name)``."""
    by_key = {("var", key): variable for variable, key in variables.keys.items()}
    found: set[Reference] = set()
    waiting = [reference for outcome in outcomes if outcome.live for reference in references(outcome.node)]
    while waiting:
        reference = waiting.pop()
        if reference not in found:
            found.add(reference)
            waiting += references(variables.node(by_key[reference])) if reference in by_key else ()
    return found


def references(node: Node | None, key: str = "") -> Iterator[Reference]:
    """The first two names of each expression in it."""
    if isinstance(node, dict):
        for name, item in node.items():
            yield from references(item, name)
    elif isinstance(node, list):
        for item in node:
            yield from references(item, key)
    elif isinstance(node, str) and key != "note" and (key == "when" or "{{" in node):
        with suppress(ExpressionError):  # the check tells of it
            yield from (compile_condition if key == "when" else compile_template)(node).references


def _settle_triggers(outcomes: Sequence[Outcome]) -> None:
    tags = [each for each in outcomes if each.section == "tags"]
    by_live = {key for tag in tags if tag.live for key in _triggers_of(tag)}
    by_any = {key for tag in tags for key in _triggers_of(tag)}
    for trigger in outcomes:
        if trigger.section != "triggers" or trigger.key in by_live:
            continue
        if trigger.key in by_any:
            trigger.stub = ONLY_A_COMMENT
            trigger.reasons.append(_A_COMMENT)
        else:
            trigger.stub = UNUSED
            trigger.reasons.append(UNUSED)
            trigger.status = "unused"


def _triggers_of(tag: Outcome) -> Iterable[object]:
    node: Mapping[str, object] = tag.node if isinstance(tag.node, dict) else {}
    for name in ("triggers", "exceptions"):
        found = node.get(name)
        yield from found if isinstance(found, list) else ()


def _variable(variable: Entity, variables: VariableReading, live: Collection[Reference]) -> Outcome:
    translation = variables.translations.get(variable)
    if translation is None:
        hidden = variables.named(variable.name) is not variable
        return Outcome(variable, "unused", ["another of its name stands before it" if hidden else UNUSED])
    meaning = variables.known(variable)
    if isinstance(meaning, Lost):
        return Outcome(variable, "skipped", [meaning.reason])
    if isinstance(meaning, Sealed):
        return Outcome(variable, "imported", [f"{'is' if meaning.whole else 'holds'} the secret ${{{meaning.secret}}}"])
    reasons, node = list(translation.reasons), variables.node(variable)
    if node is None:
        if isinstance(meaning, Constant) and variable.kind == "variable":
            return Outcome(variable, "imported", ["written where it is used"])
        return Outcome(variable, judged(reasons), reasons)
    key = variables.keys[variable]
    stub = "" if ("var", key) in live else ONLY_A_COMMENT
    said = [*reasons, *([_A_COMMENT] if stub else [])]
    return Outcome(variable, judged(reasons), said, "variables", key, node, stub)
