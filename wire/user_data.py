"""``user_data``: what a page knows about a person, in every spelling it comes in, and hashed as Google wants it.

Documented are ``email_address`` and ``phone_number``, gtag sends ``email`` and ``phone`` as well; each may be a text, a
list, or gtag's ``{"0": …}`` for a list, and so may ``address``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from core.types import Event, Request
from wire.hashing import KINDS, digest, hash_in

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


def read(event: Event, request: Request) -> Mapping[str, str]:  # noqa: ARG001  readers may look at the request too
    """What an expression reads as ``user.email``: the first value of each, as it came; nothing under names that are absent.

    Names: ``email phone first_name last_name street city region postal_code country``, and ``sha256_`` before any of
    the first five, for what the page has hashed itself.
    """
    data = event.get("user_data")
    if not isinstance(data, dict):
        return {}
    found = {name: next(texts(data, spellings), None) for name, spellings in _SPELLINGS.items()}
    places = list(addresses(data))
    for name in _IN_ADDRESS:
        found[name] = next((text for place in places for text in texts(place, (name,))), None)
    return {name: text for name, text in found.items() if text}


def hashes(event: Event, request: Request) -> Mapping[str, str]:  # noqa: ARG001  readers may look at the request too
    """What an expression reads as ``user.email_sha256``: the first value of each that can be hashed; no hash of nothing.

    Names: those of ``wire.hashing.KINDS``, each with ``_sha256`` behind it. What the page has hashed itself comes first.
    """
    data = event.get("user_data")
    if not isinstance(data, dict):
        return {}
    places = list(addresses(data))
    found = {kind: next(_hashes([data] if kind in _SPELLINGS else places, kind), "") for kind in KINDS}
    return {f"{kind}_sha256": hash for kind, hash in found.items() if hash}


def hashed(data: Any) -> dict[str, Any]:
    """Only what can leave as a hash: e-mail addresses, phone numbers, first and last names, in SHA-256.

    What is one already (64 hexadecimal digits, or base64) passes; everything else is left out. A single value stands alone,
    several are a list.
    """
    if not isinstance(data, dict):
        return {}
    fields: dict[str, list[Any]] = {
        "sha256_email_address": list(dict.fromkeys(_hashes([data], "email"))),
        "sha256_phone_number": list(dict.fromkeys(_hashes([data], "phone"))),
        "address": [address for address in map(_hashed_address, addresses(data)) if address],
    }
    lists = {name: values[: _MOST[name]] for name, values in fields.items() if values}
    return {name: values if len(values) > 1 else values[0] for name, values in lists.items()}


def _hashed_address(address: Mapping[str, Any]) -> dict[str, str]:
    """A street leaves only where the page has hashed it."""
    found = {name: next(_hashes([address], name), "") for name in ("first_name", "last_name")}
    found["street"] = next(_given([address], ("sha256_street", "street")), "")
    return {f"sha256_{name}": hash for name, hash in found.items() if hash}


def _hashes(places: Sequence[Mapping[str, Any]], kind: str) -> Iterator[str]:
    """The hashes that stand there, then those of what stands there in clear."""
    yield from _given(places, _SPELLINGS.get(f"sha256_{kind}", (f"sha256_{kind}",)))
    clear = _SPELLINGS.get(kind, (kind,))
    yield from filter(None, (digest(kind, text) for place in places for text in texts(place, clear)))


def _given(places: Sequence[Mapping[str, Any]], names: tuple[str, ...]) -> Iterator[str]:
    return filter(None, (hash_in(text) for place in places for text in texts(place, names)))


def texts(data: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    """Every text under any of these names; numbers count as texts, blank ones do not count."""
    for name in names:
        for value in _each(data.get(name)):
            if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
                yield str(value)


def addresses(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The addresses of ``user_data``."""
    return (address for address in _each(data.get("address")) if isinstance(address, dict))


def _each(value: Any) -> list[Any]:
    """The first elements of a list, or of an object whose keys are digits; any other value by itself."""
    if isinstance(value, dict) and value and all(key.isascii() and key.isdigit() for key in value):
        return list(islice(value.values(), _LOOKED_AT))
    return value[:_LOOKED_AT] if isinstance(value, list) else [value]
