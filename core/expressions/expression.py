"""A compiled expression, and conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.expressions import warning, words
from core.expressions.compiler import Compilation
from core.expressions.error import ExpressionError, Remark
from core.expressions.names import Evaluate


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """Evaluated per event by ``evaluate(scope)``, which never raises and gives UNDEFINED where there is no value.

    ``places`` are the first names that are known from the source, and where each stands first: ``("var", "margin")``,
    ``("event", "value")``, ``("item", "")`` for item itself. ``warnings`` are what ``check`` tells the author.
    """

    source: str
    evaluate: Evaluate = field(repr=False)
    places: Mapping[tuple[str, str], int] = field(default_factory=dict, repr=False)
    warnings: tuple[Remark, ...] = ()

    @property
    def references(self) -> frozenset[tuple[str, str]]:
        """What it names."""
        return frozenset(self.places)


def compile_expression(source: str) -> Expression:
    """One expression without braces, of whatever value. Raises ExpressionError, nothing else."""
    done = Compilation(source)
    return Expression(source, done.piece.run, done.places, done.remarks())


def compile_condition(source: object) -> Expression:
    """One expression without braces, or a plain true or false. Raises ExpressionError, nothing else."""
    if isinstance(source, bool):
        return Expression(str(source).lower(), lambda _: source)
    if not isinstance(source, str):
        raise ExpressionError(f"a condition is a text such as event.value > 100, without secrets; this is {_kind(source)}")
    if source.lstrip().startswith("{{"):
        raise ExpressionError("a condition is written without braces: leave {{ and }} out", source.index("{{"))
    done = Compilation(source)
    start = len(source) - len(source.lstrip())
    asked = [Remark(message, start) for message in warning.of_condition(done.tree, done.piece.constant)]
    return Expression(source, done.piece.run, done.places, done.remarks(*asked, *words.of_condition(done.tree)))


def _kind(value: Any) -> str:
    kinds = {"NoneType": "nothing", "int": "a number", "float": "a number", "list": "a list", "dict": "an object"}
    return kinds.get(type(value).__name__, "a secret")
