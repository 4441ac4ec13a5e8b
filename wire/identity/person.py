"""Who an event is about: what its page, or its sender, knows about the person, for vendors that match people by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from core.types import Event
from wire.hashing import hash_in
from wire.identity import digest, normalized
from wire.user_data import addresses, texts

_SPELLINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("email_address", "email"),
    "phone": ("phone_number", "phone"),
    "birth_date": ("birth_date", "date_of_birth", "birthday"),
    "gender": ("gender",),
    "external_id": ("external_id",),
}
_AT_THE_TOP: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("email", "email_address"),
    "phone": ("phone", "phone_number"),
    "external_id": ("user_id",),
}
_NOTHING: Final = frozenset({"null", "undefined"})
"""What a page writes where it has none; a person called Null is written otherwise."""

_IN_ADDRESS: Final = frozenset({"first_name", "last_name", "city", "region", "postal_code", "country"})


class Person:
    """By kind (``wire.identity.KINDS``): the texts in which an event says it, each once, hashes before what is in clear."""

    def __init__(self, event: Event) -> None:
        data = event.get("user_data")
        self.data: Mapping[str, Any] = data if isinstance(data, dict) else {}
        """``user_data`` itself; empty where there is none."""
        self._event = event

    def texts(self, kind: str) -> Sequence[str]:
        """As they came."""
        return list(dict.fromkeys(self._texts(kind)))

    def hashes(self, vendor: str, kind: str, most: int = 3) -> list[str]:
        """The hashes by a vendor's rules, each once, and so many at most."""
        found = (digest(vendor, kind, text) for text in self._texts(kind))
        return list(dict.fromkeys(filter(None, found)))[:most]

    def hash(self, vendor: str, kind: str) -> str | None:
        """The first of them, where there is one."""
        return next(iter(self.hashes(vendor, kind, 1)), None)

    def plain(self, vendor: str, kind: str) -> str | None:
        """What is there in clear, as the vendor wants it written; None where there is nothing, or only a hash."""
        clear = (normalized(vendor, kind, text) for text in self._texts(kind) if not hash_in(text))
        return next(filter(None, clear), None)

    def _texts(self, kind: str) -> Iterator[str]:
        return (text for text in self._said(kind) if text.strip() not in _NOTHING)

    def _said(self, kind: str) -> Iterator[str]:
        spellings = _SPELLINGS.get(kind, (kind,))
        hashed = tuple(f"sha256_{name}" for name in spellings)
        yield from texts(self.data, hashed)
        places = [self.data, *addresses(self.data)] if kind in _IN_ADDRESS else [self.data]
        for place in places[1:]:
            yield from texts(place, hashed)
        yield from texts(self._event, _AT_THE_TOP.get(kind, ()))
        for place in places:
            yield from texts(place, spellings)
