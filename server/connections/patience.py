"""How long a connection may be idle. Whoever reuses one that is closed at that moment loses a hit, so the server waits longer.

A proxy keeps its connections: AWS's ALB for 60 s, nginx for 60 s, Caddy for 120 s, Google's balancers for 600 s, Cloudflare for
900 s. With 920 s the end of a connection is left to each of them, which knows what it is about to send. A browser that finds
its connection closed sends again on a new one.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from config import ServerSettings
from server.connections.refusals import Closed
from server.connections.terms import Patience, Terms
from server.connections.timed import FIRST_BYTE
from server.system.descriptors import connections
from server.visitors.visitor import Visitors

TRUSTED: Final = 920.0
"""Seconds for a trusted proxy."""


def patience(settings: ServerSettings, visitors: Visitors, peer: str | None) -> Patience:
    """With this peer. A trusted proxy may also open connections before it has anything to send on them."""
    if not visitors.trusts(peer):
        return Patience(FIRST_BYTE, settings.keep_alive or FIRST_BYTE)
    idle = settings.keep_alive or TRUSTED
    return Patience(max(idle, FIRST_BYTE), idle, trusted=True)


def terms_of(settings: ServerSettings, visitors: Visitors, deliveries: int, closed: Closed) -> Terms:
    """What the configuration grants to connections of the public port, as far as this process has descriptors for them.

    ``deliveries`` is how many requests may be on the wire to destinations.
    """
    return Terms(
        max_connections=connections(settings.max_connections, deliveries),
        max_from_one=settings.max_connections_per_address,
        max_cookies=settings.max_cookies,
        max_body=settings.max_body,
        patience=partial(patience, settings, visitors),
        closed=closed,
    )
