"""``user_data``: what a page knows about a person, in every spelling it comes in, and hashed as Google wants it.

Documented are ``email_address`` and ``phone_number``, gtag sends ``email`` and ``phone`` as well; each may be a text, a
list, or gtag's ``{"0": …}`` for a list, and so may ``address``.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from core.types import Event, Request

_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "email": ("email_address", "email"),
    "phone": ("phone_number", "phone"),
    "sha256_email": ("sha256_email_address", "sha256_email"),
    "sha256_phone": ("sha256_phone_number", "sha256_phone"),
}
_IN_ADDRESS = (
    *("first_name", "last_name", "street", "city", "region", "postal_code", "country"),
    *("sha256_first_name", "sha256_last_name", "sha256_street"),
)

_MOST = {"sha256_email_address": 3, "sha256_phone_number": 3, "address": 2}
_LOOKED_AT = 10
"""Values of one kind that are looked at: no more than three can be used, and hashing takes time."""
_HEX = frozenset("0123456789abcdef")


def read(event: Event, request: Request) -> Mapping[str, str]:  # noqa: ARG001  readers may look at the request too
    """What an expression reads as ``user.email``: the first value of each, as it came; nothing under names that are absent.

    Names: ``email phone first_name last_name street city region postal_code country``, and ``sha256_`` before any of
    the first five, for what the page has hashed itself.
    """
    data = event.get("user_data")
    if not isinstance(data, dict):
        return {}
    found = {name: next(_texts(data, spellings), None) for name, spellings in _SPELLINGS.items()}
    addresses = list(_addresses(data))
    for name in _IN_ADDRESS:
        found[name] = next((text for address in addresses for text in _texts(address, (name,))), None)
    return {name: text for name, text in found.items() if text}


def hashed(data: Any) -> dict[str, Any]:
    """Only what can leave as a hash: e-mail addresses, phone numbers, first and last names, in SHA-256.

    What is one already (64 hexadecimal digits) passes; everything else is left out. A single value stands alone,
    several are a list.
    """
    if not isinstance(data, dict):
        return {}
    fields: dict[str, list[Any]] = {
        "sha256_email_address": _hashes(data, "email", _email),
        "sha256_phone_number": _hashes(data, "phone", _phone),
        "address": [address for address in map(_hashed_address, _addresses(data)) if address],
    }
    lists = {name: values[: _MOST[name]] for name, values in fields.items() if values}
    return {name: values if len(values) > 1 else values[0] for name, values in lists.items()}


def _hashes(data: Mapping[str, Any], name: str, normalize: Callable[[str], str]) -> list[str]:
    given = [text.lower() for text in _texts(data, _SPELLINGS[f"sha256_{name}"]) if _is_hash(text)]
    clear = [_hash(text, normalize) for text in _texts(data, _SPELLINGS[name])]
    return list(dict.fromkeys([*given, *filter(None, clear)]))


def _hashed_address(address: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in ("first_name", "last_name", "street"):
        given = (text.lower() for text in _texts(address, (f"sha256_{name}",)) if _is_hash(text))
        clear = (_hash(text, _NORMALIZE_IN_ADDRESS[name]) for text in _texts(address, (name,)))
        text = next((text for text in (*given, *clear) if text), "")
        if text:
            found[f"sha256_{name}"] = text
    return found


def _texts(data: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    """Every text under any of these names; numbers count as texts, blank ones do not count."""
    for name in names:
        for value in _each(data.get(name)):
            if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
                yield str(value)


def _addresses(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (address for address in _each(data.get("address")) if isinstance(address, dict))


def _each(value: Any) -> list[Any]:
    """The first elements of a list, or of an object whose keys are digits; any other value by itself."""
    if isinstance(value, dict) and value and all(key.isascii() and key.isdigit() for key in value):
        return list(islice(value.values(), _LOOKED_AT))
    return value[:_LOOKED_AT] if isinstance(value, list) else [value]


def _hash(text: str, normalize: Callable[[str], str]) -> str:
    if _is_hash(text):
        return text.lower()
    normal = normalize(text)
    return hashlib.sha256(normal.encode("utf-8", "replace")).hexdigest() if normal else ""


def _is_hash(text: str) -> bool:
    return len(text) == 64 and _HEX.issuperset(text.lower())


def _email(text: str) -> str:
    local, at, domain = "".join(text.lower().split()).rpartition("@")
    if domain in ("gmail.com", "googlemail.com"):
        local = local.replace(".", "")
    return f"{local}@{domain}" if at and local and domain else ""


def _phone(text: str) -> str:
    digits = "".join([character for character in text if character in "0123456789"])
    return f"+{digits}" if digits else ""


def _name(text: str) -> str:
    """Letters of any script (with their marks) and the spaces between them."""
    kept = [character for character in text.lower() if character == " " or unicodedata.category(character)[0] in "LM"]
    return "".join(kept).strip()


def _never(text: str) -> str:  # noqa: ARG001  one of many normalizers
    """A street leaves only where the page has hashed it."""
    return ""


_NORMALIZE_IN_ADDRESS = {"first_name": _name, "last_name": _name, "street": _never}
