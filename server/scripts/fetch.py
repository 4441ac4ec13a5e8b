"""One file from upstream: no redirects, no cookies, no proxies of the environment, and limits on time, size and type."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, Protocol

import httpx

from core.product import USER_AGENT
from server.delivery.backoff import retry_after
from server.http import Resolve
from server.http.resolver import Resolver
from server.scripts.backend import ResolvingTransport
from wire.measurement_protocol.compression import RefusedBodyError, decoded

LARGEST: Final = 4 << 20
"""Bytes of a file, compressed or not; containers are limited to a fraction of it."""
WHOLE: Final = 10.0
"""Seconds for the whole exchange."""
_AT_ONCE: Final = 8
_MAX_AGE: Final = re.compile(r"(?:^|[,\s])max-age=\"?([0-9]{1,9})")


class FetchError(Exception):
    """Upstream gave no file; the text says why. ``status`` is its answer's, 0 where there was none.

    ``retry_after`` is for how many seconds it wishes to be left alone, 0 where it does not say.
    """

    def __init__(self, why: str, status: int = 0, retry_after: float = 0.0) -> None:
        super().__init__(why)
        self.status = status
        self.retry_after = retry_after


class CrowdedError(FetchError):
    """Upstream was not asked: too much is asked of it already."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file; ``max_age`` in seconds as upstream says, None where it says nothing."""

    body: bytes
    max_age: float | None = None


class Fetch(Protocol):
    """Fetches a file of one of the ``accepted`` types. Raises FetchError."""

    async def __call__(self, url: str, headers: Mapping[str, str], accepted: frozenset[str]) -> Fetched: ...


class HttpFetch:
    """Fetches over HTTP; at most eight files at once. ``resolve`` is for other names than its resolver's."""

    def __init__(self, whole: float = WHOLE, largest: int = LARGEST, resolve: Resolve | None = None) -> None:
        self._whole = whole
        self._largest = largest
        limits = httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=2)
        self._client = httpx.AsyncClient(
            transport=ResolvingTransport(resolve or Resolver(), limits),
            trust_env=False,
            follow_redirects=False,
            timeout=whole,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={"user-agent": USER_AGENT, "accept": "*/*", "accept-encoding": "gzip"},
        )

    async def __call__(self, url: str, headers: Mapping[str, str], accepted: frozenset[str]) -> Fetched:
        """The file. Raises FetchError."""
        try:
            async with asyncio.timeout(self._whole), self._client.stream("GET", url, headers=headers) as response:
                _check(response, accepted)
                body = await self._read(response)
        except TimeoutError:
            raise FetchError(f"no complete answer within {self._whole:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FetchError(type(error).__name__) from None  # its text may quote what upstream sent
        return Fetched(self._plain(response, body), _max_age(response))

    async def _read(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > self._largest:
                raise FetchError(f"more than {self._largest} bytes")
        return bytes(body)

    def _plain(self, response: httpx.Response, body: bytes) -> bytes:
        try:
            plain = decoded(body, response.headers.get("content-encoding"), self._largest)
        except RefusedBodyError as error:
            raise FetchError(f"it cannot be decompressed: {error}") from None
        if not plain:
            raise FetchError("an empty file")
        return plain

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.aclose()


def _check(response: httpx.Response, accepted: frozenset[str]) -> None:
    if response.status_code != 200:
        asked = retry_after(response.headers.get("retry-after"), time.time_ns() // 1000)
        raise FetchError(f"HTTP {response.status_code}", response.status_code, asked)
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in accepted:
        raise FetchError("a file of another type than was asked for")


def _max_age(response: httpx.Response) -> float | None:
    found = _MAX_AGE.search(response.headers.get("cache-control", "").lower())
    return float(found[1]) if found else None
