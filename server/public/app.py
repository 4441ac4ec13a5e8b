"""From socket to container and back: one ASGI callable, with no router and no request object on the way of a hit.

A 2xx is sent after the deliveries of the request have been accepted, which means: are on disk.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from time import perf_counter_ns, time_ns
from typing import Any, Final, Protocol, TypeAlias

import structlog
from starlette.types import Receive, Scope, Send

from core.container import Container, Run
from core.types import Headers, Payload, Reply, Request, Upstream
from server.connections.fields import LONGEST_NAME, MOST_NAMES
from server.delivery import Accepted, Suppressed
from server.observe import Observer, Record
from server.outbox.failpoints import failpoint
from server.public.bodies import FULL, TOO_LARGE, Bodies, comes
from server.public.limits import Limits
from server.public.probes import HEALTH, WELL, probe_of_health
from server.public.reception import Reception
from server.public.strangers import Strangers
from server.visitors.asker import Asker, asker_of
from server.visitors.origins import Origins, RawHeaders, embeddable
from server.visitors.public_host import UNSAID
from server.visitors.visitor import UNCONFIGURED, Visitors

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
        observer: Observer,
        prefix: str = "",
        unclaimed: Callable[[Request, Run], None] | None = None,
    ) -> None:
        self._files = files
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
        asker = asker_of(_peer(scope), scope["method"], decoded(scope["headers"]), self.visitors)
        cors = asker.cors(self.origins)
        answer = self._answer(scope, receive, asker, cors)
        reply, claimed = await (answer if self.limits is None else self._limited(self.limits, answer, scope, asker))
        if reply is not None:
            self._counts.replies[reply.status] += 1
            await send(_head(reply, embeddable(cors, reply.headers) if claimed else cors))
            await send({"type": "http.response.body", "body": reply.body})
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
        body: bytes | Reply | None = b""
        if self.intake.full:
            body = FULL
        elif comes(asker.named):
            body = await self._bodies.read(asker.named, receive)
        if not isinstance(body, bytes):
            return self._turned_away(asker, body), False
        path = scope["path"]
        request = _request(scope, self._reception.inside(path), asker, body)
        began = perf_counter_ns()
        request, run = self._reception.handle(self.container, request, path, scope.get("raw_path", b""))
        if run.probe:
            self._counts.probes[run.probe] += 1
            return await self._said(run.reply, request), False
        self._notice(scope, asker, cors, request, run)
        record = self._observer.handled(request, run)
        deliveries = run.deliveries()
        if deliveries and not await self._kept(record, deliveries):
            reply = FULL
        else:
            reply = run.reply if isinstance(run.reply, Reply) else await self._files(run.reply, request)
        self._observer.answered(record, reply.status, (perf_counter_ns() - began) // 1000)
        return reply, run.client is not None

    def _turned_away(self, asker: Asker, body: Reply | None) -> Reply | None:
        why = GONE if body is None else TURNED_AWAY[body]
        self._counts.turned_away[why] += 1
        self._strangers.turned_away(asker, why)
        return body

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

    async def _kept(self, record: Record, deliveries: Sequence[tuple[str, Payload]]) -> bool:
        """Waits until they are safe; False says that none of them was kept."""
        try:
            duplicates = await self.intake.accept(deliveries)
            if duplicates:
                self._note(record, duplicates)
        except Exception as error:  # whatever kept them from the disk: the sender is told, nothing is pretended
            why = str(error) or type(error).__name__
            log.error("not kept", why=why, request=record.request.id)
            self._observer.refused(record, why)
            return False
        return True

    async def _said(self, reply: Reply | Upstream, request: Request) -> Reply:
        return await self._files(reply, request) if isinstance(reply, Upstream) else reply

    def _note(self, record: Record, accepted: Accepted) -> None:
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


class _Names(dict[bytes, str]):
    """Names of headers as texts. Those of the first that come are kept, for senders make names up."""

    def __missing__(self, name: bytes) -> str:
        text = name.decode("latin-1")
        if len(self) < MOST_NAMES and len(name) <= LONGEST_NAME:
            self[name] = text
        return text


class _Written(dict[tuple[str, str], tuple[bytes, bytes]]):
    """Headers of replies as they are sent. Those that every reply of a kind has are kept."""

    def __missing__(self, pair: tuple[str, str]) -> tuple[bytes, bytes]:
        written = pair[0].encode("latin-1"), pair[1].encode("latin-1")
        if pair[0] in _OF_ALL and len(self) < MOST_NAMES:
            self[pair] = written
        return written


_OF_ALL: Final = frozenset({"cache-control", "content-type", "pragma", "vary", "x-content-type-options"})

_names: Final = _Names()
_written: Final = _Written()


def decoded(headers: RawHeaders) -> Headers:
    """The headers of a request as texts."""
    return tuple([(_names[name], value.decode("latin-1")) for name, value in headers])


def _request(scope: Scope, path: str, asker: Asker, body: bytes) -> Request:
    noise = os.urandom(40)
    return Request(
        noise[:8].hex(),
        time_ns() // 1000,
        scope["method"],
        path,
        scope["query_string"].decode("latin-1"),
        asker.headers,
        body,
        asker.visitor.ip,
        asker.visitor.geo,
        noise[8:],
    )


def _head(reply: Reply, cors: RawHeaders) -> dict[str, Any]:
    pairs: Iterable[Iterable[str]] = reply.headers  # a plugin's may be lists
    headers = [_written[name, value] for name, value in pairs]
    headers += cors
    if reply.status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(reply.body)))
    return {"type": "http.response.start", "status": reply.status, "headers": headers}
