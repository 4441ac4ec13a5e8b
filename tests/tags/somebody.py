"""Whoever it may be of whom an event tells: nothing of a person leaves in clear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st


@dataclass(frozen=True)
class Somebody:
    """A person, by what an event may say of one."""

    email: str
    name: str
    phone: int

    @property
    def user_data(self) -> Mapping[str, Any]:
        """As a page writes it."""
        address = {"first_name": self.name, "last_name": self.name, "city": self.name}
        return {"email": self.email, "phone_number": f"+{self.phone}", "address": address}

    @property
    def top(self) -> Mapping[str, Any]:
        """The same beside ``user_data``, where it does not belong and may stand all the same."""
        return {"email": self.email, "phone": f"+{self.phone}"}

    def seen_in(self, written: str) -> Sequence[str]:
        """What of it can be read there."""
        return [word for word in (self.email, self.name, str(self.phone)) if word in written]


def anybody(least: int = 6, most: int = 12) -> st.SearchStrategy[Somebody]:
    """Anybody whose name has so many letters: enough to be no part of other words."""
    name = st.text("abcdefghij", min_size=least, max_size=most)
    return st.builds(Somebody, st.emails(), name, st.integers(448_444_000_000, 10**14))
