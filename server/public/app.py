"""From socket to container and back: an ASGI callable, and the same without ASGI for what came whole, with no router at all.

A 2xx is sent after the deliveries of the request have been accepted, which means: are on disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from time import perf_counter_ns
from typing import Protocol, TypeAlias

from starlette.types import Receive, Scope, Send

from core.container import Container, Run
from core.frozen import frozen
from core.types import Payload, Reply, Request, Upstream
from server.connections.exchange import Exchange
from server.delivery import Accepted
from server.observe import Observer, Record
from server.observe.counts import GONE
from server.outbox.failpoints import failpoint
from server.public.asgi import asked_by, head
from server.public.asked import Asked, asked_of
from server.public.bodies import FULL, TOO_LARGE, Bodies, comes
from server.public.debug_link import DebugLinks
from server.public.limits import Limits
from server.public.notices import Notices
from server.public.probes import HEALTH, WELL, probe_of_health
from server.public.reception import Reception
from server.visitors.origins import EMBEDDABLE, Origins, RawHeaders, embeddable
from server.visitors.visitor import Visitors

UNWELL = Reply(503, (("content-type", "text/plain; charset=utf-8"),), b"not accepting\n")

TURNED_AWAY: Mapping[Reply, str] = {TOO_LARGE: "too_large", FULL: "full"}


class Intake(Protocol):
    """Where deliveries go. ``accept`` is done when they are safe; it tells of duplicates, and raises where it kept nothing."""

    @property
    def full(self) -> bool: ...

    def accept(self, deliveries: Sequence[tuple[str, Payload]], /) -> asyncio.Future[Accepted]: ...


Answer: TypeAlias = tuple[Reply | None, bool]
"""The reply, None where nobody waits for it any more, and whether a client claimed the request."""

Files: TypeAlias = Callable[[Upstream, Request], Awaitable[Reply]]
"""Answers with somebody else's file. Never raises."""


