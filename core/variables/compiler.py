"""Variables as functions of the scope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from core.context import Scope, Variable
from core.expressions.predicates import compile_pattern, search
from core.expressions.values import bounded, number_of, scalar_text, text_of
from core.fields import Template
from core.undefined import UNDEFINED
from core.variables.settings import GROUP, Each, File, Lookup, Regex, VariableSettings
from core.variables.table import read_table

Read: TypeAlias = Callable[[str], bytes]
"""Gives a file's bytes by its path as the variable writes it; may raise OSError."""


def compile_variable(settings: VariableSettings, read: Read) -> Variable:
    """The variable as a function of the scope, which never raises. Raises ValueError for a file that is no table."""
    match settings:
        case Lookup():
            return _lookup(settings)
        case Regex():
            return _regex(settings)
        case Each():
            return _each(settings)
        case File():
            table = _table(settings, read)
            return lambda _: table
    return settings.evaluate


def _table(settings: File, read: Read) -> dict[str, Any]:
    try:
        return read_table(settings.file, read(settings.file), settings.key, settings.value)
    except OSError as error:
        raise ValueError(f"{settings.file} cannot be read: {error.strerror or error}") from None


def _default(template: Template | None) -> Variable:
    return template.evaluate if template else lambda _: UNDEFINED


def _lookup(settings: Lookup) -> Variable:
    default, table, source = _default(settings.default), settings.map, settings.lookup.evaluate

    def run(scope: Scope) -> Any:
        text = text_of(source(scope))
        found = None if text is None else table.get(text)
        return found.evaluate(scope) if found else default(scope)

    return run


def _regex(settings: Regex) -> Variable:
    default, source = _default(settings.default), settings.regex.evaluate
    table = [(compile_pattern(pattern), _expansion(result)) for pattern, result in settings.map.items()]

    def run(scope: Scope) -> Any:
        text = scalar_text(source(scope))
        if text is not None:
            for pattern, expand in table:
                if match := search(pattern, text):
                    return expand(match)
        return default(scope)

    return run


def _expansion(result: Any) -> Callable[[Any], Any]:
    if not isinstance(result, str) or not GROUP.search(result):
        return lambda _: result
    pieces = GROUP.split(result)
    return lambda match: "".join([match[int(piece)] or "" if i % 2 else piece for i, piece in enumerate(pieces)])


def _each(settings: Each) -> Variable:
    elements, adds = settings.each.evaluate, settings.sum.evaluate

    def run(scope: Scope) -> Any:
        items = elements(scope)
        if not isinstance(items, list):
            return UNDEFINED
        return _total(items, [number_of(adds(scope.with_item(item))) for item in items])

    return run


def _total(items: Sequence[Any], numbers: Sequence[int | float | None]) -> Any:
    """The sum of what is a number; undefined where there are elements and none of them has one."""
    there = [number for number in numbers if number is not None]
    return bounded(sum(there)) if there or not items else UNDEFINED
