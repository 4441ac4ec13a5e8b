"""Texts with ``{{ }}`` in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from core.expressions.compiler import Compilation
from core.expressions.error import ExpressionError
from core.expressions.expression import Expression
from core.expressions.grammar import LONGEST_SOURCE
from core.expressions.names import Evaluate
from core.expressions.operators import concatenated
from core.secret import SealedText, SecretValue
from core.undefined import UNDEFINED

if TYPE_CHECKING:
    from core.context import Scope

_OPEN: Final = "{{"
_INSIDE = re.compile(r"'[^']*'|\"[^\"]*\"|[{}]")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the text: what stands outside braces, or an expression and where its text begins."""

    text: str
    expression: bool = False
    offset: int = 0


def compile_template(source: str | SealedText) -> Expression:
    """A text with ``{{ }}``. One ``{{ }}`` alone keeps its value's type; otherwise the value is a text.

    A SealedText gives a SealedText with its secrets where they were. Raises ExpressionError, nothing else.
    """
    if len(str(source)) > LONGEST_SOURCE:
        raise ExpressionError(f"a text with expressions may have {LONGEST_SOURCE} characters, no more")
    return _compile_sealed(source) if isinstance(source, SealedText) else _compile_text(source)


def _compile_text(source: str, typed: bool = True) -> Expression:
    """``typed``: one expression alone keeps its value's type. Otherwise the value is a text, UNDEFINED if it is too long."""
    pieces = list(parts(source))
    compiled = [(part, _compiled(part)) for part in pieces]
    done = [each for _, each in compiled if each]
    solid = [part for part in pieces if part.expression or part.text.strip()]
    alone = typed and len(solid) == 1 and len(done) == 1
    run = done[0].piece.run if alone else _text(compiled)
    inside = [(part.offset, each) for part, each in compiled if each]
    return Expression(source, run, _places(inside), tuple(remark.moved(at) for at, each in inside for remark in each.remarks()))


def _places(inside: Sequence[tuple[int, Compilation | Expression]]) -> dict[tuple[str, str], int]:
    """What is named inside of a longer text, by where it stands first in that; the pieces, by where each begins."""
    return {name: at + place for at, each in reversed(inside) for name, place in each.places.items()}


def _compiled(part: Part) -> Compilation | None:
    if not part.expression:
        return None
    try:
        return Compilation(part.text)
    except ExpressionError as error:
        raise error.moved(part.offset) from None


def _text(compiled: list[tuple[Part, Compilation | None]]) -> Evaluate:
    runs: list[Evaluate] = [done.piece.run if done else _always(part.text) for part, done in compiled]
    return lambda scope: concatenated([run(scope) for run in runs])


def _always(text: str) -> Evaluate:
    return lambda _: text


def parts(source: str) -> Iterator[Part]:
    """The text's pieces in order, none of them compiled yet. Raises ExpressionError for braces that do not fit."""
    at = 0
    while (start := source.find(_OPEN, at)) >= 0:
        if start > at:
            yield _outside(source, at, start)
        end = _end(source, start + 2)
        yield _inside(source, start + 2, end)
        at = end + 2
    if at < len(source):
        yield _outside(source, at, len(source))


def _outside(source: str, start: int, end: int) -> Part:
    text = source[start:end]
    if "{%" in text:
        raise ExpressionError("there are no {% %} blocks: write {{ a if condition else b }}", start + text.index("{%"))
    return Part(text)


def _inside(source: str, start: int, end: int) -> Part:
    text = source[start:end]
    if text.startswith("-") or text.endswith("-"):
        raise ExpressionError("{{- and -}} are not part of the language; for a minus, leave a space: {{ -1 }}", start)
    if not text.strip():
        raise ExpressionError("there is nothing between {{ and }}", start)
    return Part(text, expression=True, offset=start)


def _end(source: str, start: int) -> int:
    """Where the ``}}`` stands that ends the expression: not one in a text, nor in braces of its own."""
    depth = 0
    for found in _INSIDE.finditer(source, start):
        if found[0] == "{":
            depth += 1
        elif found[0] == "}" and depth:
            depth -= 1
        elif found[0] == "}" and source.startswith("}}", found.start()):
            return found.start()
    raise ExpressionError("{{ is never closed: write }} after the expression", start - 2)


def _compile_sealed(source: SealedText) -> Expression:
    starts = [len(str(SealedText(source.parts[:number]))) for number in range(len(source.parts))]
    parts = [
        part if isinstance(part, SecretValue) else _sealed_part(part, at) for at, part in zip(starts, source.parts, strict=True)
    ]
    inside = [(at, part) for at, part in zip(starts, parts, strict=True) if isinstance(part, Expression)]
    warnings = tuple(remark.moved(at) for at, each in inside for remark in each.warnings)

    def run(scope: Scope) -> Any:
        values = [part if isinstance(part, SecretValue) else part.evaluate(scope) for part in parts]
        return UNDEFINED if UNDEFINED in values else SealedText(tuple(values))

    return Expression(str(source), run, _places(inside), warnings)


def _sealed_part(text: str, at: int) -> Expression:
    try:
        return _compile_text(text, typed=False)
    except ExpressionError as error:
        if text.count(_OPEN) > text.count("}}"):
            message = "a secret cannot stand inside {{ }}: put it beside the expression"
            raise ExpressionError(message, error.offset).moved(at) from None
        raise error.moved(at) from None
