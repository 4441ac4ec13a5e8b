"""Whether a value holds what is expected of it, and everything in which it does not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import ndiff
from typing import Any

from config.problem import Path
from core.expressions.values import text_of
from core.undefined import UNDEFINED
from server.system.terminal import visible

_LONGEST = 100
_BEFORE = 30
_MOST_LINES = 200
"""To find out how more of them differ takes too long, and nobody reads it."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """An expectation that does not hold: its place in the test, what is wrong in a line, and more lines where they help."""

    location: Path
    message: str
    more: tuple[str, ...] = ()


def unmet(expected: Any, found: Any, location: Path) -> Iterator[Unmet]:
    """What is written is compared, all else in a mapping may be as it likes; null: absent, or null. Lists are of one length."""
    if expected is None:
        if found is not UNDEFINED and found is not None:
            yield Unmet(location, f"expected nothing, got {told(found)}")
    elif isinstance(expected, dict) and isinstance(found, dict):
        for key, each in expected.items():
            yield from unmet(each, found.get(key, UNDEFINED), (*location, key))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, (each, other) in enumerate(zip(expected, found, strict=True)):
            yield from unmet(each, other, (*location, index))
    elif not same(expected, found):
        yield different(expected, found, location)


def unmet_texts(expected: Mapping[str, Any], found: Mapping[str, str | list[str]], location: Path) -> Iterator[Unmet]:
    """The same for parameters and headers, which are texts: ``3`` is ``"3"``."""
    for name, value in expected.items():
        texts = [text_of(each) for each in value] if isinstance(value, list) else text_of(value)
        text = texts[0] if isinstance(texts, list) and len(texts) == 1 else texts
        yield from unmet(text, found.get(name, UNDEFINED), (*location, name))


def same(one: Any, other: Any) -> bool:
    """Whether they are one value of JSON: 3 is 3.0, and true is no number."""
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)


def different(expected: Any, found: Any, location: Path) -> Unmet:
    """That one thing is there in place of another; structures and long texts are shown line by line."""
    if isinstance(expected, list) and isinstance(found, list):
        message = f"expected {len(expected)} {'entry' if len(expected) == 1 else 'entries'}, got {len(found)}"
    elif isinstance(expected, str) and isinstance(found, str):
        message = "expected {}, got {}".format(*_excerpts(expected, found))
    else:
        message = f"expected {told(expected)}, got {told(found)}"
    lines, others = _lines(expected), _lines(found)
    shown = 1 < max(len(lines), len(others)) <= _MOST_LINES
    return Unmet(location, message, _differing(lines, others) if shown else ())


def told(value: Any) -> str:
    """A value in a message, cut where it is long."""
    if value is UNDEFINED:
        return "nothing"
    text = f"'{value}'" if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = visible(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _excerpts(one: str, other: str) -> tuple[str, str]:
    """Both texts from shortly before they differ, where one is too long to be shown."""
    if max(len(one), len(other)) <= _LONGEST:
        return told(one), told(other)
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(0, at - _BEFORE)
    mark = "…" if start else ""
    return told(mark + one[start:]), told(mark + other[start:])


def _lines(value: Any) -> list[str]:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, indent=2).split("\n")
    return value.split("\n") if isinstance(value, str) else []


def _differing(expected: list[str], found: list[str]) -> tuple[str, ...]:
    lines = ndiff(expected, found)
    return ("- expected", "+ got", *(visible(line) for line in lines if not line.startswith("?")))
