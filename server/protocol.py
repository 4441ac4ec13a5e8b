"""What a raw socket may do: uvicorn's httptools protocol with deadlines, limits and exactly one Host.

uvicorn's own only timer starts after a response. Here a connection that sends nothing, half a head, or a body that
trickles is closed; a head that is too large is refused before it is held in memory. Every end that we make is told of.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, NamedTuple, cast

from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle
from uvicorn.server import ServerState

from server import refusals
from server.fields import MAX_COOKIES, FieldLimits
from server.persistence import Application, asks_to_stay, staying
from server.pieces import PiecewiseProtocol, Place
from server.refusals import MAX_HEAD, MAX_PIPELINED, MAX_URL, Closed, Refusal, RefusedError

FIRST_BYTE = 15.0
HEAD = 10.0
BODY_IDLE = 5.0
BODY = 30.0
BODY_RATE = 1000
"""Bytes a second that a body must reach once it has lasted BODY_IDLE seconds. The names above are seconds."""

UNREAD = 15.0
"""Seconds that a peer may leave its answers unread."""

_SPARE = MAX_URL + MAX_HEAD + 1024
MAX_UNFINISHED: Final = _SPARE + MAX_COOKIES
"""Bytes of a head, a trailer or the size of a chunk that the parser may hold before it tells us of them."""

SWEEP = 1.0

_AUTHORITY = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://[^/?]*")
_SLASH = 0x2F


class Phase(Enum):
    """What the peer owes us."""

    FIRST_BYTE = "the first byte"
    HEAD = "the head of a request"
    BODY = "a body"
    NOTHING = "nothing: the answer is ours to give"


class Patience(NamedTuple):
    """Seconds until the first byte of a connection, and between an answer and the next request."""

    first: float
    idle: float


@dataclass(frozen=True, slots=True)
class Terms:
    """What a listener grants its peers. ``patience`` is asked once for each connection, with the peer's address.

    Without it a connection may be idle for FIRST_BYTE seconds. ``closed`` is told of every connection that we end.
    """

    max_connections: int | None = None
    max_cookies: int = MAX_COOKIES
    patience: Callable[[str | None], Patience] | None = None
    closed: Closed = lambda _: None


class GuardedProtocol(PiecewiseProtocol):
    """One connection. Deadlines are checked by ``sweep``, so that an ordinary request sets no timer for them."""

    _phase = Phase.FIRST_BYTE
    _began = 0.0
    _last = 0.0
    _received = 0
    _unfinished = 0
    _open = b""
    """How the header line begins that is not complete."""
    _patience: Patience | None = None
    _stuck_since: float | None = None
    _running: RequestResponseCycle | None = None
    _refusal: Refusal | None = None
    """Nothing is read any more: this is said once the requests before are answered."""
    _leaving = False

    def __init__(self, *arguments: Any, terms: Terms | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._terms = terms or Terms()
        self._fields = FieldLimits(self._terms.max_cookies)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn's own
        super().connection_made(transport)
        self._began = self.loop.time()
        if self._terms.patience:
            self._patience = self._terms.patience(self.client[0] if self.client else None)
        idle = self._patience.idle if self._patience else FIRST_BYTE
        self.timeout_keep_alive = int(idle + 2 * SWEEP) + 1  # the sweep comes first, and tells of it

    def data_received(self, data: bytes) -> None:
        if self._refusal is not None:
            return
        self._last = self.loop.time()
        self._unset_keepalive_if_required()
        try:
            self.feed(data)
        except RefusedError as error:
            self._end(error.refusal)
        except HttpParserError:
            self._end(self._malformed())

    def parse(self, piece: bytes) -> None:
        self._unfinished += len(piece)
        super().parse(piece)
        if self._place is Place.HEAD and (line := piece.rfind(b"\n") + 1):
            self._open = piece[line : line + 7].lower()
        if self._unfinished > _SPARE + self._terms.max_cookies:
            raise RefusedError(refusals.COOKIES if self._open == b"cookie:" and self._place is Place.HEAD else refusals.TOO_MUCH)

    def began(self) -> None:
        if self._phase is not Phase.HEAD:
            self._phase, self._began = Phase.HEAD, self._last

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.began()
        self._fields.reset()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self._longest:
            raise RefusedError(refusals.TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        self._fields.count(name, value)
        if self._phase is Phase.HEAD:  # a trailer is no header: it comes too late to be trusted
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.expect_100_continue = self._fields.check(self.headers, self.parser.get_http_version)
        if self.parser.should_upgrade() and self.parser.get_method() == b"CONNECT":
            raise RefusedError(refusals.TUNNEL)
        if len(self.pipeline) >= MAX_PIPELINED:
            raise RefusedError(refusals.TOO_MANY)
        if self._terms.max_connections is not None and len(self.connections) > self._terms.max_connections:
            raise RefusedError(refusals.FULL)
        if self.url[0] != _SLASH and (found := _AUTHORITY.match(self.url)):
            rest = self.url[found.end() :]
            self.url = rest if rest.startswith(b"/") else b"/" + rest
        super().on_headers_complete()
        self._phase, self._began, self._received, self._unfinished = Phase.BODY, self._last, 0, 0
        if self._leaving:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._received += len(body)
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._place is Place.LINE:
            self._phase = Phase.FIRST_BYTE if self.cycle.response_complete else Phase.NOTHING
            self._began, self._unfinished = self._last, 0

    def on_response_complete(self) -> None:
        if self._phase is Phase.NOTHING and not self.pipeline:
            self._phase, self._began = Phase.FIRST_BYTE, self.loop.time()
        super().on_response_complete()
        if self._refusal is not None and not self._owes():
            self._refuse(self._refusal)

    def shutdown(self) -> None:
        """The server stops: what has begun is answered, and that is the last answer."""
        if self._phase is Phase.HEAD:
            self._leaving = True
        else:
            super().shutdown()

    def expire(self, now: float) -> None:
        """Closes the connection where the peer has kept us waiting for longer than it may."""
        late = self._late(now)
        if late is None or self.transport.is_closing():
            return
        self._terms.closed(late)
        if late is refusals.IDLE:
            self.transport.close()
        else:
            self.transport.abort()

    def pause_writing(self) -> None:
        """The peer does not read its answers as fast as they are written."""
        self._stuck_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """It has read on."""
        self._stuck_since = None
        super().resume_writing()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, staying(app, cycle) if asks_to_stay(cycle) else app)

    def _malformed(self) -> Refusal:
        if self._place is not Place.HEAD:
            return refusals.BODY
        return refusals.HTTP2 if self.parser.get_method() == b"PRI" else refusals.HEADERS

    def _end(self, refusal: Refusal) -> None:
        """Refuses a request, after the answers to those before it: the peer takes answers for its requests in their order."""
        if self.transport.is_closing():
            return
        self._terms.closed(refusal)
        if self._phase is Phase.BODY:
            if self.cycle.response_started:
                self.transport.close()
                return
            self._forget(self.cycle)
        self._refusal, self._phase = refusal, Phase.NOTHING
        if not self._owes():
            self._refuse(refusal)

    def _forget(self, cycle: RequestResponseCycle) -> None:
        """Its request will never be whole."""
        cycle.disconnected = True
        cycle.message_event.set()
        if self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()

    def _owes(self) -> bool:
        running = self._running
        return bool(self.pipeline) or (running is not None and not running.response_complete and not running.disconnected)

    def _refuse(self, refusal: Refusal) -> None:
        if not self.transport.is_closing():
            self.transport.write(refusal.answer(STATUS_LINE))
            self.transport.close()

    def _late(self, now: float) -> Refusal | None:
        lasted = now - self._began
        if self._stuck_since is not None and now - self._stuck_since > UNREAD:
            return refusals.UNREAD
        if self._phase is Phase.FIRST_BYTE:
            first, idle = self._patience or (FIRST_BYTE, FIRST_BYTE)
            if self.cycle is None:
                return refusals.SILENT if lasted > first else None
            return refusals.IDLE if lasted > idle else None
        if self._phase is Phase.HEAD:
            return refusals.SLOW_HEAD if lasted > HEAD else None
        if self._phase is Phase.BODY and (lasted > BODY or now - self._last > BODY_IDLE or _trickles(lasted, self._received)):
            return refusals.SLOW_BODY
        return None


def _trickles(lasted: float, received: int) -> bool:
    return lasted > BODY_IDLE and received < BODY_RATE * lasted


async def sweep(state: ServerState) -> None:
    """Checks every connection's deadline once a second, for as long as the server runs."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SWEEP)
        for connection in list(state.connections):
            cast(GuardedProtocol, connection).expire(loop.time())
