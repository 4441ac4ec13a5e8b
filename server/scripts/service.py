"""Answers a request for somebody else's file: from the cache, in the visitor's host and encoding."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from core.types import Geo, Headers, Reply, Request, Upstream
from server.observe.labels import OTHER
from server.scripts.cached import Cached, Key, Variant
from server.scripts.copies import PATIENCE, Copies
from server.scripts.disk import Disk
from server.scripts.fetch import CrowdedError, Fetch, FetchError
from server.scripts.frames import frame_ancestors
from server.scripts.hosts import KnownHosts
from server.scripts.kinds import ScriptKind, kind_of
from server.scripts.passing_on import PassingOn, Send
from server.scripts.refusals import NOT_THERE, REFUSED
from server.scripts.variants import IDENTITY, Variants, chosen_encoding
from wire.replies import redirect
from wire.scripts.paths import WORKER_FOLDER
from wire.scripts.queries import is_preview
from wire.scripts.rewriting import well_formed

FOLDER: Final = "scripts"
"""The name of the cache's folder in the data folder."""
REFRESH: Final = 8.0
"""Seconds that the answer to an operator's refresh waits for upstream."""
MOST_HOSTS: Final = 50
"""Hosts that are nobody's which are counted each by itself: anybody makes them up."""

_COUNTRY: Final = re.compile("[A-Z]{2}")
_REGION: Final = re.compile("[A-Z0-9]{1,3}")
_TEXT: Final = (("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store"))
_NO_HOST: Final = Reply(400, _TEXT, b"the Host header is not the name of a host\n")
_UNFETCHED: Final = Reply(502, _TEXT, b"the file could not be fetched\n")


class Scripts:
    """The scripts of one process; ``clock`` gives microseconds. Until ``use`` says otherwise any host is known.

    What is to be passed on goes by ``send``; without one nothing is.
    """

    def __init__(
        self,
        folder: Path,
        fetch: Fetch,
        *,
        prefix: str,
        clock: Callable[[], int],
        patience: float = PATIENCE,
        send: Send | None = None,
    ) -> None:
        self.allowed_origins: Sequence[str] = ()
        self.hosts = KnownHosts()
        self.unknown_hosts: Counter[str] = Counter()
        self.passing_on = PassingOn(send)
        self._copies = Copies(Disk(folder), fetch, clock, patience=patience)
        self._variants = Variants(prefix)
        self._worker_scope = f"{prefix}{WORKER_FOLDER}"
        self._clock = clock

    def use(self, allowed_origins: Sequence[str], hosts: KnownHosts) -> None:
        """From now on these websites may show what is served in frames, and these hosts are written into scripts."""
        self.allowed_origins, self.hosts = allowed_origins, hosts

    async def answer(self, upstream: Upstream, request: Request) -> Reply:
        """The file for this visitor; 304 where the visitor has it, upstream's refusal where it cannot be had. Never raises."""
        if upstream.request is not None:
            return await self.passing_on.answer(upstream.request, upstream.id)
        asked = well_formed(request.header("host"))
        if asked is None:
            return _NO_HOST
        host = self._ours(asked)
        key = _key(upstream, request.geo)
        try:
            if is_preview(upstream.url):
                return await self._preview(key, host)
            held = await self._copies.get(key)
        except FetchError as error:
            return _without(upstream, error)
        before = held.weight
        variant = await self._variants.of(held, host, chosen_encoding(request.header("accept-encoding")))
        if held.weight != before:
            self._copies.memory.fit(key)
        return self._reply(kind_of(key), held, variant, host, request.header("if-none-match"))

    def _ours(self, host: str) -> str:
        """The host, if it is somebody's; empty, and counted, where it is not."""
        if host in self.hosts:
            return host
        self.unknown_hosts[host if host in self.unknown_hosts or len(self.unknown_hosts) < MOST_HOSTS else OTHER] += 1
        return ""

    async def _preview(self, key: Key, host: str) -> Reply:
        """What somebody is trying out: kept nowhere, not by the browser either."""
        held, kind = await self._copies.once(key), kind_of(key)
        variant = await self._variants.of(held, host, IDENTITY)
        headers = (("content-type", kind.content_type), ("cache-control", "private, no-store"), *self._safety(kind, host))
        return Reply(200, headers, variant.body)

    def _reply(self, kind: ScriptKind, held: Cached, variant: Variant, host: str, if_none_match: str | None) -> Reply:
        age = max(0, int(held.copy.age(self._clock())))
        headers: Headers = (
            *self._scope(kind),
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

    def _scope(self, kind: ScriptKind) -> Headers:
        """A worker serves what is in its own folder, unless this says more: gtag's serves the folder of all its versions."""
        return (("service-worker-allowed", self._worker_scope),) if kind.scoped else ()

    def _safety(self, kind: ScriptKind, host: str) -> Headers:
        """No guessing of types; pages elsewhere may load it, as they may Google's own; frames only the site's pages."""
        headers: Headers = (("x-content-type-options", "nosniff"), ("cross-origin-resource-policy", "cross-origin"))
        framing = (("content-security-policy", frame_ancestors(self.allowed_origins, host or None)),)
        return (*headers, *framing) if kind.framed else headers

    async def operate(self, refresh: bool) -> dict[str, Any]:
        """What is held and what was refused; with ``refresh`` after it has been fetched anew, which ``failure`` and ``age`` tell
        the outcome of. Besides hosts that are nobody's, and what was passed on: each with how often.
        """
        if refresh and (renewals := self._copies.refresh()):
            await asyncio.wait(renewals, timeout=REFRESH)
        return {
            "scripts": list(self._copies.rows()),
            "unknown_hosts": [[host, count] for host, count in self.unknown_hosts.items()],
            "passed_on": [[*about, count] for about, count in self.passing_on.counts.items()],
        }

    def reasons(self) -> list[str]:
        """What upstream refuses, in words, for whoever asks how the server is."""
        return self._copies.reasons()

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


def _without(upstream: Upstream, error: FetchError) -> Reply:
    """Upstream's refusal, in its own status; a file that it must not be asked for now is to be had from itself."""
    if isinstance(error, CrowdedError):
        return _NO_FILE if upstream.kind == "worker" else redirect(upstream.url)
    if error.status in NOT_THERE:
        return _NO_FILE if upstream.kind == "worker" else Reply(404, _TEXT, f"{error}\n".encode())
    if error.status not in REFUSED:
        return _UNFETCHED
    wait = (("retry-after", str(max(1, round(error.retry_after)))),) if error.status == 429 else ()
    return Reply(429 if error.status == 429 else 403, (*_TEXT, *wait), f"{error}\n".encode())


_NO_FILE: Final = Reply(404, _TEXT, b"there is no such file\n")


def _names(if_none_match: str | None, etag: str) -> bool:
    """Whether the header holds this ETag, strong or weak."""
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag in tags or "*" in tags
