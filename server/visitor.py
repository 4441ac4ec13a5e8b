"""Whose address a request came from. Nothing a header says is believed unless the peer is a proxy that was configured."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address

from core.types import Headers

_FORWARDING = frozenset({"forwarded", "x-forwarded-for"})


@lru_cache(maxsize=4096)
def is_private(peer: str) -> bool:
    """Whether the address can only be a neighbour's: loopback, private or link-local; anything unreadable counts as one."""
    try:
        return not ip_address(peer.partition("%")[0]).is_global
    except ValueError:
        return True


def visitor_address(peer: str | None, headers: Headers) -> str | None:
    """The visitor's address: the peer, or None where the peer is plainly a proxy that nobody configured.

    A private peer that forwards for somebody is such a proxy: its own address would be a wrong one, so none is sent.
    """
    if peer is None or (is_private(peer) and any(name in _FORWARDING for name, _ in headers)):
        return None
    return peer
