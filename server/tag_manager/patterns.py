"""Regular expressions: those of JavaScript in the export, and RE2's here."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from core.expressions.predicates import LONGEST_PATTERN, compile_pattern, search
from server.tag_manager.meaning import Lost

ANY_CASE: Final = "(?i)"
_UNICODE: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u([0-9A-Fa-f]{4})")
_DOLLAR: Final = re.compile(r"(\\*)\$\{")
"""Where ``${`` stands, which a condition may not hold."""
_TOO_LONG: Final = f"a pattern may have {LONGEST_PATTERN} bytes"
_BEYOND: Final = re.compile(r"\(\?(?:=|!|<=|<!)|\\(?:[1-9]|k<)")
_BEYOND_RE2: Final = "RE2 has no look-ahead, look-behind and back-references"
_OTHERWISE: Final = re.compile(r"\\(?:[AzQEaCpP]|x\{)|(?<!\\)\(\?(?![:=!<])|\[:\^?[a-z]+:\]")
"""What RE2 reads as flags, anchors, and classes; in JavaScript it is an error, which matches nothing, or other characters."""


@lru_cache(maxsize=1_024)
def pattern_of(written: str, *, ignore_case: bool = False) -> str | Lost:
    """The pattern for RE2."""
    if len(written) > LONGEST_PATTERN:  # what is written otherwise only grows
        return Lost(_TOO_LONG)
    pattern = (ANY_CASE if ignore_case else "") + _UNICODE.sub(r"\1\\x{\2}", written)
    pattern = _DOLLAR.sub(_apart, pattern)
    if _OTHERWISE.search(written.replace("\\\\", "")):
        return Lost("RE2 reads the pattern otherwise than JavaScript")
    if len(pattern.encode()) > LONGEST_PATTERN:
        return Lost(_TOO_LONG)
    try:
        _compiled(pattern)
    except ValueError:
        return Lost(_BEYOND_RE2 if _BEYOND.search(_without_escapes(written)) else "RE2 does not know the pattern")
    return pattern


def _apart(found: re.Match[str]) -> str:
    """The same where a backslash makes the dollar a character, and where it is an anchor or one of several."""
    slashes = found[1]
    return f"{slashes[:-1]}\\x24{{" if len(slashes) % 2 else f"{slashes}$\\x7b"


def fits(pattern: str, text: str) -> bool:
    """Whether something in the text matches a pattern that ``pattern_of`` gave."""
    return bool(search(_compiled(pattern), text))


_compiled = lru_cache(maxsize=1_024)(compile_pattern)


def _without_escapes(written: str) -> str:
    return written.replace("\\\\", "").replace("\\(", "")
