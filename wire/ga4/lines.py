"""The body of a request as lines, one hit each; what else may stand there is told of, and never becomes a hit."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from typing import Final

from wire.ga4.findings import Findings
from wire.limits import MOST_EVENTS, Limit, OversizedError

CODE: Final = "NOT_A_HIT"

_EXPECTED: Final = "Expected is one hit on a line, as name=value&name=value."
_KINDS: Final[Mapping[str, str]] = {
    "{": "JSON, which is for /mp/collect",
    "[": "JSON, which is for /mp/collect",
    '"': "a text in quotation marks",
    "<": "markup",
    "-": "a form in parts (multipart/form-data)",
    "\x1f": "compressed",
}
"""What a body is that begins so: no name of a parameter does."""
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_lines(body: bytes, findings: Findings) -> list[str]:
    """The lines that are hits. They end with CR, LF or both, and empty ones are none. Raises OversizedError for too many."""
    text = _text(body)
    if "\r" in text:
        text = text.replace("\r", "\n")
    lines = [line for line in text.split("\n") if line]
    if len(lines) <= MOST_EVENTS and all(map(_is_hit, lines)):
        return lines
    return _hits_among(lines, findings)


def _text(body: bytes) -> str:
    if body.startswith(_UTF_16):
        return body.decode("utf-16", "replace")
    return body.decode("utf-8", "replace").removeprefix("\ufeff")


def _is_hit(line: str) -> bool:
    return "=" in line and line[0] not in _KINDS


def _hits_among(lines: list[str], findings: Findings) -> list[str]:
    """A body that begins as something else is that to its end: not even a line with a ``=`` is a hit in it."""
    first = lines[0].strip(" \t")
    kind = _KINDS.get(first[:1])
    if kind is not None and first not in _NOTHING:
        findings.add("body", CODE, f"The body is {kind}, and no hit. {_EXPECTED}")
        return []
    if len(lines) > MOST_EVENTS:
        raise OversizedError(Limit.EVENTS)
    for number, line in enumerate(lines, 1):
        if not _is_hit(line) and not line.isspace():
            what = "is {value}," if line in _WORDS else "has no name and value,"
            findings.add(f"line {number}", CODE, f"{{place}} of the body {what} and is no hit. {_EXPECTED}", line)
    return [line for line in lines if _is_hit(line)]


_NOTHING: Final = frozenset({"[object Object]", "{}", "[]", '""'})
_WORDS: Final = _NOTHING | {"undefined", "null", "NaN", "true", "false"}
"""What JavaScript makes of a body that is not there. No other line is repeated, since nobody knows what is in it."""
