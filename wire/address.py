"""The visitor's address as a hit says it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from core.addresses import IpAddress, address_in

_LONGEST: Final = 64
"""Characters of the longest address, with its zone."""


def somebodys(text: str) -> str | None:
    """The text, where it is an address that can be somebody's, whole or truncated.

    None for ``::`` and ``0.0.0.0``, by which gateways leave it to the receiver, and for what is no address.
    """
    address = _address(text[: _LONGEST + 1])
    return None if address is None or address.is_unspecified else text


def is_address(text: str) -> bool:
    """Whether the text is an address, be it nobody's."""
    return _address(text[: _LONGEST + 1]) is not None


@lru_cache(1024)
def _address(text: str) -> IpAddress | None:
    return address_in(text) if len(text) <= _LONGEST else None
