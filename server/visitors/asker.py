"""Who sends a request, and what it asks: the visitor, the host that his browser knows, and the page that he is on.

The place where the host of a request is decided. Behind it a request's ``host`` header is the public host, whatever the
last proxy has asked for, so that cookies, scripts, CORS and expressions all go by what the browser sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from core.frozen import frozen
from core.types import Headers
from server.visitors.origins import Origins, RawHeaders
from server.visitors.public_host import UNSAID
from server.visitors.visitor import Visitor, Visitors

_HOST = "host"

Named: TypeAlias = Mapping[str, str]
"""Headers by name: of a repeated one the last."""


@frozen
class Asker:
    """``headers`` have the public host. ``named`` are those that came, by name: of a repeated one the last.

    ``origin`` is None where the request tells of no page.

    ``is_public``: the host is one that was configured or that proxies name, not just what the last of them has asked for.
    ``preflight``: the names of headers that a page asks to send, as it lists them; None where the request is no preflight.
    """

    headers: Headers
    named: Mapping[str, str]
    visitor: Visitor
    host: str
    origin: str | None = None
    is_public: bool = False
    plain: bool = False
    preflight: str | None = None

    def cors(self, origins: Origins) -> RawHeaders:
        """What the reply says of who may read it."""
        return origins.headers(self.origin, self.host, preflight=self.preflight, plain=self.plain)


def asker_of(peer: str | None, method: str, headers: Headers, visitors: Visitors, by_name: Named | None = None) -> Asker:
    """Who asks. ``peer`` is the other end of the connection; ``by_name`` are the headers, for whoever has them so."""
    named = dict(headers) if by_name is None else by_name
    asker = _asker(method, headers, named, visitors.of(peer, headers, named), visitors)
    if asker.origin is not None and asker.origin.startswith("http:"):
        return replace(asker, plain=visitors.came_plain(peer, headers))
    return asker


def forwarded(method: str, headers: Headers, ip: str | None, visitors: Visitors) -> Asker:
    """The same for a request that is taken for one from this address, through a trusted proxy."""
    visitor = Visitor(ip, visitors.geo(headers, ip), host=visitors.host(headers))
    return replace(_asker(method, headers, dict(headers), visitor, visitors), plain=visitors.was_plain(headers))


def _asker(method: str, headers: Headers, named: Mapping[str, str], visitor: Visitor, visitors: Visitors) -> Asker:
    host, origin = named.get(_HOST, ""), named.get("origin")
    public = visitors.public_host or (None if visitor.host is UNSAID else visitor.host.over(host))
    if public is not None and public != host:
        headers, host = ((_HOST, public), *(pair for pair in headers if pair[0] != _HOST)), public
    asker = Asker(headers, named, visitor, host, origin, public is not None)
    if method != "OPTIONS" or origin is None:
        return asker
    return replace(asker, preflight=",".join(value for name, value in headers if name == "access-control-request-headers"))
