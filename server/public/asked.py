"""What is known of a request before its body is: who asks, for what, and what he is told of who may read the answer."""

from __future__ import annotations

import os
from time import time_ns

from core.frozen import frozen
from core.types import Request
from server.connections.head import Head, line_of, pairs, written
from server.visitors.asker import Asker, asker_of
from server.visitors.origins import Origins, RawHeaders
from server.visitors.visitor import Visitors


@frozen
class Asked:
    """``peer`` is the other end of the connection, ``path`` is decoded, ``raw_path`` and ``query`` are not.

    ``raw_path`` may be empty where nothing of it is encoded. ``size`` is that of the head in bytes, where it is known.
    """

    peer: str | None
    method: str
    path: str
    raw_path: bytes
    query: str
    asker: Asker
    cors: RawHeaders
    size: int | None = None

    def head(self) -> bytes:
        """The lines of its head, with the host that its visitor knows."""
        path = self.raw_path or self.path.encode("utf-8", "replace")
        return written(line_of(self.method, path, self.query), pairs(self.asker.headers))

    def request(self, path: str, body: bytes) -> Request:
        """As the container sees it, for which ``path`` is what clients are shown."""
        noise, asker = os.urandom(40), self.asker
        return Request(
            noise[:8].hex(),
            time_ns() // 1000,
            self.method,
            path,
            self.query,
            asker.headers,
            body,
            asker.visitor.ip,
            asker.visitor.geo,
            noise[8:],
        )


def asked_of(peer: str | None, head: Head, visitors: Visitors, origins: Origins) -> Asked:
    """Of a request with this head."""
    asker = asker_of(peer, head.method, head.headers, visitors, head.named)
    path, came = head.decoded_path, head.path
    raw = b"" if path is came else came.encode("latin-1")
    return Asked(peer, head.method, path, raw, head.query, asker, asker.cors(origins), head.size)
