"""The visitor's address as a hit says it."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_network
from typing import Final

from core.addresses import IpAddress, address_in

_LONGEST: Final = 64
"""Characters of the longest address, with its zone."""

_AT_HOME: Final = tuple(
    ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
        *("::/127", "fc00::/7", "fe80::/10"),
    )
)
"""Networks whose addresses say nothing to anybody outside them."""


def somebodys(text: str) -> str | None:
    """The text, where it is an address that can be somebody's, whole or truncated.

    None for ``::`` and ``0.0.0.0``, by which gateways leave it to the receiver, and for what is no address.
    """
    address = _address(text[: _LONGEST + 1])
    return None if address is None or address.is_unspecified else text


def is_address(text: str) -> bool:
    """Whether the text is an address, be it nobody's."""
    return _address(text[: _LONGEST + 1]) is not None


def public(text: str) -> IpAddress | None:
    """The address, where it can be told apart from others all over the net; None for one of a home's or a company's own."""
    address = _address(text.strip()[: _LONGEST + 1])
    if address is None or (isinstance(address, IPv6Address) and address.scope_id):
        return None
    return None if any(address in network for network in _AT_HOME) else address


@lru_cache(1024)
def _address(text: str) -> IpAddress | None:
    return address_in(text) if len(text) <= _LONGEST else None