@frozen
class Handled:
    """A request that the container has run. One that turned out to be a probe is not recorded."""

    request: Request
    run: Run
    record: Record | None
    deliveries: Sequence[tuple[str, Payload]]
    began: int

    @property
    def claimed(self) -> bool:
        """Whether it is a client's."""
        return self.run.client is not None


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
    ) -> None:
        self._files = files
        self._observer = observer
        self._counts = observer.counts
        self._notices = Notices(observer)
        self._reception = Reception(prefix)

    def use(
        self,
        container: Container,
        intake: Intake,
        origins: Origins,
        visitors: Visitors,
        *,
        max_body: int,
        limits: Limits | None = None,
        links: DebugLinks | None = None,
    ) -> None:
        """From the next request on this is the configuration; ``max_body`` is in bytes."""
        self.container = container
        self.intake = intake
        self.origins = origins
        self.visitors = visitors
        self.limits = limits
        self._bodies = Bodies(max_body)
        self._reception = Reception(self._reception.prefix, links)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request. Whatever it holds is answered below 500; 503 only says that nothing of it was kept."""
        if scope["type"] != "http":
            return
        asked = asked_by(scope, self.visitors, self.origins)
        answer = self._answer(asked, receive)
        reply, claimed = await (answer if self.limits is None else self._limited(self.limits, answer, asked))
        if reply is not None:
            await self._send(send, reply, _may_read(asked, reply, claimed))

    def answer(self, exchange: Exchange) -> None:
        """The same without ASGI, for a request that came whole; where it has to wait, it goes on later.

        How much a visitor may take is only counted by ASGI.
        """
        if self.limits is not None:
            exchange.run(self)
            return
        came = exchange.take_body() if exchange.body else b""
        asked = asked_of(exchange.peer, exchange.head, self.visitors, self.origins)
        reply = self._probed(asked)
        if reply is None:
            body = FULL if self.intake.full else self._bodies.checked(came)
            if isinstance(body, bytes):
                self._answer_at_once(exchange, asked, self._handle(asked, body))
                return
            reply = body
            self._turned_away(asked, body)
        self._reply(exchange, reply, asked.cors, claimed=False)

    async def _limited(self, limits: Limits, answer: Coroutine[None, None, Answer], asked: Asked) -> Answer:
        """The answer, unless this visitor has had too many. Whoever asks how the server is always gets one."""
        if probe_of_health(asked.method, asked.path, asked.asker.headers) is not None:
            return await answer
        refused = limits.enter(asked.asker, proxied=self.visitors.trusts(asked.peer))
        if refused is not None:
            answer.close()
            why, reply = refused
            self._notices.turned_away(asked, why, reply.status)
            return reply, False
        try:
            return await answer
        finally:
            limits.leave(asked.asker)

    async def _answer(self, asked: Asked, receive: Receive) -> Answer:
        probed = self._probed(asked)
        if probed is not None:
            return probed, False
        body: bytes | Reply | None = b""
        if self.intake.full:
            body = FULL
        elif comes(asked.asker.named):
            body = await self._bodies.read(asked.asker.named, receive)
        if not isinstance(body, bytes):
            return self._turned_away(asked, body), False
        handled = self._handle(asked, body)
        return await self._settled(handled), handled.claimed

    def _probed(self, asked: Asked) -> Reply | None:
        """The answer to whoever asks how the server is."""
        probe = probe_of_health(asked.method, asked.path, asked.asker.headers)
        if probe is None:
            return None
        self._counts.probes[probe] += 1
        return UNWELL if probe == HEALTH and self.intake.full else WELL

    def _handle(self, asked: Asked, body: bytes) -> Handled:
        path, began = asked.path, perf_counter_ns()
        request = asked.request(self._reception.inside(path), body)
        request, run = self._reception.handle(self.container, request, path, asked.raw_path)
        if run.probe:
            self._counts.probes[run.probe] += 1
            return Handled(request, run, None, (), began)
        size = None if asked.size is None else asked.size + len(body)
        self._notices.handled(asked, self.origins, request, run)
        deliveries = run.deliveries()
        return Handled(request, run, self._observer.handled(request, run, size, len(deliveries)), deliveries, began)

    async def _settled(self, handled: Handled) -> Reply:
        """The reply, once what is to be kept is kept, and once somebody else's file is there."""
        if handled.record is not None and handled.deliveries and not await self._kept(handled.record, handled.deliveries):
            return self._observed(handled, FULL)
        reply = handled.run.reply
        return self._observed(handled, reply if isinstance(reply, Reply) else await self._file(reply, handled))

    async def _file(self, upstream: Upstream, handled: Handled) -> Reply:
        reply = await self._files(upstream, handled.request)
        age = next((value for name, value in reply.headers if name == "age"), None)
        if handled.record is not None and age is not None:
            handled.record.file_age = int(age)
        return reply

    def _answer_at_once(self, exchange: Exchange, asked: Asked, handled: Handled) -> None:
        """With as little as goes: what waits for others is a task, and what waits for the disk none."""
        reply, record = handled.run.reply, handled.record
        if not isinstance(reply, Reply):
            exchange.continue_by(self._send_settled(exchange.send, asked, handled))
        elif record is None or not handled.deliveries:
            self._finish(exchange, asked, handled, reply)
        else:
            try:
                accepted = self.intake.accept(handled.deliveries)
            except Exception as error:
                self._notices.lost(record, error)
                self._finish(exchange, asked, handled, FULL)
            else:
                exchange.wait_for(accepted, partial(self._accepted, accepted, record, exchange, asked, handled, reply))

    def _accepted(
        self,
        accepted: asyncio.Future[Accepted],
        record: Record,
        exchange: Exchange,
        asked: Asked,
        handled: Handled,
        reply: Reply,
    ) -> None:
        try:
            duplicates = accepted.result()
        except Exception as error:
            self._notices.lost(record, error)
            reply = FULL
        else:
            if duplicates:
                self._notices.kept(record, duplicates)
        self._finish(exchange, asked, handled, reply)

    async def _send_settled(self, send: Send, asked: Asked, handled: Handled) -> None:
        reply = await self._settled(handled)
        await self._send(send, reply, _may_read(asked, reply, handled.claimed))

    def _finish(self, exchange: Exchange, asked: Asked, handled: Handled, reply: Reply) -> None:
        self._observed(handled, reply)
        self._reply(exchange, reply, asked.cors, claimed=handled.run.client is not None)

    def _reply(self, exchange: Exchange, reply: Reply, cors: RawHeaders, *, claimed: bool) -> None:
        if exchange.answer(reply, cors, EMBEDDABLE if claimed else ()):
            self._counts.replies[reply.status] += 1
            failpoint("after_reply")
        else:
            exchange.continue_by(self._send(exchange.send, reply, embeddable(cors, reply.headers) if claimed else cors))

    async def _send(self, send: Send, reply: Reply, cors: RawHeaders) -> None:
        self._counts.replies[reply.status] += 1
        await send(head(reply, cors))
        await send({"type": "http.response.body", "body": reply.body})
        failpoint("after_reply")

    def _observed(self, handled: Handled, reply: Reply) -> Reply:
        if handled.record is not None:
            self._observer.answered(handled.record, reply.status, (perf_counter_ns() - handled.began) // 1000)
        return reply

    def _turned_away(self, asked: Asked, body: Reply | None) -> Reply | None:
        if body is None:
            self._notices.turned_away(asked, GONE, 0)
        else:
            self._notices.turned_away(asked, TURNED_AWAY[body], body.status)
        return body

    async def _kept(self, record: Record, deliveries: Sequence[tuple[str, Payload]]) -> bool:
        """Waits until they are safe; False says that none of them was kept."""
        try:
            duplicates = await self.intake.accept(deliveries)
            if duplicates:
                self._notices.kept(record, duplicates)
        except Exception as error:
            self._notices.lost(record, error)
            return False
        return True


def _may_read(asked: Asked, reply: Reply, claimed: bool) -> RawHeaders:
    return embeddable(asked.cors, reply.headers) if claimed else asked.cors
