"""What a vendor may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Times are seconds, sizes bytes. Deadlines are looked at once per ``sweep``, so they may be late by that much."""

    connect: float = 5.0
    """For finding the address, connecting and TLS together."""
    total: float = 20.0
    """For the whole exchange, connecting included, where the request does not say otherwise."""
    head: int = 32 * 1024
    fields: int = 100
    body: int = 1024 * 1024
    """Of a longer body this much is kept, the rest is not read. Platforms that tell of each of a thousand rows need most."""
    idle: float = 30.0
    """How long an unused connection is kept."""
    idle_connections: int = 1024
    """How many unused connections are kept per destination: what eight tags of one origin may have under way at once."""
    sweep: float = 0.1
