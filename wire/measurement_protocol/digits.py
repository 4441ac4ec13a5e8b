"""JSON with every digit of its numbers: what a double cannot hold, and an id that came as a number, stays the text it was.

A double holds a number if writing the double again gives it: in as few digits as possible (``0.1``), or in as many as the
sender wrote (``0.10000000000000001``, as some write 0.1). Integers beyond 64 bits must be the former.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from decimal import Context, Decimal
from typing import Any, Final, NoReturn, TypeAlias

import orjson

from wire.measurement_protocol.notes import Notes

Path: TypeAlias = tuple[str | int, ...]

_IDS: Final = ("client_id", "clientId", "app_instance_id", "appInstanceId", "user_id", "userId")
"""Fields of a payload that are ids: there ``555.10`` and ``555.1`` are two."""
_WHOLE_IDS: Final = frozenset({"user_id", "userId"})
"""Ids that are whole numbers, if numbers at all: some senders write 42 as ``42.0``."""

_FEWEST: Final = 17
"""Characters of the shortest number that a double may not hold: 16 digits and a point or an exponent, or 17 digits."""
_LONGEST: Final = 400
"""Characters of the longest number that is compared with a double at all."""
_RUNS: Final = bytes.maketrans(b"123456789.eE,[ -\t\r\n", b"0" * 12 + b":" * 7)
_LONG_RUN: Final = b":" + b"0" * _FEWEST
_OVERFLOW: Final = "number is infinity when parsed as double"


class Digits(str):
    """A number of the document, with more digits than a double can hold."""

    __slots__ = ()


class _Written(str):
    __slots__ = ()


def load(body: bytes, notes: Notes) -> Any:
    """The document. Raises json.JSONDecodeError, and RecursionError for what is nested deeper than a stack.

    Numbers that would lose digits are Digits, and so is an id that is a number but no whole one; ``notes.exact`` says that
    there may be some.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if error.msg != _OVERFLOW:
            raise
    else:
        # One pass over the bytes turns every digit into a 0 and whatever may stand before a number into a colon.
        if _LONG_RUN not in body.translate(_RUNS) and not _may_have_broken_ids(value):
            return value
    notes.exact = True
    return _reread(body)


def kept(value: Any, path: Path = ()) -> Iterator[tuple[Path, Digits]]:
    """Every number of a document that is Digits, and where it stands."""
    if type(value) is Digits:
        yield path, value
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from kept(inner, (*path, key))


def _payloads(value: Any) -> Sequence[dict[str, Any]]:
    if type(value) is dict:
        return (value,)
    return [each for each in value if type(each) is dict] if type(value) is list else ()


def _may_have_broken_ids(value: Any) -> bool:
    """Whether a float stands where ids do. Times stand there, too; most senders write them as integers."""
    if type(value) is dict:
        return float in map(type, value.values())
    return any(float in map(type, payload.values()) for payload in _payloads(value))


def _reread(body: bytes) -> Any:
    text = body.decode()
    value = json.loads(text, parse_float=_Written, parse_int=_integer, parse_constant=lambda name: _refuse(name, text))
    try:
        orjson.dumps(value)
    except TypeError:
        raise json.JSONDecodeError("surrogates not allowed", text, 0) from None
    for payload in _payloads(value):
        _settle_ids(payload)
    _settle(value)
    return value


def _integer(text: str) -> int | _Written:
    return int(text) if len(text) < _FEWEST + 2 else _Written(text)


def _refuse(name: str, text: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is no number", text, text.find(name))


def _settle_ids(payload: dict[str, Any]) -> None:
    for name in _IDS:
        written = payload.get(name)
        if type(written) is _Written:
            number = float(written) if name in _WHOLE_IDS and len(written) <= _LONGEST else math.nan
            whole = number.is_integer() and abs(number) < _EXACT
            payload[name] = Digits(int(number) if whole and not written.lstrip("-").isdigit() else written)


_EXACT: Final = 1 << 53


def _settle(root: Any) -> None:
    """Each number that was kept as it is written becomes a number, or Digits. No recursion: it may be as deep as it likes."""
    waiting = [root]
    while waiting:
        value = waiting.pop()
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
            if type(inner) is _Written:
                value[key] = _number(inner)
            elif isinstance(inner, dict | list):
                waiting.append(inner)


def _number(text: str) -> int | float | Digits:
    if text.lstrip("-").isdigit() and len(text) <= _LONGEST and -(1 << 63) <= int(text) < 1 << 64:
        return int(text)
    number = float(text) if len(text) <= _LONGEST else math.inf
    return number if math.isfinite(number) and _holds(number, text) else Digits(text)


def _holds(number: float, text: str) -> bool:
    """Whether the double, written in as few digits as possible or in as many as the text has, rounded or cut, is the text."""
    if number == 0:
        return _NO_ZERO.isdisjoint(text.lower().partition("e")[0])
    written = _CONTEXT.create_decimal(text)
    if written == Decimal(repr(number)) or text.lstrip("-").isdigit():
        return written == Decimal(repr(number))
    exponent = written.as_tuple().exponent
    last = _CONTEXT.create_decimal((0, (1,), exponent)) if isinstance(exponent, int) else Decimal(0)
    return bool(_CONTEXT.abs(_CONTEXT.subtract(written, Decimal(number))) < last)


_NO_ZERO: Final = frozenset("123456789")
_CONTEXT: Final = Context(prec=_LONGEST, traps=[])
