"""Sends on to Google what Google's tags wanted to send there, and gives back the answer; nothing of it is kept or tried again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from config import Settings
from core.types import OutboundRequest, Reply, Response
from server.http import HttpLimits, HttpSender, TransportError

Send: TypeAlias = Callable[[OutboundRequest], Awaitable[Response]]

LIMITS: Final = HttpLimits(connect=3.0, total=5.0, body=64 << 10)
"""A visitor's browser waits for the answer; Google's are a pixel or a few lines."""
AT_ONCE: Final = 32
"""Exchanges under way; of more the sender is told to come again, since what cannot be passed on in time is better lost loudly."""
LARGEST: Final = 256 << 10
"""Bytes of a body. Hits are limited to a fraction of it."""

_ACCEPTED: Final = frozenset({"image/gif", "image/png", "image/jpeg", "image/webp", "text/plain", "application/json"})
_STREAMS: Final = frozenset({"text/event-stream", "text/javascript", "application/javascript"})
_SAFE: Final = (
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-resource-policy", "cross-origin"),
)
_TEXT: Final = (("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store"))
_NOTHING: Final = Reply(204, _SAFE)
_TOO_LARGE: Final = Reply(413, _TEXT, b"the body is larger than what is passed on to Google\n")
_CROWDED: Final = Reply(503, (*_TEXT, ("retry-after", "5")), b"too much is being passed on to Google\n")
_UNREACHED: Final = Reply(502, _TEXT, b"Google could not be reached; nothing of this request was kept\n")


class GoogleSender:
    """Sends over connections of its own, whose limits are shorter than those of deliveries."""

    def __init__(self) -> None:
        self._http = HttpSender(limits=LIMITS)
        self._literal: frozenset[str] = frozenset()

    def use(self, settings: Settings) -> None:
        """Learns which origins the file has in writing: those may be private addresses."""
        self._literal = frozenset(origin for client in settings.clients.values() for origin in client.settings.written_origins())

    async def send(self, request: OutboundRequest) -> Response:
        """Google's answer. Raises TransportError where there is none."""
        return await self._http.send(request, literal_host=request.url[: request.url.find("/", 8)] in self._literal)

    async def close(self) -> None:
        """Ends what is under way."""
        await self._http.close()


class PassingOn:
    """By way of ``send``; without one nothing leaves. ``counts`` are exchanges by the path's name and what came of them."""

    def __init__(self, send: Send | None) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._send = send
        self._under_way = 0

    async def answer(self, request: OutboundRequest, name: str) -> Reply:
        """Google's answer, as far as it may stand on this host. Never raises."""
        outcome, reply = await self._exchange(request)
        self.counts[name, outcome] += 1
        return reply

    async def _exchange(self, request: OutboundRequest) -> tuple[str, Reply]:
        if self._send is None:
            return "dry_run", _NOTHING
        if len(request.body) > LARGEST:
            return "too_large", _TOO_LARGE
        if self._under_way >= AT_ONCE:
            return "crowded", _CROWDED
        self._under_way += 1
        try:
            response = await self._send(request)
        except TransportError:
            return "unreached", _UNREACHED
        finally:
            self._under_way -= 1
        return _judged(response)


def _judged(response: Response) -> tuple[str, Reply]:
    """Cookies and redirects are Google's own and stay behind; what a page could run or show as the site's own does too."""
    if response.status >= 500:
        return "failed", _UNREACHED
    if response.status >= 400:
        return "rejected", Reply(response.status, _SAFE)
    if response.status >= 300:
        return "redirected", _NOTHING
    kind = (response.header("content-type") or "").partition(";")[0].strip().lower()
    fits = len(response.body) < LIMITS.body and response.header("content-encoding") in (None, "identity")
    if not response.body or not fits or kind not in _ACCEPTED | _STREAMS:
        return "passed_on", _NOTHING
    return "passed_on", Reply(200, (("content-type", kind), *_SAFE), response.body)
