"""From socket to container and back: one ASGI callable, with no router and no request object on the way of a hit.

A 2xx is sent after the deliveries of the request have been accepted, which by default means: are on disk.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol, TypeAlias

import structlog
from starlette.types import Receive, Scope, Send

from core.container import UNCLAIMED, Container, Run
from core.types import Headers, Payload, Reply, Request, Upstream
from server.delivery import Accepted
from server.observe import Observer, Record
from server.origins import Origins, RawHeaders
from server.outbox.failpoints import reach
from server.prefix import below
from server.visitor import UNCONFIGURED, Visitor, Visitors

_TEXT = (("content-type", "text/plain; charset=utf-8"),)
HEALTHY = Reply(200, _TEXT, b"ok\n")
UNWELL = Reply(503, _TEXT, b"not accepting\n")
TOO_LARGE = Reply(413, (*_TEXT, ("connection", "close")), b"the body is larger than this server accepts\n")
FULL = Reply(
    503,
    (*_TEXT, ("retry-after", "60"), ("connection", "close")),
    b"the outbox cannot take more for now; nothing of this request was kept\n",
)
MOST_HELD = 256 << 20
"""Bytes that bodies may take which are still being read, all connections together."""

HEALTH_PATHS = ("/healthy", "/healthz")
_ASKING = ("GET", "HEAD")
_WHOLE_SERVER = ("/", "*")

log = structlog.get_logger("tagyard")


class Intake(Protocol):
    """Where deliveries go. ``accept`` is done when they are safe; it tells of duplicates, and raises where it kept nothing."""

    @property
    def full(self) -> bool: ...

    def accept(self, deliveries: Sequence[tuple[str, Payload]], /) -> Awaitable[Accepted]: ...


Files: TypeAlias = Callable[[Upstream, Request], Awaitable[Reply]]
"""Answers with somebody else's file. Never raises."""


