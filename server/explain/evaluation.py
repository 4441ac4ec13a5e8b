"""What an expression is worth for an event: its value, what kind of value that is, and the names that had none."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from config.messages import unknown
from core.context import Context, Scope, Shared
from core.expressions import Expression, ExpressionError, compile_expression, compile_template, undefined_names
from core.expressions.template import parts
from core.expressions.written import SECRET, VENDOR
from core.secret import MASK, SealedText
from core.types import Event, Request
from core.undefined import UNDEFINED
from wire.identity.vendors import VENDORS
from wire.json_events.body import read
from wire.json_events.refused import RefusedError
from wire.readers import READERS

_KINDS: Final[Mapping[type, str]] = {
    str: "text",
    SealedText: "text",
    bool: "boolean",
    int: "number",
    float: "number",
    list: "list",
    dict: "object",
}
_CALLED: Final[Mapping[str, str]] = {"var": "variable", "env": "environment name", VENDOR: "vendor"}
_OPEN: Final = "{{"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """``value`` is None where ``kind`` is ``undefined``; ``undefined`` are the names without a value, as they are written."""

    value: Any
    kind: str
    undefined: Sequence[str]


@dataclass(frozen=True, slots=True)
class Question:
    """An expression, or a text with ``{{ }}``, that is asked of events."""

    expression: Expression
    sources: Sequence[str]
    shared: Shared

    def of(self, event: Event, client: str, request: Request) -> Evaluated:
        """What it is worth for this event of the request."""
        scope = self._scope(event, client, request)
        value = self.expression.evaluate(scope)
        kind = "undefined" if value is UNDEFINED else _KINDS.get(type(value), "object")
        return Evaluated(None if value is UNDEFINED else value, kind, undefined_names(self.sources, scope))

    def _scope(self, event: Event, client: str, request: Request) -> Scope:
        try:
            body = read(request) if "body" in {root for root, _ in self.expression.references} else UNDEFINED
        except RefusedError:
            body = UNDEFINED
        return Context(request, client, event, 0, self.shared, body=body).on(event)


def question(source: str, shared: Shared | None) -> Question:
    """The expression as it is asked where these variables and settings are; without any there are none of them.

    Raises ExpressionError, also for a name that there is not. No secret is known: where one is asked for, it is the mask.
    """
    around = shared or Shared(readers=READERS, vendors=VENDORS)
    if _OPEN in source:
        expression, sources = compile_template(source), [part.text for part in parts(source) if part.expression]
    else:
        expression, sources = compile_expression(source), [source]
    known: Mapping[str, Collection[str]] = {"var": around.variables, "env": around.environment, VENDOR: around.vendors}
    for root, name in sorted(expression.references):
        if root in known and name not in known[root]:
            raise _no_name(source, root, name, known[root])
    masks = {name: MASK for root, name in expression.references if root == SECRET}
    return Question(expression, sources, _with_secrets(around, masks))


def _no_name(source: str, root: str, name: str, known: Collection[str]) -> ExpressionError:
    place = re.search(rf"\b{root}\b.*?\b{re.escape(name)}" if root != VENDOR else re.escape(name), source, re.DOTALL)
    return ExpressionError(unknown(f"{_CALLED[root]} {name}", name, list(known)), place.start() if place else None)


def _with_secrets(shared: Shared, secrets: Mapping[str, str]) -> Shared:
    return replace(shared, secrets={**shared.secrets, **secrets}) if secrets else shared
