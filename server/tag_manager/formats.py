"""How a variable's value is converted once it is known: case, and what stands for missing values, true and false."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from server.tag_manager.export import folded, text_of
from server.tag_manager.meaning import ITSELF, Computed, Constant, Lost, Meaning, Sealed, Table
from server.tag_manager.translation import Translation

_CASES: Final = {"lowercase": "lower", "uppercase": "upper"}
_MISSING: Final = ("convertUndefinedToValue", "convertNullToValue")
_BOOLEANS: Final = {"convertTrueToValue": "true", "convertFalseToValue": "false"}


def formatted(meaning: Meaning, translation: Translation) -> Meaning | Lost:
    """The meaning with the conversions that the variable asks for."""
    found = translation.entity.fields.get("formatValue")
    asked: Mapping[str, Any] = found if isinstance(found, dict) else {}
    case = _CASES.get(folded(text_of(asked.get("caseConversionType"))))
    if isinstance(meaning, Constant):
        return Constant({"lower": meaning.text.lower(), "upper": meaning.text.upper()}.get(case or "", meaning.text))
    if isinstance(meaning, Sealed):
        return meaning
    base = meaning.expression if isinstance(meaning, Computed) else ITSELF
    expression = _converted(base, case, asked, translation)
    if isinstance(expression, Lost) or expression == base:
        return expression if isinstance(expression, Lost) else meaning
    return Table(meaning.node, f"({expression})") if isinstance(meaning, Table) else Computed(expression)


def _converted(base: str, case: str | None, asked: Mapping[str, Any], translation: Translation) -> str | Lost:
    expression = f"{base} | {case}" if case else base
    for name in _MISSING:
        value = _value(asked, name, translation)
        if isinstance(value, Lost):
            return value
        if value is not None and " | default(" not in expression.removeprefix(base):
            expression = f"{expression} | default({value})"
    whole = expression
    for name, boolean in _BOOLEANS.items():
        value = _value(asked, name, translation)
        if isinstance(value, Lost):
            return value
        if value is not None:
            otherwise = whole if whole == expression else f"({whole})"
            whole = f"{value} if {expression} == {boolean} else {otherwise}"
    return whole


def _value(asked: Mapping[str, Any], name: str, translation: Translation) -> str | Lost | None:
    parameter = asked.get(name)
    if not isinstance(parameter, dict):
        return None
    read = translation.needed(text_of(parameter.get("value")))
    return read if isinstance(read, Lost) else read.expression
