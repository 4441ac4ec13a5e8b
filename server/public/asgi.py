"""ASGI's side of requests and replies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from starlette.types import Scope

from core.types import Headers, Reply
from server.connections.fields import MOST_NAMES
from server.connections.head import NAMES
from server.public.asked import Asked
from server.visitors.asker import asker_of
from server.visitors.origins import Origins, RawHeaders
from server.visitors.visitor import Visitors


class _Written(dict[tuple[str, str], tuple[bytes, bytes]]):
    """Headers of replies as they are sent. Those that every reply of a kind has are kept."""

    def __missing__(self, pair: tuple[str, str]) -> tuple[bytes, bytes]:
        written = pair[0].encode("latin-1"), pair[1].encode("latin-1")
        if pair[0] in _OF_ALL and len(self) < MOST_NAMES:
            self[pair] = written
        return written


_OF_ALL: Final = frozenset({"cache-control", "content-type", "pragma", "vary", "x-content-type-options"})

_written: Final = _Written()


def decoded(headers: RawHeaders) -> Headers:
    """As the container sees them."""
    return tuple([(NAMES[name], value.decode("latin-1")) for name, value in headers])


def asked_by(scope: Scope, visitors: Visitors, origins: Origins) -> Asked:
    """What an HTTP request asks."""
    client, headers = scope["client"], decoded(scope["headers"])
    peer = client[0] if client else None
    asker = asker_of(peer, scope["method"], headers, visitors)
    raw, query = scope.get("raw_path", b""), scope["query_string"].decode("latin-1")
    return Asked(peer, scope["method"], scope["path"], raw, query, asker, asker.cors(origins))


def head(reply: Reply, cors: RawHeaders) -> dict[str, Any]:
    """The message that begins an answer."""
    pairs: Iterable[Iterable[str]] = reply.headers  # a plugin's may be lists
    headers = [_written[name, value] for name, value in pairs]
    headers += cors
    if reply.status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(reply.body)))
    return {"type": "http.response.start", "status": reply.status, "headers": headers}
