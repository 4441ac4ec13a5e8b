"""Values of named parameters that are more than text: how each is read from a hit and written into one.

A reader gives None for a value that counts as not given; a writer gives None for one that is not sent. What a reader cannot
take apart stays the text it was, and every writer gives a text back as it is, so that nothing is lost on the way.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from core.numbers import javascript
from core.secret import SealedText
from core.undefined import UNDEFINED
from wire.address import somebodys
from wire.ga4 import numbers
from wire.ga4.query import escape, remember, unescape

Text: TypeAlias = str | SealedText
"""The text of a parameter; one that holds a secret is filled in when the hit is sent."""


class ValueType(NamedTuple):
    """What a parameter's text means. ``read`` is None where the text is the value."""

    read: Callable[[str], Any] | None
    write: Callable[[Any], Text | None]


def write_custom(value: Any) -> Text | None:
    """The text of a custom parameter: booleans are ``true`` and ``false``, objects and lists compact JSON."""
    if isinstance(value, str | SealedText):
        return value
    if value is None or value is UNDEFINED:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return javascript(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def write_named(value: Any) -> Text | None:
    """The text of a named parameter: a boolean is ``1`` or ``0``."""
    return ("0", "1")[value] if isinstance(value, bool) else write_custom(value)


def _read_flag(text: str) -> Any:
    return {"1": True, "0": False}.get(text, text)


_LONGEST_BITS = 64


@remember
def _read_bits(text: str) -> list[int] | str:
    """``EAAAAAQ`` as ``[4, 34]``: URL-safe base64 of a bit set, least significant bit first."""
    if len(text) > _LONGEST_BITS or not text.isascii():
        return text
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return text
    bits = [8 * at + bit for at, byte in enumerate(data) for bit in range(8) if byte >> bit & 1]
    return bits if _write_bits(bits) == text else text


_HIGHEST_BIT = 8 * _LONGEST_BITS


def _write_bits(value: Any) -> Text | None:
    if not isinstance(value, list) or not all(type(bit) is int and 0 <= bit < _HIGHEST_BIT for bit in value):
        return write_named(value)
    number = sum(1 << bit for bit in set(value))
    data = number.to_bytes((number.bit_length() + 7) // 8, "little")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


_LONGEST_BRANDS = 1000


@remember
def _read_brands(text: str) -> list[dict[str, str]] | str:
    """``Microsoft%20Edge;142|…``: the brand is percent-encoded once more, inside the query's own encoding."""
    if len(text) > _LONGEST_BRANDS:
        return text
    return [_read_brand(piece) for piece in text.split("|")]


def _read_brand(piece: str) -> dict[str, str]:
    brand, semicolon, version = piece.partition(";")
    return {"brand": unescape(brand), "version": version} if semicolon else {"brand": unescape(brand)}


def _write_brands(value: Any) -> Text | None:
    if not isinstance(value, list):
        return write_named(value)
    return "|".join([_write_brand(entry) for entry in value if isinstance(entry, dict)])


def _write_brand(entry: dict[str, Any]) -> str:
    brand, version = escape(str(entry.get("brand") or "")), entry.get("version")
    return brand if version is None else f"{brand};{version}"


def _read_location(text: str) -> dict[str, str]:
    """``BR-SP`` as country and region; the country may stand alone, and an empty text is an empty object."""
    country, dash, region = text.partition("-")
    if dash:
        return {"country": country, "region": region}
    return {"country": country} if country else {}


def _write_location(value: Any) -> Text | None:
    """``BR-SP`` from country and region; a text is given back as it is."""
    if not isinstance(value, dict):
        return write_named(value)
    country, region = value.get("country"), value.get("region")
    return str(country or "") if region is None else f"{country or ''}-{region}"


TEXT = ValueType(None, write_named)
NUMBER = ValueType(numbers.read, write_named)
FLAG = ValueType(_read_flag, write_named)
BITS = ValueType(_read_bits, _write_bits)
BRANDS = ValueType(_read_brands, _write_brands)
LOCATION = ValueType(_read_location, _write_location)
ADDRESS = ValueType(somebodys, write_named)
