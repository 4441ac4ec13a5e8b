"""A filter in an expression: whether it is written as it must be, and its closure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jinja2 import nodes

from core.expressions.error import ExpressionError
from core.expressions.filters import Filter, accepts
from core.expressions.names import Evaluate
from core.expressions.written import Ready, WrittenFilter
from core.undefined import UNDEFINED

if TYPE_CHECKING:
    from core.context import Scope


def refuse_names(node: nodes.Filter | nodes.Test) -> None:
    """Raises ExpressionError for arguments with names and stars."""
    if node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise ExpressionError(f"{node.name} takes its arguments without names and stars", node.lineno)


def check_arguments(node: nodes.Filter, entry: Filter, constants: Sequence[Any]) -> None:
    """Raises ExpressionError for too many or too few of them, and for one of ``constants`` that cannot be used."""
    least, most = 0 if entry.optional else 1, 1 if entry.takes else 0
    if not least <= len(node.args) <= most:
        wants = f"is written {entry.example}" if entry.takes else "takes nothing in parentheses"
        raise ExpressionError(f"the filter {node.name} {wants}", node.lineno)
    wrong = [value for value in constants if not accepts(entry.takes or "value", value)]
    if wrong:
        raise ExpressionError(f"the filter {node.name} cannot take {wrong[0]!r}; it is written {entry.example}", node.lineno)


def filtered(name: str, entry: Filter, runs: Sequence[Evaluate]) -> Evaluate:
    """The filter on the first of these, with the others as its arguments."""
    source, apply = runs[0], entry.apply
    if len(runs) == 1:
        return lambda scope: UNDEFINED if (value := source(scope)) is UNDEFINED else apply(value)
    argument, kind = runs[1], entry.takes or "value"
    if name == "default":
        return lambda scope: argument(scope) if (value := source(scope)) is UNDEFINED else value

    def run(scope: Scope) -> Any:
        value, given = source(scope), argument(scope)
        return UNDEFINED if value is UNDEFINED or not accepts(kind, given) else apply(value, given)

    return run


def ready(node: nodes.Filter, entry: WrittenFilter, source: nodes.Node) -> Ready:
    """The filter with its arguments. Raises ExpressionError, which tells no argument that may be a secret."""
    texts = [each.value for each in node.args if isinstance(each, nodes.Const) and isinstance(each.value, str)]
    if len(texts) != len(node.args):
        raise ExpressionError(f"the filter {node.name} takes texts in quotes: it is written {entry.example}", node.lineno)
    if len(texts) not in entry.arguments:
        raise ExpressionError(f"the filter {node.name} is written {entry.example}", node.lineno)
    try:
        return entry.make(source, *texts)
    except ValueError as error:
        raise ExpressionError(f"the filter {node.name}: {error}", node.lineno) from None
