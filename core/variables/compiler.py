"""Variables as functions of the scope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from core.context import Scope, Variable
from core.expressions.predicates import compile_pattern, search
from core.expressions.replacement import expansion
from core.expressions.values import LONGEST_LIST, bounded, number_of, scalar_text, text_of
from core.fields import Template
from core.undefined import UNDEFINED
from core.variables.settings import Each, File, Lookup, Object, Regex, VariableSettings
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
        case Object():
            return settings.object.evaluate
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
    table = [(compile_pattern(pattern), _result(result)) for pattern, result in settings.map.items()]

    def run(scope: Scope) -> Any:
        text = scalar_text(source(scope))
        if text is not None:
            for pattern, expand in table:
                if match := search(pattern, text):
                    return expand(match)
        return default(scope)

    return run


def _result(result: Any) -> Callable[[Any], Any]:
    return expansion(result) if isinstance(result, str) else lambda _: result


def _each(settings: Each) -> Variable:
    elements = settings.each.evaluate
    gives = _listing(settings.value.evaluate) if settings.value else _summing(_default(settings.sum))

    def run(scope: Scope) -> Any:
        items = elements(scope)
        return gives(scope, items) if isinstance(items, list) else UNDEFINED

    return run


def _summing(adds: Variable) -> Callable[[Scope, list[Any]], Any]:
    return lambda scope, items: _total(items, [number_of(adds(scope.with_item(item, at))) for at, item in enumerate(items)])


def _listing(becomes: Variable) -> Callable[[Scope, list[Any]], Any]:
    """What each element becomes; undefined where the list would be too long, since every element may hold the whole event."""

    def run(scope: Scope, items: list[Any]) -> Any:
        made, room = [], LONGEST_LIST
        for at, item in enumerate(items):
            value = becomes(scope.with_item(item, at))
            if value is not UNDEFINED:
                made.append(value)
                room -= len(text_of(value) or "")
                if room < 0:
                    return UNDEFINED
        return made

    return run


def _total(items: Sequence[Any], numbers: Sequence[int | float | None]) -> Any:
    """The sum of what is a number; undefined where there are elements and none of them has one."""
    there = [number for number in numbers if number is not None]
    return bounded(sum(there)) if there or not items else UNDEFINED
