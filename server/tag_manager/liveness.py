"""What is live, what only comments use, and what nothing uses: the check has nothing unused to complain about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from server.tag_manager.export import Entity, Export
from server.tag_manager.expressions import VariableReading
from server.tag_manager.meaning import Computed, Constant, Lost, Sealed
from server.tag_manager.outcome import ONLY_A_COMMENT, UNUSED, Outcome, judged

_A_COMMENT = f"a comment: {ONLY_A_COMMENT}"


def settle(outcomes: Sequence[Outcome], export: Export, variables: VariableReading) -> list[Outcome]:
    """The outcomes, triggers that only comments use made comments, and with those of the variables."""
    _settle_triggers(outcomes)
    live = reached(outcomes, variables)
    read = [_variable(each, variables, each in live) for each in (*export.of("variable"), *export.of("built_in"))]
    return [*outcomes, *read]


def reached(outcomes: Iterable[Outcome], variables: VariableReading) -> set[Entity]:
    """The variables that what is live needs, also by way of others."""
    found: set[Entity] = set()
    waiting = [used for outcome in outcomes if outcome.live for used in outcome.uses]
    while waiting:
        variable = waiting.pop()
        if variable not in found:
            found.add(variable)
            translation = variables.translations.get(variable)
            waiting += translation.uses if translation else ()
    return found


def environment_of(live: Iterable[Entity], variables: VariableReading) -> set[str]:
    """The names of the environment that these variables read."""
    meanings = [variables.meaning(each) for each in live if each.kind == "built_in" and each in variables.translations]
    return {meaning.env for meaning in meanings if isinstance(meaning, Computed) and meaning.env}


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


def _variable(variable: Entity, variables: VariableReading, live: bool) -> Outcome:
    translation = variables.translations.get(variable)
    if translation is None:
        return Outcome(variable, "unused", [UNUSED])
    meaning = variables.known(variable)
    if isinstance(meaning, Lost):
        return Outcome(variable, "skipped", [meaning.reason])
    if isinstance(meaning, Sealed):
        return Outcome(variable, "imported", [f"is the secret ${{{meaning.secret}}}"])
    reasons, node = list(translation.reasons), variables.node(variable)
    if node is None:
        if isinstance(meaning, Constant) and variable.kind == "variable":
            return Outcome(variable, "imported", ["written where it is used"])
        return Outcome(variable, judged(reasons), reasons)
    stub = "" if live else ONLY_A_COMMENT
    said = [*reasons, *([] if live else [_A_COMMENT])]
    return Outcome(variable, judged(reasons), said, "variables", variables.keys[variable], node, stub)
