"""Why a body is no JSON, by name where that is easily seen: the one mistake that stops the reader, and where it is."""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

from wire.measurement_protocol.checks import Check


class Fault(NamedTuple):
    """What is wrong with a body as a whole, and the check by which it is told and counted."""

    check: Check
    why: str

    @property
    def is_oversized(self) -> bool:
        """Whether the body is well-formed, for all that is known, and just too much."""
        return self.check in _OVERSIZED


_OVERSIZED: Final = frozenset({Check.OVER_BODY, Check.OVER_EVENTS, Check.OVER_PARAMETERS, Check.OVER_VALUES, Check.OVER_GROWTH})

EMPTY: Final = Fault(Check.NOT_A_PAYLOAD, "The body is empty.")
_UTF_16: Final = Fault(Check.NOT_UTF8, "It is UTF-16; send it as UTF-8.")
_GZIP: Final = Fault(Check.NOT_A_PAYLOAD, "It is compressed with gzip; send the header Content-Encoding: gzip with it.")
_FORM: Final = Fault(Check.NOT_A_PAYLOAD, "It is not JSON but looks like a form (name=value); send a JSON object.")


def fault_of(body: bytes, error: json.JSONDecodeError) -> Fault:
    """What is wrong with this body, which is no JSON; ``error`` is what its reader says."""
    if not body.strip():
        return EMPTY
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in body[:2]:
        return _UTF_16
    if body.startswith(b"\x1f\x8b"):
        return _GZIP
    try:
        text = body.decode()
    except UnicodeDecodeError as wrong:
        byte = body[wrong.start]
        return Fault(Check.NOT_UTF8, f"It is not UTF-8: byte 0x{byte:02X} at {wrong.start}.")
    if _FORM_BEGINS(text):
        return _FORM
    return _named(text, error)


_FORM_BEGINS: Final = re.compile(r"\s{0,9}[A-Za-z_][A-Za-z0-9_]{0,40}=").match


def _named(text: str, error: json.JSONDecodeError) -> Fault:
    where = f"line {error.lineno} column {error.colno} (char {error.pos})"
    if "surrogate" in error.msg:
        half = _HALF.search(text)
        return Fault(Check.LONE_SURROGATE, f"{half[0] if half else 'An escape'} is half a surrogate pair, no character: {where}.")
    for pattern, check, why in _NAMED:
        found = pattern.match(text, max(0, error.pos - (text[error.pos - 1 : error.pos] in _SIGNS)))
        if found:
            return Fault(check, f"{why.format(found[0])}: {where}.")
    for begins, why in _TOLD:
        if error.msg.startswith(begins):
            return Fault(Check.NOT_A_PAYLOAD, f"{why}: {where}.")
    return Fault(Check.NOT_A_PAYLOAD, f"It is not JSON: {error}.")


_HALF: Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_SIGNS: Final = ("-", "+")
_VALUE: Final = "{} is no JSON value; write"
_NAMED: Final = (
    (re.compile(r"[-+]?(?:NaN|nan|NAN|Infinity|inf|INF|Inf)\b"), Check.NO_NUMBER, "{} is no JSON number; leave the field out"),
    (re.compile(r"(?:undefined|None|nil|NULL)\b"), Check.NOT_A_PAYLOAD, f"{_VALUE} null, or leave the field out"),
    (re.compile(r"(?:True|TRUE|False|FALSE)\b"), Check.NOT_A_PAYLOAD, f"{_VALUE} true or false in small letters"),
    (re.compile(r"['\u2018\u2019\u201c\u201d]"), Check.NOT_A_PAYLOAD, "JSON's texts and names stand in \" and not in {}"),
    (re.compile(r"//|/\*|#"), Check.NOT_A_PAYLOAD, "JSON has no comments ({})"),
)
"""What stands where the reader stopped."""
_TOLD: Final = (
    ("trailing comma", "JSON has no comma after the last of a list or an object"),
    ("unexpected content after document", "Something stands behind the JSON object; send one payload in a request"),
)
"""How the reader's message begins, and what to say instead."""
