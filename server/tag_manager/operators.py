"""Conditions of the export as expressions. Google compares texts: ``String(a)``, and ``undefined`` for what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from core.expressions.values import number_of
from server.tag_manager import literals
from server.tag_manager.export import folded
from server.tag_manager.meaning import Lost, Operand
from server.tag_manager.patterns import fits, pattern_of
from server.tag_manager.translation import Translation

_PATTERN: Final = "matchregex"
_MISSING: Final = "undefined"
_BOOLEANS: Final = ("true", "false")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?")
_ALIASES: Final = {"regex": "matchregex", "equal": "equals", "greaterorequal": "greaterorequals", "lessorequal": "lessorequals"}


@dataclass(frozen=True, slots=True)
class Condition:
    """``left operator right``, both as they stand in the export; the operator as it is spelt there."""

    operator: str
    left: str
    right: str
    negated: bool = False
    ignore_case: bool = False

    @property
    def kind(self) -> str:
        """The operator without regard to spelling; transformations name some in their own way."""
        kind = folded(self.operator)
        return _ALIASES.get(kind, kind)


def expression_of(condition: Condition, translation: Translation) -> str | Lost:
    """The condition as an expression that holds exactly where it holds, or why there is none."""
    write = _WRITTEN.get(condition.kind)
    if write is None:
        return Lost(f"the operator {literals.spoken(condition.operator)} is not one of a server container")
    if condition.ignore_case and condition.kind != _PATTERN:
        return _any_case(condition)
    left = translation.operand(condition.left)
    if isinstance(left, Lost):
        return left
    written = write(condition, left, translation)
    if isinstance(written, Lost) or not condition.negated or condition.kind == "equals":
        return written
    return f"not ({written})"


def holds(condition: Condition, left: str, right: str) -> bool | Lost:
    """Whether it holds of two texts that are known now, before it is negated."""
    if condition.kind == _PATTERN:
        pattern = pattern_of(right, ignore_case=condition.ignore_case)
        return pattern if isinstance(pattern, Lost) else fits(pattern, left)
    test = _OF_TEXTS.get(condition.kind)
    if test is None:
        return Lost(f"the operator {literals.spoken(condition.operator)} of a client's name")
    return _any_case(condition) if condition.ignore_case else test(left, right)


def _any_case(condition: Condition) -> Lost:
    """Patterns alone are known to be searched so."""
    return Lost(f"the operator {literals.spoken(condition.operator)} in any case is unknown")


_OF_TEXTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "equals": lambda left, right: left == right,
    "contains": lambda left, right: right in left,
    "startswith": lambda left, right: left.startswith(right),
    "endswith": lambda left, right: left.endswith(right),
}


def _equals(condition: Condition, left: Operand, translation: Translation) -> str | Lost:
    sign = "!=" if condition.negated else "=="
    if literals.lone_reference(condition.right) is not None:
        right = translation.operand(condition.right)
        return right if isinstance(right, Lost) else f"{_as_text(left, True)} {sign} {_as_text(right, True)}"
    right = translation.operand(condition.right)
    if isinstance(right, Lost):
        return right
    if right.literal is None:
        return f"{_as_text(left, True)} {sign} {right.expression}"
    if right.literal == _MISSING:
        return f"{_subject(left, missing=True)} {sign} {right.expression}"
    comparable = right.literal in _BOOLEANS or number_of(right.literal) is not None
    return f"{_subject(left, text=comparable)} {sign} {right.expression}"


def _test(name: str, kind: str) -> Callable[[Condition, Operand, Translation], str | Lost]:
    """``x is containing 'a'`` and the like."""

    def written(condition: Condition, left: Operand, translation: Translation) -> str | Lost:
        right = translation.operand(condition.right)
        if isinstance(right, Lost):
            return right
        if right.literal is None:
            return f"{_as_text(left, True)} is {name} {right.expression}"
        fit = _OF_TEXTS[kind]
        text = any(fit(each, right.literal) for each in _BOOLEANS)
        subject = _subject(left, text=text, missing=fit(_MISSING, right.literal))
        return f"{subject} is {name} {right.expression}"

    return written


def _matches(condition: Condition, left: Operand, translation: Translation) -> str | Lost:
    written = translation.raw(condition.right)
    if isinstance(written, Lost):
        return replace(written, reason=f"a pattern that is not known now: {written.reason}")
    pattern = pattern_of(written, ignore_case=condition.ignore_case)
    if isinstance(pattern, Lost):
        return pattern
    if "'" in pattern and '"' in pattern:
        pattern = pattern.replace('"', r"\x22")
    text = any(fits(pattern, each) for each in _BOOLEANS)
    return f"{_subject(left, text=text, missing=fits(pattern, _MISSING))} is matching {literals.in_expression(pattern)}"


def _compared(sign: str) -> Callable[[Condition, Operand, Translation], str | Lost]:
    """Numbers."""

    def written(condition: Condition, left: Operand, translation: Translation) -> str | Lost:
        right = translation.operand(condition.right)
        if isinstance(right, Lost):
            return right
        lone = literals.lone_reference(condition.right) is not None
        number = condition.right.strip() if not lone and _NUMBER.fullmatch(condition.right.strip()) else None
        return f"({left.expression} | number) {sign} {number or f'({right.expression} | number)'}"

    return written


def _subject(left: Operand, *, text: bool = False, missing: bool = False) -> str:
    """The left side: as a text where a boolean or a number could be meant, ``undefined`` where that would fit."""
    filters = [" | text"] * (text and not left.is_text and not left.is_there)
    filters += [f" | default('{_MISSING}')"] * (missing and not left.is_there)
    return f"({left.expression}{''.join(filters)})" if filters else left.expression


def _as_text(side: Operand, missing: bool) -> str:
    return _subject(side, text=True, missing=missing)


_WRITTEN: Final[Mapping[str, Callable[[Condition, Operand, Translation], str | Lost]]] = {
    "equals": _equals,
    "contains": _test("containing", "contains"),
    "startswith": _test("starting_with", "startswith"),
    "endswith": _test("ending_with", "endswith"),
    _PATTERN: _matches,
    "greater": _compared(">"),
    "greaterorequals": _compared(">="),
    "less": _compared("<"),
    "lessorequals": _compared("<="),
}
