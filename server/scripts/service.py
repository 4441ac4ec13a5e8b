"""Answers a request for somebody else's file: from the cache, in the visitor's host and encoding."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from core.types import Geo, Headers, Reply, Request, Upstream
from server.scripts.copies import PATIENCE, Copies
from server.scripts.disk import Disk
from server.scripts.fetch import Fetch, FetchError
from server.scripts.frames import frame_ancestors
from server.scripts.held import Held, Key, Variant
from server.scripts.kinds import Kind, kind_of
from server.scripts.variants import IDENTITY, Variants, chosen_encoding
from wire.scripts import well_formed

FOLDER: Final = "scripts"
"""The name of the cache's folder in the data folder."""
REFRESH: Final = 8.0
"""Seconds that the answer to an operator's refresh waits for upstream."""

_PREVIEW: Final = frozenset({"gtm_auth", "gtm_preview"})
_COUNTRY: Final = re.compile("[A-Z]{2}")
_REGION: Final = re.compile("[A-Z0-9]{1,3}")
_TEXT: Final = (("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store"))
_NO_HOST: Final = Reply(400, _TEXT, b"the Host header is not the name of a host\n")
_NO_FILE: Final = Reply(404, _TEXT, b"there is no such file\n")
_UNFETCHED: Final = Reply(502, _TEXT, b"the file could not be fetched\n")


class Scripts:
    """The scripts of one process. ``allowed_origins`` may be replaced while it runs; ``clock`` gives microseconds."""

    def __init__(
        self,
        folder: Path,
        fetch: Fetch,
        *,
        prefix: str,
        allowed_origins: Sequence[str],
        clock: Callable[[], int],
        patience: float = PATIENCE,
    ) -> None:
        self.allowed_origins = allowed_origins
        self._copies = Copies(Disk(folder), fetch, clock, patience=patience)
        self._variants = Variants(prefix)
        self._clock = clock

    async def answer(self, upstream: Upstream, request: Request) -> Reply:
        """The file for this visitor; 304 where the visitor has it, 502 where it cannot be had. Never raises."""
        host = well_formed(request.header("host"))
        if host is None:
            return _NO_HOST
        key = _key(upstream, request.geo)
        try:
            if _is_preview(upstream.url):
                return await self._preview(key, host)
            held = await self._copies.get(key)
        except FetchError as error:
            return _NO_FILE if error.status == 404 and upstream.kind == "worker" else _UNFETCHED
        before = held.weight
        variant = await self._variants.of(held, host, chosen_encoding(request.header("accept-encoding")))
        if held.weight != before:
            self._copies.memory.fit(key)
        return self._reply(kind_of(key), held, variant, host, request.header("if-none-match"))

    async def _preview(self, key: Key, host: str) -> Reply:
        """What somebody is trying out: kept nowhere, not by the browser either."""
        held, kind = await self._copies.once(key), kind_of(key)
        variant = await self._variants.of(held, host, IDENTITY)
        headers = (("content-type", kind.content_type), ("cache-control", "private, no-store"), *self._safety(kind, host))
        return Reply(200, headers, variant.body)

    def _reply(self, kind: Kind, held: Held, variant: Variant, host: str, if_none_match: str | None) -> Reply:
        age = max(0, int(held.copy.age(self._clock())))
        headers: Headers = (
            ("cache-control", kind.cache_control),
            ("etag", variant.etag),
            ("age", str(age)),
            ("vary", "Accept-Encoding"),
        )
        if _names(if_none_match, variant.etag):
            return Reply(304, headers)
        encoding = () if variant.encoding == IDENTITY else (("content-encoding", variant.encoding),)
        whole = (("content-type", kind.content_type), *encoding, *headers, *self._safety(kind, host))
        return Reply(200, whole, variant.body)

    def _safety(self, kind: Kind, host: str) -> Headers:
        """No guessing of types; pages elsewhere may load it, as they may Google's own; frames only the site's pages."""
        headers: Headers = (("x-content-type-options", "nosniff"), ("cross-origin-resource-policy", "cross-origin"))
        framing = (("content-security-policy", frame_ancestors(self.allowed_origins, host)),)
        return (*headers, *framing) if kind.framed else headers

    async def operate(self, refresh: bool) -> dict[str, Any]:
        """What is held; with ``refresh`` after it has been fetched anew, which ``failure`` and ``age`` tell the outcome of."""
        if refresh and (renewals := self._copies.refresh()):
            await asyncio.wait(renewals, timeout=REFRESH)
        return {"scripts": list(self._copies.rows())}

    async def close(self) -> None:
        """Ends what is under way."""
        await self._copies.close()
        await self._variants.close()


def _key(upstream: Upstream, geo: Geo) -> Key:
    """Regions change scripts (their consent defaults), not the worker."""
    country, region = geo.country or "", geo.region or ""
    if upstream.kind == "worker" or not _COUNTRY.fullmatch(country):
        return Key(upstream.kind, upstream.url)
    return Key(upstream.kind, upstream.url, country, region if _REGION.fullmatch(region) else "")


def _is_preview(url: str) -> bool:
    return any(name in _PREVIEW for name, _ in parse_qsl(url.partition("?")[2], keep_blank_values=True))


def _names(if_none_match: str | None, etag: str) -> bool:
    """Whether the header holds this ETag, strong or weak."""
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag in tags or "*" in tags
