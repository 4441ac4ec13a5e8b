"""What stands in the place of what a pattern finds: a text in which ``\\1`` is the pattern's first group, ``\\0`` all of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from core.expressions.predicates import compile_pattern
from core.expressions.values import LONGEST_TEXT

GROUP: Final = re.compile(r"\\(\d)")
"""How a text names a group."""

MOST_FOUND: Final = 1_000
"""Matches in one text: finding one may cost a look at all that follows."""


def expansion(text: str) -> Callable[[Any], str]:
    """What the text is for a match. A group that took no part is empty."""
    if not GROUP.search(text):
        return lambda _: text
    pieces = GROUP.split(text)
    return lambda match: "".join([match[int(piece)] or "" if i % 2 else piece for i, piece in enumerate(pieces)])


def lacks_group(pattern: Any, text: str) -> bool:
    """Whether the text names a group that the compiled pattern does not have."""
    return any(int(number) > pattern.groups for number in GROUP.findall(text))


def no_group(pattern: str, text: str) -> str:
    """What is said of that."""
    return f"{text!r} names a group that {pattern!r} does not have"


def compile_replacement(pattern: str, text: str) -> Callable[[str], str | None]:
    """Puts the text for everything that the RE2 pattern finds; None where that is too much. Raises ValueError in words."""
    compiled, expand = compile_pattern(pattern), expansion(text)
    if lacks_group(compiled, text):
        raise ValueError(no_group(pattern, text))

    def replaced(subject: str) -> str | None:
        made: list[str] = []
        end, room = 0, LONGEST_TEXT
        for number, match in enumerate(_each_once(compiled.finditer(subject))):
            piece = subject[end : match.start()] + expand(match)
            room -= len(piece)
            if room < 0 or number == MOST_FOUND:
                return None
            made.append(piece)
            end = match.end()
        return "".join([*made, subject[end:]])

    return replaced


def _each_once(matches: Iterable[Any]) -> Iterator[Any]:
    """google-re2 gives a match of nothing twice where it does not begin where the one before has ended."""
    last = None
    for match in matches:
        if match.span() != last:
            yield match
        last = match.span()
