"""What a component is given, made up: a request, and the context of an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

from core.context import Context, Shared
from core.target import as_sent
from core.types import Event, Request
from wire.identity.vendors import VENDORS
from wire.readers import READERS

NOTHING: Final[Mapping[str, str]] = {}
AT: Final = 1_700_000_000_000_000
"""When made-up requests come: 2023-11-14T22:13:20Z, in microseconds."""


def request(url: str, method: str = "", *, headers: Mapping[str, str] = NOTHING, body: bytes = b"", id: str = "r1") -> Request:
    """A request to this URL, or path and query: a GET, or with a body a POST, unless the method is said."""
    parts = urlsplit(url, allow_fragments=False)
    host = {"host": parts.netloc} if parts.netloc else {}
    named = {**host, **{name.lower(): value for name, value in headers.items()}}
    path, query = unquote(as_sent(parts.path)) or "/", as_sent(parts.query)
    return Request(id, AT, method or ("POST" if body else "GET"), path, query, tuple(named.items()), body)


def context(
    event: Event, position: int = 0, *, asked: Request | None = None, client: str = "web", secrets: Mapping[str, str] = NOTHING
) -> Context:
    """What a tag or a transformation sees beside this event, the one at ``position`` of the request.

    ``secrets`` are the values of those that the file names as ``${NAME}``.
    """
    shared = Shared(readers=READERS, secrets=secrets, vendors=VENDORS)
    return Context(asked or request("/"), client, event, position, shared)
