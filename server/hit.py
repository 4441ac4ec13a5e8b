"""A request as somebody wrote or recorded it, before the server sees it."""

from __future__ import annotations

import string
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit

from core.types import Headers, Request


class HitError(Exception):
    """An input that cannot be read as requests; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A request as somebody recorded or wrote it. Header names are lower case."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""

    @property
    def raw_path(self) -> bytes:
        """The path before it is decoded. Raises HitError."""
        return split(self.url).path.encode("utf-8", "replace")

    def request(self, id: str, received_at: int, ip: str | None) -> Request:
        """The request as the server would see it: the path decoded, the query as sent, the URL's host as a header."""
        url = split(self.url)
        return Request(
            id=id,
            received_at=received_at,
            method=self.method,
            path=unquote(url.path) or "/",
            query_string=_as_sent(url.query),
            headers=with_headers((("host", url.netloc),) if url.netloc else (), self.headers),
            body=self.body,
            ip=ip,
        )


def split(url: str) -> SplitResult:
    """The parts of a URL, which may be a path only: slashes at its beginning are the path's. Raises HitError."""
    try:
        return urlsplit(f"//{url}" if url.startswith("//") else url)
    except ValueError as error:
        raise HitError(f"{url}: is not a URL: {error}") from None


def _as_sent(query: str) -> str:
    return query if query.isascii() and " " not in query else quote(query, safe=string.punctuation)


def with_headers(headers: Headers, others: Headers) -> Headers:
    """The headers, where ``others`` replace those of the same name."""
    replaced = {name for name, _ in others}
    return (*(pair for pair in headers if pair[0] not in replaced), *others)
