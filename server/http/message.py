"""A request as the bytes that leave."""

from __future__ import annotations

import re
from functools import lru_cache

from core.types import OutboundRequest
from server.http.errors import InvalidRequest

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_OURS = frozenset(
    {"connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def serialise(request: OutboundRequest, authority: str, target: str) -> bytes:
    """Head and body. Header values are latin-1 where they fit and UTF-8 where not.

    Raises InvalidRequest for a line break or NUL anywhere in the head, an unknown method, and a header that is this
    connection's own business.
    """
    method, body = request.method, request.body
    if method not in _METHODS:
        raise InvalidRequest("the method is not one of " + ", ".join(sorted(_METHODS)))
    lines = [f"{method} {target} HTTP/1.1", f"Host: {authority}"]
    for name, value in request.headers:
        lines.append(f"{_field_name(name)}: {value}")
    if body or method in _WITH_BODY:
        lines.append(f"Content-Length: {len(body)}")
    lines.append("\r\n")
    return _encode("\r\n".join(lines), len(lines)) + body


def _encode(head: str, ends: int) -> bytes:
    """The head as bytes, if the only line ends in it are the ones we wrote."""
    if head.count("\n") != ends or head.count("\r") != ends or "\0" in head:
        raise InvalidRequest("the URL or a header holds a line break or a NUL")
    try:
        return head.encode("latin-1")
    except UnicodeEncodeError:
        return head.encode("utf-8", "replace")


@lru_cache(1024)
def _field_name(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise InvalidRequest("a header's name holds characters that no header name may have")
    if name.lower() in _OURS:
        raise InvalidRequest(f"the header {name} is set by the connection and cannot be given")
    return name