class App:
    """The public port, below ``prefix``. ``container``, ``origins`` and ``visitors`` may be replaced while it runs."""

    def __init__(
        self,
        container: Container,
        intake: Intake,
        origins: Origins,
        visitors: Visitors | None = None,
        *,
        files: Files,
        max_body: int,
        durable: bool,
        observer: Observer,
        prefix: str = "",
    ) -> None:
        self.container = container
        self.intake = intake
        self.origins = origins
        self.visitors = visitors or Visitors()
        self._files = files
        self._max_body = max_body
        self._durable = durable
        self._observer = observer
        self._counts = observer.counts
        self._prefix = prefix
        self._warned: set[str] = set()
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request. Whatever it holds is answered below 500; 503 only says that nothing of it was kept."""
        if scope["type"] != "http":
            return
        reply = await self._answer(scope, receive)
        if reply is not None:
            self._counts.reply(reply.status)
            await _send(reply, self._cors(scope), send)
            reach("after_reply")

    async def _answer(self, scope: Scope, receive: Receive) -> Reply | None:
        if _asks_for_health(scope):
            return UNWELL if self.intake.full else HEALTHY
        if self.intake.full:
            return FULL
        body = await self._body(scope["headers"], receive)
        if not isinstance(body, bytes):
            return body
        path = below(self._prefix, scope["path"])
        request = self._request(scope, scope["path"] if path is None else path, body)
        began = time.perf_counter_ns()
        run = Run(None, UNCLAIMED) if path is None else self.container.handle(request)
        record = self._observer.handled(request, run)
        reply = await self._reply_to(record)
        self._observer.answered(record, reply.status, (time.perf_counter_ns() - began) // 1000)
        return reply

    def _request(self, scope: Scope, path: str, body: bytes) -> Request:
        headers = _headers(scope)
        visitor = self.visitors.of(_peer(scope), headers)
        if visitor.why is not None:
            self._warn_of_proxy(scope, visitor.why)
        return _request(scope, path, headers, body, visitor)

    async def _reply_to(self, record: Record) -> Reply:
        run, request = record.run, record.request
        deliveries = run.deliveries()
        if not deliveries:
            return await self._reply(run.reply, request)
        try:
            accepted = self.intake.accept(deliveries)
            if self._durable:
                self._note(record, await accepted)
            else:
                asyncio.ensure_future(accepted).add_done_callback(partial(self._acknowledged_before, record))
        except Exception as error:  # whatever kept them from the disk: the sender is told, nothing is pretended
            why = str(error) or type(error).__name__
            log.error("not kept", why=why, request=request.id)
            self._observer.refused(record, why)
            return FULL
        return await self._reply(run.reply, request)

    async def _reply(self, reply: Reply | Upstream, request: Request) -> Reply:
        return await self._files(reply, request) if isinstance(reply, Upstream) else reply

    def _acknowledged_before(self, record: Record, accepted: asyncio.Future[Accepted]) -> None:
        if accepted.cancelled():
            return
        if error := accepted.exception():
            why = str(error) or type(error).__name__
            log.error("acknowledged and not kept", why=why, request=record.request.id)
            self._observer.refused(record, why)
        else:
            self._note(record, accepted.result())

    def _note(self, record: Record, accepted: Accepted) -> None:
        if not accepted:
            return
        self._observer.suppressed(record, accepted)
        for each in accepted:
            first = datetime.fromtimestamp(each.first_seen / 1_000_000, UTC).isoformat(timespec="milliseconds")
            log.info("a duplicate was left out", tag=each.tag, first=first, request=record.request.id)

    def _warn_of_proxy(self, scope: Scope, why: str) -> None:
        if why not in self._warned and scope["client"]:
            log.warning(why, proxy=scope["client"][0])
        self._warned.add(why)
        self._counts.nameless += why == UNCONFIGURED

    async def _body(self, headers: RawHeaders, receive: Receive) -> bytes | Reply | None:
        """The whole body; a refusal where it is too large; None where the sender went away."""
        expected = _content_length(headers)
        if expected is None:
            return b""
        if expected > self._max_body:
            return TOO_LARGE
        may_be = expected or self._max_body
        if self._held + may_be > MOST_HELD:
            return FULL
        self._held += may_be
        try:
            return await self._read(receive)
        finally:
            self._held -= may_be

    async def _read(self, receive: Receive) -> bytes | Reply | None:
        body = bytearray()
        while len(body) <= self._max_body:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message["body"]
            if not message["more_body"]:
                return bytes(body) if len(body) <= self._max_body else TOO_LARGE
        return TOO_LARGE

    def _cors(self, scope: Scope) -> RawHeaders:
        origin, host = None, b""
        for name, value in scope["headers"]:
            if name == b"origin":
                origin = value
            elif name == b"host":
                host = value
        plain = origin is not None and origin.startswith(b"http:") and self.visitors.came_plain(_peer(scope), _headers(scope))
        return self.origins.headers(origin, host, preflight=scope["method"] == "OPTIONS", plain=plain)


def _asks_for_health(scope: Scope) -> bool:
    """A balancer's check: of a health path, or by HAProxy's own ``OPTIONS /``. A browser that asks so has an Origin."""
    if scope["method"] == "OPTIONS":
        return scope["path"] in _WHOLE_SERVER and not any(name == b"origin" for name, _ in scope["headers"])
    return scope["method"] in _ASKING and str(scope["path"]).endswith(HEALTH_PATHS)


def _content_length(headers: RawHeaders) -> int | None:
    """Bytes to expect: None where no body follows, 0 where its length is not told. The parser has checked the number."""
    for name, value in headers:
        if name == b"content-length":
            return int(value)
        if name == b"transfer-encoding":
            return 0
    return None


def _peer(scope: Scope) -> str | None:
    return scope["client"][0] if scope["client"] else None


def _headers(scope: Scope) -> Headers:
    return tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])


def _request(scope: Scope, path: str, headers: Headers, body: bytes, visitor: Visitor) -> Request:
    noise = os.urandom(40)
    return Request(
        id=noise[:8].hex(),
        received_at=time.time_ns() // 1000,
        method=scope["method"],
        path=path,
        query_string=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        ip=visitor.ip,
        geo=visitor.geo,
        entropy=noise[8:],
    )


async def _send(reply: Reply, cors: RawHeaders, send: Send) -> None:
    headers: list[tuple[bytes, bytes]] = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    headers += cors
    if reply.status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(reply.body)))
    start: dict[str, Any] = {"type": "http.response.start", "status": reply.status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": reply.body})
