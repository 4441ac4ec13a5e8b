"""Who sends a request, and what it asks: the visitor, the host that his browser knows, and the page that he is on.

The place where the host of a request is decided. Behind it a request's ``host`` header is the public host, whatever the
last proxy has asked for, so that cookies, scripts, CORS and expressions all go by what the browser sees.
"""

from __future__ import annotations

from typing import NamedTuple

from core.types import Headers
from server.visitors.origins import Origins, RawHeaders
from server.visitors.public_host import UNSAID
from server.visitors.visitor import Visitor, Visitors

_HOST = "host"


class Asker(NamedTuple):
    """``headers`` have the public host. ``origin`` is None where the request tells of no page.

    ``is_public``: the host is one that was configured or that proxies name, not just what the last of them has asked for.
    ``preflight``: the names of headers that a page asks to send, as it lists them; None where the request is no preflight.
    """

    headers: Headers
    visitor: Visitor
    host: str
    origin: str | None = None
    is_public: bool = False
    plain: bool = False
    preflight: str | None = None

    def cors(self, origins: Origins) -> RawHeaders:
        """What the reply says of who may read it."""
        origin = None if self.origin is None else self.origin.encode("latin-1", "replace")
        return origins.headers(origin, self.host.encode("latin-1", "replace"), preflight=self.preflight, plain=self.plain)


def asker_of(peer: str | None, method: str, headers: Headers, visitors: Visitors) -> Asker:
    """Who asks. ``peer`` is the other end of the connection."""
    visitor = visitors.of(peer, headers)
    asker = _asker(method, headers, visitor, visitors)
    if asker.origin is not None and asker.origin.startswith("http:"):
        return asker._replace(plain=visitors.came_plain(peer, headers))
    return asker


def forwarded(method: str, headers: Headers, ip: str | None, visitors: Visitors) -> Asker:
    """The same for a request that is taken for one from this address, through a trusted proxy."""
    visitor = Visitor(ip, visitors.geo(headers, ip), host=visitors.host(headers))
    return _asker(method, headers, visitor, visitors)._replace(plain=visitors.was_plain(headers))


def _asker(method: str, headers: Headers, visitor: Visitor, visitors: Visitors) -> Asker:
    named = dict(headers)
    host, origin = named.get(_HOST, ""), named.get("origin")
    public = visitors.public_host or (None if visitor.host is UNSAID else visitor.host.over(host))
    if public is not None and public != host:
        headers, host = ((_HOST, public), *(pair for pair in headers if pair[0] != _HOST)), public
    asker = Asker(headers, visitor, host, origin, public is not None)
    if method != "OPTIONS" or origin is None:
        return asker
    return asker._replace(preflight=",".join(value for name, value in headers if name == "access-control-request-headers"))
