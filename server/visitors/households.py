"""By what visitors are counted where one of them may take only so much: his address, or of IPv6 the network of his house."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Network

from server.visitors.forwarding import read_address

PREFIX = 64
"""Bits of an IPv6 address that tell one house from another: whoever has it has all addresses in it."""


@lru_cache(maxsize=4096)
def household(address: str) -> str:
    """An IPv4 address as it is, of IPv6 its /64; what is no address as it is."""
    known = read_address(address)
    if known is None:
        return address
    return str(known) if known.version == 4 else str(IPv6Network((int(known), PREFIX), strict=False))
