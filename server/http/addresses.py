"""Which addresses may be contacted. Asked for the very address of each attempt, so what a name resolved to before is no matter.

A host written literally in the configuration may be private or loopback. Any other, which a tag or a template chose, must
be global. Neither may be link-local, a cloud's metadata service, unspecified, multicast or broadcast, and no such address
may hide inside an IPv6 one that carries an IPv4 one.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

_NEVER = {
    "169.254.0.0/16": "a link-local address",
    "fe80::/10": "a link-local address",
    "100.100.100.200/32": "a cloud's metadata service",
    "168.63.129.16/32": "a cloud's metadata service",
    "192.0.0.192/32": "a cloud's metadata service",
    "fd00:ec2::/32": "a cloud's metadata service",
    "fd20:ce::254/128": "a cloud's metadata service",
    "0.0.0.0/8": "the unspecified address",
    "::/128": "the unspecified address",
    "224.0.0.0/4": "a multicast address",
    "ff00::/8": "a multicast address",
    "255.255.255.255/32": "a broadcast address",
}
_NEVER_NETWORKS = tuple((ip_network(text), what) for text, what in _NEVER.items())

_GLOBAL_IPV6 = (ip_network("2000::/3"), ip_network("64:ff9b::/96"))
_NOT_GLOBAL = tuple(map(ip_network, ("2001::/32", "2002::/16", "3fff::/20")))
"""Teredo, 6to4 and documentation: inside 2000::/3, and not every Python's ``is_global`` says no to them."""

_CARRIERS: tuple[tuple[IPv6Network, int, int], ...] = (
    (IPv6Network("::ffff:0:0/96"), 0, 0),
    (IPv6Network("::ffff:0:0:0/96"), 0, 0),
    (IPv6Network("::/96"), 0, 0),
    (IPv6Network("64:ff9b::/96"), 0, 0),
    (IPv6Network("64:ff9b:1::/48"), 0, 0),
    (IPv6Network("2002::/16"), 80, 0),
    (IPv6Network("2001::/32"), 0, 0xFFFFFFFF),
)
"""IPv6 networks that carry an IPv4 address: mapped, translated, compatible, NAT64 twice, 6to4, Teredo.

With how far right it must be shifted, and what it is XORed with.
"""


def objection(text: str, *, literal_host: bool) -> str | None:
    """What speaks against connecting to this address ("127.0.0.1 is not a global address"), or None."""
    address = ip_address(text)
    carried = _carried(address)
    chain = [address] if carried is None else [carried, address]
    for rule in (_never,) if literal_host else (_never, _not_global):
        for link in chain:
            if what := rule(link):
                return f"{address} is {what}" if link is address else f"{address} carries {link}, which is {what}"
    return None


def _never(address: Address) -> str | None:
    return next((what for network, what in _NEVER_NETWORKS if address in network), None)


def _not_global(address: Address) -> str | None:
    is_routed = isinstance(address, IPv4Address) or any(address in network for network in _GLOBAL_IPV6)
    is_global = is_routed and address.is_global and not any(address in network for network in _NOT_GLOBAL)
    return None if is_global else "not a global address"


def _carried(address: Address) -> IPv4Address | None:
    """The IPv4 address inside; None also for ``::`` and ``::1``, which look compatible and are not."""
    if isinstance(address, IPv6Address) and int(address) > 1:
        for network, shift, mask in _CARRIERS:
            if address in network:
                return IPv4Address((int(address) >> shift & 0xFFFFFFFF) ^ mask)
    return None
