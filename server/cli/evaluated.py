"""``tagyard explain --expr``: the value of an expression, for a person or as JSON, or the column of a mistake in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import click
from rich.text import Text

from core.context import Shared
from core.expressions import ExpressionError
from core.types import Event
from server.explain.evaluation import Evaluated, Question, question
from server.explain.explanation import Explainer, Explanation
from server.system.terminal import err, out, visible

EVENT_ALONE = "explain-event"
"""The id of the request that event data alone is taken to have come by."""
NOBODY = ""
"""Stands for the client where no configuration names one."""


def asked(source: str, shared: Shared | None) -> Question:
    """The expression. Exit code 1 where it is none, with a mark under the column."""
    try:
        made = question(source, shared)
    except ExpressionError as error:
        raise click.ClickException(_pointed(source, error)) from None
    for warning in made.expression.warnings:
        err.print(f"warning: {warning.message}", markup=False)
    return made


def _pointed(source: str, error: ExpressionError) -> str:
    if error.offset is None:
        return f"--expr: {error}"
    before = source[: error.offset]
    line, column = before.count("\n") + 1, error.offset - before.rfind("\n")
    place = f"--expr:{line}:{column}" if "\n" in source else f"--expr:{column}"
    shown = visible(source.split("\n")[line - 1])
    return f"{place}: {error}\n  {shown}\n  {' ' * len(visible(before[len(before) - column + 1 :]))}^"


def versions(explanation: Explanation, tag: str | None) -> Iterator[tuple[Event, str]]:
    """The events of a request as the tag sees them, if one is named, and what is to be said of that."""
    for run in explanation.run.events:
        verdict = next((each for each in run.verdicts if each.tag == tag), None)
        if verdict is None:
            yield run.event, ""
        elif verdict.event is None:
            yield run.event, f"{tag} is held back: {verdict.why}; this is of the event as it came"
        else:
            yield verdict.event, f"as {tag} sees it"


def tell(url: str, explanation: Explanation, made: Question, explainer: Explainer, as_lines: bool) -> None:
    """Prints what the expression is worth for each event of the request, or for the request alone where it became none."""
    run = explanation.run
    nothing = "it became no event" if run.client else "no client claims it, so that there is no event"
    for event, note in list(versions(explanation, explainer.tag)) or [({}, nothing)]:
        found = made.of(event, run.client or NOBODY, run.seen(explanation.request))
        head = "" if explanation.request.id == EVENT_ALONE else f"{explanation.request.method} {url}"
        print_value(found, as_lines, [head, note], {"url": url, "client": run.client})


def print_value(found: Evaluated, as_lines: bool, above: Sequence[str] = (), of: dict[str, Any] | None = None) -> None:
    """One value: JSON, in which a secret is a mask, its kind, and the names without a value."""
    if as_lines:
        told = {**(of or {}), "value": found.value, "type": found.kind, "undefined": list(found.undefined)}
        click.echo(json.dumps(told, default=str))
        return
    for line in filter(None, above):
        out.print(Text(visible(line), "dim"))
    shown = "" if found.kind == "undefined" else visible(json.dumps(found.value, ensure_ascii=False, default=str)) + "  "
    out.print(Text.assemble(shown, (found.kind, "cyan")))
    if found.undefined:
        out.print(Text(visible(f"undefined: {', '.join(found.undefined)}"), "yellow"))
