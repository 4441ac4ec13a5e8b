"""IP addresses, whichever clothes they come in."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TypeAlias

IpAddress: TypeAlias = IPv4Address | IPv6Address


def address_in(text: str) -> IpAddress | None:
    """The address that the text is; of IPv4 in IPv6 clothes (``::ffff:203.0.113.7``) the IPv4 one. None for anything else."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
