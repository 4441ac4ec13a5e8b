"""A request as somebody wrote or recorded it, before the server sees it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from core.target import as_sent
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
        path, query = as_sent(url.path), as_sent(url.query)
        return Request(
            id=id,
            received_at=received_at,
            method=self.method,
            path=unquote(path) or "/",
            query_string=query,
            headers=with_headers((("host", url.netloc),) if url.netloc else (), self.headers),
            body=self.body,
            ip=ip,
        )


def split(url: str) -> SplitResult:
    """The parts of a URL, which may be a path only. Raises HitError.

    Slashes at its beginning are the path's, and a ``#`` is part of it, as on the wire.
    """
    try:
        return urlsplit(f"//{url}" if url.startswith("//") else url, allow_fragments=False)
    except ValueError as error:
        raise HitError(f"{url}: is not a URL: {error}") from None


def with_headers(headers: Headers, others: Headers) -> Headers:
    """The headers, where ``others`` replace those of the same name."""
    replaced = {name for name, _ in others}
    return (*(pair for pair in headers if pair[0] not in replaced), *others)


def body_of(text: str) -> bytes:
    """A body that was read as text: what was no UTF-8 (``surrogateescape``) is the same bytes again."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a pair, which JSON can write as an escape
        return text.encode("utf-8", "surrogatepass")
