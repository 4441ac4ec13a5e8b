"""From socket to container and back: one ASGI callable, with no router and no request object on the way of a hit.

A 2xx is sent after the deliveries of the request have been accepted, which by default means: are on disk.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol, TypeAlias

import structlog
from starlette.types import Receive, Scope, Send

from core.container import Container, Run
from core.types import Headers, Payload, Reply, Request, Upstream
from server.delivery import Accepted, Suppressed
from server.observe import Observer, Record
from server.outbox.failpoints import failpoint
from server.public.bodies import FULL, TOO_LARGE, Bodies
from server.public.limits import Limits
from server.public.probes import HEALTH, WELL, probe_of_health
from server.public.reception import Reception
from server.public.strangers import Strangers
from server.visitors.asker import Asker, asker_of
from server.visitors.origins import Origins, RawHeaders, embeddable
from server.visitors.public_host import UNSAID
from server.visitors.visitor import UNCONFIGURED, Visitor, Visitors

UNWELL = Reply(503, (("content-type", "text/plain; charset=utf-8"),), b"not accepting\n")

TURNED_AWAY: Mapping[Reply, str] = {TOO_LARGE: "too_large", FULL: "full"}
GONE = "gone"

log = structlog.get_logger("tagyard")


class Intake(Protocol):
    """Where deliveries go. ``accept`` is done when they are safe; it tells of duplicates, and raises where it kept nothing."""

    @property
    def full(self) -> bool: ...

    def accept(self, deliveries: Sequence[tuple[str, Payload]], /) -> Awaitable[Accepted]: ...


Answer: TypeAlias = tuple[Reply | None, bool]
"""The reply, None where nobody waits for it any more, and whether a client claimed the request."""

Files: TypeAlias = Callable[[Upstream, Request], Awaitable[Reply]]
"""Answers with somebody else's file. Never raises."""


class App:
    """The public port, below ``prefix``. It answers once ``use`` has said by which configuration."""

    container: Container
    intake: Intake
    origins: Origins
    visitors: Visitors
    limits: Limits | None
    _bodies: Bodies

    def __init__(
        self,
        *,
        files: Files,
        durable: bool,
        observer: Observer,
        prefix: str = "",
        unclaimed: Callable[[Request, Run], None] | None = None,
    ) -> None:
        self._files = files
        self._durable = durable
        self._observer = observer
        self._counts = observer.counts
        self._strangers = Strangers(observer.counts.pages)
        self._reception = Reception(prefix)
        self._unclaimed = unclaimed
        self._warned: set[str] = set()

    def use(
        self,
        container: Container,
        intake: Intake,
        origins: Origins,
        visitors: Visitors,
        *,
        max_body: int,
        limits: Limits | None = None,
    ) -> None:
        """From the next request on this is the configuration; ``max_body`` is in bytes."""
        self.container = container
        self.intake = intake
        self.origins = origins
        self.visitors = visitors
        self.limits = limits
        self._bodies = Bodies(max_body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request. Whatever it holds is answered below 500; 503 only says that nothing of it was kept."""
        if scope["type"] != "http":
            return
        asker = asker_of(_peer(scope), scope["method"], _headers(scope), self.visitors)
        cors = asker.cors(self.origins)
        answer = self._answer(scope, receive, asker, cors)
        reply, claimed = await (answer if self.limits is None else self._limited(self.limits, answer, scope, asker))
        if reply is not None:
            self._counts.reply(reply.status)
            await _send(reply, embeddable(cors, reply.headers) if claimed else cors, send)
            failpoint("after_reply")

    async def _limited(self, limits: Limits, answer: Coroutine[None, None, Answer], scope: Scope, asker: Asker) -> Answer:
        """The answer, unless this visitor has had too many. Whoever asks how the server is always gets one."""
        if probe_of_health(scope["method"], scope["path"], asker.headers) is not None:
            return await answer
        refused = limits.enter(asker, proxied=self.visitors.trusts(_peer(scope)))
        if refused is not None:
            answer.close()
            why, reply = refused
            self._counts.turned_away[why] += 1
            self._strangers.turned_away(asker, why)
            return reply, False
        try:
            return await answer
        finally:
            limits.leave(asker)

    async def _answer(self, scope: Scope, receive: Receive, asker: Asker, cors: RawHeaders) -> Answer:
        probe = probe_of_health(scope["method"], scope["path"], asker.headers)
        if probe is not None:
            self._counts.probes[probe] += 1
            return UNWELL if probe == HEALTH and self.intake.full else WELL, False
        body = FULL if self.intake.full else await self._bodies.read(scope["headers"], receive)
        if not isinstance(body, bytes):
            why = GONE if body is None else TURNED_AWAY[body]
            self._counts.turned_away[why] += 1
            self._strangers.turned_away(asker, why)
            return body, False
        path = scope["path"]
        request = _request(scope, self._reception.inside(path), asker.headers, body, asker.visitor)
        began = time.perf_counter_ns()
        request, run = self._reception.handle(self.container, request, path, scope.get("raw_path", b""))
        if run.probe:
            self._counts.probes[run.probe] += 1
            return await self._reply(run.reply, request), False
        self._notice(scope, asker, cors, request, run)
        record = self._observer.handled(request, run)
        reply = await self._reply_to(record)
        self._observer.answered(record, reply.status, (time.perf_counter_ns() - began) // 1000)
        return reply, run.client is not None

    def _notice(self, scope: Scope, asker: Asker, cors: RawHeaders, request: Request, run: Run) -> None:
        """What whoever runs this should know of the way the request took, and of one that nobody claims."""
        if asker.visitor.why is not None:
            self._warn_of_proxy(scope, asker.visitor.why)
        said = asker.visitor.host
        if said is not UNSAID and not asker.is_public and (doubt := said.doubt(asker.host)):
            self._warn_of_proxy(scope, doubt)
        self._strangers.note(asker, cors, self.origins, request, run)
        if run.client is None and self._unclaimed is not None:
            self._unclaimed(request, run)

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
        if logging.getLogger("tagyard").isEnabledFor(logging.DEBUG):
            for each in accepted:
                self._tell(each, record.request.id)

    @staticmethod
    def _tell(duplicate: Suppressed, request: str) -> None:
        first = datetime.fromtimestamp(duplicate.first_seen / 1_000_000, UTC).isoformat(timespec="milliseconds")
        log.debug("a duplicate was left out", tag=duplicate.tag, key=duplicate.key, first=first, request=request)

    def _warn_of_proxy(self, scope: Scope, why: str) -> None:
        if why not in self._warned and scope["client"]:
            log.warning(why, proxy=scope["client"][0])
        self._warned.add(why)
        self._counts.without_visitor_address += why == UNCONFIGURED


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
