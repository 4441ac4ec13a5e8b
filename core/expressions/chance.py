"""A number by chance, drawn from what came with the request."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

_BITS: Final = 53
"""As many as a number with a point tells apart between 0 and 1."""


def drawn(entropy: bytes) -> float:
    """From 0 up to 1, which it never is; the same for the same bytes. It tells nothing of what else is made of them."""
    number = int.from_bytes(sha256(b"request.random" + entropy).digest()[:8], "big")
    return (number >> (64 - _BITS)) / (1 << _BITS)
