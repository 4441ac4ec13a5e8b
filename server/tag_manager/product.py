"""From an export to the texts and the report: translated, checked by the product itself, and again without what it refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from config import Problem, SourceFile, load
from core.registry import installed
from server.tag_manager import literals
from server.tag_manager.built_ins import ENVIRONMENT
from server.tag_manager.export import KINDS, Entity, Export
from server.tag_manager.importing import Importing
from server.tag_manager.liveness import reached
from server.tag_manager.outcome import ONLY_A_COMMENT, Added, Outcome
from server.tag_manager.reading import ExportError
from server.tag_manager.report import Report
from server.tag_manager.writing import Written, file_of, ordered

_ROUNDS: Final = 8
_AT: Final = re.compile(r"([a-z]+)\.([a-z0-9_]+)(?:\.?(.*))")
"""Section, key and what is below them, of a path."""
_NAME: Final = "container.yaml"


class OwnFaultError(Exception):
    """What would be written does not pass the product's own check, and no entity is to blame."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What is written, and what is said of it. ``environment`` is the text of .env.example, empty where there are no secrets."""

    text: str
    environment: str
    report: Report


def imported(export: Export) -> Imported:
    """The export as this product's configuration. Raises ExportError and OwnFaultError."""
    refused: dict[tuple[str, str], str] = {}
    for _ in range(_ROUNDS):
        made = _imported(export, refused)
        problems = mistakes(made.text)
        if not problems:
            return made
        blamed = _blamed(problems, made.report.outcomes, made.report.added)
        if not blamed or blamed.keys() <= refused.keys():
            break
        refused |= blamed
    found = made.report.masked(problems[0].message)
    raise OwnFaultError(f"what came of it does not pass `tagyard check`, which is a fault of Tagyard's: {found}")


def mistakes(text: str) -> Sequence[Problem]:
    """What the product's own check finds wrong with a file. Raises ExportError where it is over the product's limits."""
    loaded = load([SourceFile(_NAME, text.encode())], registry=installed(), environ={}, read=_no_file, serve=False)
    found = [problem for problem in loaded.problems if problem.severity == "error"]
    for problem in found:
        if problem.message.startswith(("is larger than", "has more than")):
            raise ExportError(f"becomes a file that {problem.message}")
    return found


def _no_file(name: str) -> bytes:
    raise FileNotFoundError(2, "there are no files beside it", name)


def _blamed(problems: Sequence[Problem], outcomes: Sequence[Outcome], added: Sequence[Added]) -> Mapping[tuple[str, str], str]:
    known = {*((each.section, each.key) for each in outcomes), *((each.section, each.key) for each in added)}
    found: dict[tuple[str, str], str] = {}
    for problem in problems:
        at = _AT.fullmatch(problem.path)
        if at and (at[1], at[2]) in known:
            found.setdefault((at[1], at[2]), f"{at[3]}: {problem.message}" if at[3] else problem.message)
    return found


def _imported(export: Export, refused: Mapping[tuple[str, str], str]) -> Imported:
    importing = Importing(export, refused)
    outcomes = _in_order(export, importing.outcomes())
    masked = importing.secrets.masked
    for each in outcomes:
        each.reasons, each.stub = [literals.spoken(masked(reason)) for reason in each.reasons], literals.spoken(masked(each.stub))
    added = [replace(each, why=literals.spoken(masked(each.why))) for each in importing.added]
    variables = importing.variables
    live = reached(outcomes, variables)
    needed = variables.environment()
    environment = [
        Written(name, default, "" if ("env", name) in live else ONLY_A_COMMENT)
        for name, default in ENVIRONMENT.items()
        if name in needed
    ]
    first_use = {variables.keys[each]: at for at, each in enumerate(variables.translations) if each in variables.keys}
    said = [literals.spoken(masked(each)) for each in export.warnings]
    source = replace(export, public_id=masked(export.public_id), version=masked(export.version), warnings=said)
    text = file_of(source, ordered(outcomes, first_use), added, environment)
    secrets = [each for each in importing.secrets.names() if f"${{{each.name}}}" in text]
    example = "".join(f"# {each.origin}\n{each.name}=\n" for each in secrets)
    return Imported(text, example, Report(source, outcomes, secrets, added, masked))


def _in_order(export: Export, outcomes: Sequence[Outcome]) -> list[Outcome]:
    kinds = dict.fromkeys([*KINDS.values(), *(each.kind for each in export.entities)])
    rank = {kind: at for at, kind in enumerate(kinds)}
    place: dict[Entity, int] = {entity: at for at, entity in enumerate(export.entities)}
    return sorted(outcomes, key=lambda each: (rank[each.entity.kind], place[each.entity]))
