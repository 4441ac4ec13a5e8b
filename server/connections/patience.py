"""How long a connection may be idle. Whoever reuses one that is closed at that moment loses a hit, so the server waits longer.

A proxy keeps its connections: AWS's ALB for 60 s, nginx for 60 s, Caddy for 120 s, Google's balancers for 600 s, Cloudflare for
900 s. With 920 s the end of a connection is left to each of them, which knows what it is about to send. A browser that finds
its connection closed sends again on a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from config import ServerSettings, Settings
from server.connections.refusals import Closed
from server.connections.terms import Patience, Terms
from server.connections.timed import FIRST_BYTE
from server.delivery.delivery import SLOTS
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


def terms_of(settings: Settings, visitors: Callable[[], Visitors], closed: Closed) -> Terms:
    """What the configuration grants to connections of the public port, as far as this process has descriptors for them."""
    server = settings.server
    return Terms(
        max_connections=connections(server.max_connections, SLOTS * len(settings.tags)),
        max_from_one=server.max_connections_per_address,
        max_cookies=server.max_cookies,
        max_body=server.max_body,
        patience=lambda peer: patience(server, visitors(), peer),
        closed=closed,
    )
