"""How a request's body is written: as JSON, or as a form."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import orjson

from core.percent import UNRESERVED, escaped


def as_json(value: Any) -> bytes:
    """Compact JSON, with every digit of a number of more than 64 bits, which orjson refuses. Raises TypeError."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


_PLAIN: Final = UNRESERVED + b" "


def as_form(pairs: Iterable[tuple[str, str]]) -> bytes:
    """``application/x-www-form-urlencoded``, in UTF-8."""
    return "&".join([f"{_of_form(name)}={_of_form(text)}" for name, text in pairs]).encode()


def _of_form(text: str) -> str:
    return escaped(text, _PLAIN).replace(" ", "+")
