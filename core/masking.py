"""An address without the part that tells one visitor of a network from another."""

from __future__ import annotations

from core.addresses import address_in


def masked(address: str) -> str | None:
    """The address with its last 8 bits 0, its last 80 where it is an IPv6 one; None where the text is no address.

    An IPv4 address in IPv6 clothes (``::ffff:203.0.113.7``) is masked, and written, as IPv4.
    """
    whole = address_in(address)
    if whole is None:
        return None
    hidden = 8 if whole.version == 4 else 80
    return str(type(whole)(int(whole) >> hidden << hidden))
