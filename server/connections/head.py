"""The head of a request as the application reads it: texts, made all at once from the bytes that the parser has told of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import unquote

from httptools import parse_url

from core.frozen import frozen
from core.types import Headers
from server.connections.fields import LONGEST_NAME, MOST_NAMES, Fields

_METHODS: Final = {name.encode("ascii"): name for name in ("GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH")}


class Names(dict[bytes, str]):
    """Names of headers as texts in lower case, by how they were spelt: one object each, so that it is hashed only once.

    Those of the first that come are kept. Senders make names up: then the others are made anew each time.
    """

    def __missing__(self, spelt: bytes) -> str:
        small = spelt.lower()
        name = small.decode("latin-1") if small == spelt else self[small]
        if len(self) < MOST_NAMES and len(spelt) <= LONGEST_NAME:
            self[spelt] = name
        return name


NAMES: Final = Names()


def texts(fields: list[bytes]) -> Headers:
    """The header fields, of which the parser has told: name, value, name, value. No value has a line break in it."""
    if not fields:
        return ()
    return tuple(zip(map(NAMES.__getitem__, fields[::2]), b"\n".join(fields[1::2]).decode("latin-1").split("\n"), strict=True))


@frozen
class Head:
    """``path`` and ``query`` are as they came, percent-encoded. ``named`` are the headers by name: of a repeated one the last.

    ``size`` is that of the whole head in bytes.
    """

    method: str
    version: str
    path: str
    query: str
    headers: Headers
    named: dict[str, str]
    size: int

    def scope(self, connection: dict[str, Any]) -> dict[str, Any]:
        """ASGI's, of which ``connection`` has what is the same for all requests on a connection."""
        return {
            **connection,
            "http_version": self.version,
            "headers": pairs(self.headers),
            "state": {},
            "method": self.method,
            "path": self.decoded_path,
            "raw_path": self.path.encode("latin-1"),
            "query_string": self.query.encode("latin-1"),
        }

    def written(self) -> bytes:
        """As it came, but for the case of names and the spaces around values."""
        return written(line_of(self.method, self.path.encode("latin-1"), self.query, self.version), pairs(self.headers))

    @property
    def decoded_path(self) -> str:
        """ASGI's ``path``."""
        return unquote(self.path) if "%" in self.path else self.path


def head_of(method: bytes, version: str, url: bytes, headers: Headers, named: dict[str, str], size: int) -> Head:
    """Of a request that the parser has let through; a ``#`` is encoded before the parser sees it."""
    path, query = split(url)
    return Head(_METHODS.get(method) or method.decode("ascii"), version, path, query, headers, named, size)


def split(url: bytes) -> tuple[str, str]:
    """Path and query."""
    if url.startswith(b"/") and b"#" not in url:
        path, _, query = url.decode("latin-1").partition("?")
        return path, query
    parsed: Any = parse_url(url)  # by its stub it always has a query
    return parsed.path.decode("latin-1"), (parsed.query or b"").decode("latin-1")


def line_of(method: str, path: bytes, query: str, version: str = "1.1") -> bytes:
    """The first line of a head."""
    return b"%s %s%s HTTP/%s" % (method.encode(), path, f"?{query}".encode() if query else b"", version.encode())


def written(line: bytes, fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The lines of a head, without the empty one at its end."""
    return b"\r\n".join([line, *(b"%s: %s" % field for field in fields)])


def pairs(headers: Headers) -> Fields:
    """The headers as bytes."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
