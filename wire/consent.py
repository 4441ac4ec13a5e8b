"""What a hit says about consent: ``gcs`` and ``gcd``, the two strings of Google's consent mode.

``gcd`` is ``1``, then two characters for each type, one for flags and, in newer builds, two for the container's own
defaults: 10 or 12 characters, each of them a number of six bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from core.types import Event

TYPES = ("ad_storage", "analytics_storage", "ad_user_data", "ad_personalization")
GRANTED, DENIED, UNSET = "granted", "denied", "unset"

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_LENGTHS = (10, 12)
_FIELD = (None, None, DENIED, GRANTED)
"""What two bits say; None is nothing: not applicable, or unset."""
_GCS = {"1": GRANTED, "0": DENIED, "-": UNSET}


@dataclass(frozen=True, slots=True)
class Gcd:
    """A ``gcd``, decoded. ``effective`` is granted or denied for each type, and nobody's to change: other hits have it too.

    ``personalization`` is what the page said about personalised ads as a whole: True, False, or None where it did not.
    ``granted_later`` are the types that an update of this page has granted, and its default had not: earlier hits of the
    page may have left while they were denied.
    """

    effective: Mapping[str, str]
    active: bool
    personalization: bool | None
    gpc: bool
    granted_later: frozenset[str]


def read_gcs(text: str) -> Mapping[str, str] | None:
    """``G101`` as ad_storage and analytics_storage, each granted, denied or unset; None for any other text."""
    if len(text) != 4 or not text.startswith("G1") or text[2] not in _GCS or text[3] not in _GCS:
        return None
    return {"ad_storage": _GCS[text[2]], "analytics_storage": _GCS[text[3]]}


def read_gcd(text: str) -> Gcd | None:
    """The consent of each type; None for a text that is no ``gcd``."""
    if len(text) not in _LENGTHS or text[0] != "1" or any(character not in _VALUES for character in text):
        return None
    values = [_VALUES[character] for character in text]
    flags = values[9]
    return Gcd(
        MappingProxyType({name: _effective(values[1 + 2 * at], values[2 + 2 * at]) for at, name in enumerate(TYPES)}),
        active=bool(flags & 4),
        personalization=(None, None, True, False)[flags & 3],
        gpc=bool(flags & 8),
        granted_later=frozenset(name for at, name in enumerate(TYPES) if _granted_later(values[2 + 2 * at])),
    )


@dataclass(frozen=True, slots=True)
class SaidOfType:
    """What a ``gcd`` says of one type: by an update, by the default, declared, or implied; each granted, denied or None."""

    update: str | None
    default: str | None
    declared: str | None
    implied: str | None


def tell_gcd(text: str) -> Mapping[str, SaidOfType]:
    """Everything that a ``gcd`` says of each type, for whoever explains it; nothing for a text that is none."""
    if read_gcd(text) is None:
        return {}
    values = [_VALUES[character] for character in text]
    return {name: _said(values[1 + 2 * at], values[2 + 2 * at]) for at, name in enumerate(TYPES)}


def _said(first: int, second: int) -> SaidOfType:
    return SaidOfType(_FIELD[second & 3], _FIELD[second >> 2 & 3], _FIELD[second >> 4], _FIELD[first & 3])


def _effective(first: int, second: int) -> str:
    """Update, else default, else what was declared, else what is implied, else granted."""
    return _FIELD[second & 3] or _FIELD[second >> 2 & 3] or _FIELD[second >> 4] or _FIELD[first & 3] or GRANTED


def _granted_later(second: int) -> bool:
    return _FIELD[second & 3] == GRANTED and _FIELD[second >> 2 & 3] != GRANTED


def granted_later(event: Event, kind: str) -> bool:
    """Whether an update of the page has granted this type, and its default had not. Only ``gcd`` tells."""
    read = _gcd_of(event)
    return read is not None and kind in read.granted_later


def has_opted_out(event: Event) -> bool:
    """Whether the browser tells every site that its data is not to be sold or shared (Global Privacy Control), by ``gcd``."""
    read = _gcd_of(event)
    return read is not None and read.gpc


def _gcd_of(event: Event) -> Gcd | None:
    gcd = event.get("x-ga-gcd")
    return _read_gcd(gcd) if isinstance(gcd, str) and len(gcd) in _LENGTHS else None


def consent_of(event: Event) -> Mapping[str, str]:
    """Each of the four types as granted, denied or unset: by ``gcd``, else by ``gcs``, which knows two of them.

    What Measurement Protocol says of two types is no word on the others, though the ``gcd`` made of it must hold all.
    """
    said = event.get("x-mp-consent")
    if said is not None and isinstance(said, dict):
        return {name: _MP_VALUES.get(said.get(name), UNSET) if isinstance(said.get(name), str) else UNSET for name in TYPES}
    gcd = event.get("x-ga-gcd")
    read = _read_gcd(gcd) if isinstance(gcd, str) and len(gcd) in _LENGTHS else None
    if read is not None:
        return read.effective
    gcs = event.get("x-ga-gcs")
    return {**_ALL_UNSET, **((read_gcs(gcs) if isinstance(gcs, str) else None) or {})}


_read_gcd = lru_cache(1024)(read_gcd)
_MP_VALUES: dict[object, str] = {"GRANTED": GRANTED, "DENIED": DENIED}
_ALL_UNSET = dict.fromkeys(TYPES, UNSET)
