"""What a listener grants those who connect to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import NamedTuple

from server.connections.fields import MAX_COOKIES
from server.connections.refusals import Closed


class Patience(NamedTuple):
    """Seconds until the first byte of a connection, and between an answer and the next request.

    ``trusted``: the peer is a proxy that we know, and its connections are those of many.
    """

    first: float
    idle: float
    trusted: bool = False


@dataclass(slots=True)
class Terms:
    """All of it may be changed while it listens. ``patience`` is asked once for each connection, with the peer's address.

    Without it a connection may be idle for as long as the first byte may take. ``max_from_one`` is for the connections of one
    address, a trusted proxy's excepted. ``closed`` is told of every connection that we end.
    """

    max_connections: int | None = None
    max_from_one: int | None = None
    max_cookies: int = MAX_COOKIES
    max_body: int = 1 << 20
    patience: Callable[[str | None], Patience] | None = None
    closed: Closed = lambda *_: None

    def renew(self, other: Terms) -> None:
        """From now on these are the terms; of connections that are open already, for what comes next."""
        for each in fields(other):
            setattr(self, each.name, getattr(other, each.name))
