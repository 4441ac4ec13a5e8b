"""A request as the bytes that leave."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

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
    given, fields = f"{target}{authority}", ""
    headers: Iterable[Any] = request.headers  # a plugin's may hold lists, and numbers
    for name, value in headers:
        given = f"{given}{value}"
        fields = f"{fields}{_FIELD_NAMES[name]}: {value}\r\n"
    if "\n" in given or "\r" in given or "\0" in given:
        raise InvalidRequest("the URL or a header holds a line break or a NUL")
    if body or method in _WITH_BODY:
        fields += f"Content-Length: {len(body)}\r\n"
    head = f"{method} {target} HTTP/1.1\r\nHost: {authority}\r\n{fields}\r\n"
    return (head.encode() if head.isascii() else _encoded(head)) + body


def _encoded(head: str) -> bytes:
    try:
        return head.encode("latin-1")
    except UnicodeEncodeError:
        return head.encode("utf-8", "replace")


class _FieldNames(dict[str, str]):
    """Names of fields that were looked at and may be sent. They are few: tags write them, or the file does."""

    def __missing__(self, name: str) -> str:
        if not _TOKEN.fullmatch(name):
            raise InvalidRequest("a header's name holds characters that no header name may have")
        if name.lower() in _OURS:
            raise InvalidRequest(f"the header {name} is set by the connection and cannot be given")
        if len(self) < _MOST_NAMES:
            self[name] = name
        return name


_MOST_NAMES = 1024
_FIELD_NAMES = _FieldNames()
