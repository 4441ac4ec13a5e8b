"""What a raw socket may do: uvicorn's httptools protocol with deadlines, limits and exactly one Host.

uvicorn's own only timer starts after a response. Here a connection that sends nothing, half a head, or a body that
trickles is closed; a head that is too large is refused before it is held in memory. Every end that we make is told of.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from enum import Enum
from typing import Any, Final, cast

from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle
from uvicorn.server import ServerState

from server import fields, refusals
from server.fields import MAX_COOKIES, MOST
from server.gate import Claim
from server.persistence import Application, asks_to_stay, staying
from server.pieces import PiecewiseProtocol, Place
from server.refusals import MAX_FIELDS, MAX_HEAD, MAX_PIPELINED, MAX_URL, Refusal, RefusedError
from server.terms import Patience, Terms

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

STALLED: Final = 1.0
"""Seconds after which a head that is not complete, or a body that pauses, gives way where a new connection finds no place."""

CROWDED: Final = 0.75
"""The share of max_connections above which nobody may be idle for longer than FIRST_BYTE: others need the place."""

SWEEP = 1.0

_AUTHORITY = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://[^/?]*")
_SLASH = 0x2F


class Phase(Enum):
    """What the peer owes us."""

    FIRST_BYTE = "the first byte"
    HEAD = "the head of a request"
    BODY = "a body"
    NOTHING = "nothing: the answer is ours to give"


_FIRST_BYTE, _HEAD, _BODY, _NOTHING = Phase
"""By names that are found faster: each header field asks for one of them."""


class GuardedProtocol(PiecewiseProtocol):
    """One connection. Deadlines are checked by ``sweep``, so that an ordinary request sets no timer for them."""

    _phase = _FIRST_BYTE
    _began = 0.0
    _last = 0.0
    _received = 0
    _trailer = _trailers = 0
    _patience: Patience | None = None
    _stuck_since: float | None = None
    _running: RequestResponseCycle | None = None
    _refusal: Refusal | None = None
    """Nothing is read any more: this is said once the requests before are answered."""
    _leaving = False
    left: Callable[[], None] | None = None
    """Called when the connection is closed."""

    def __init__(self, *arguments: Any, terms: Terms | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._terms = terms or Terms()
        self.most_unfinished = _SPARE + self._terms.max_cookies

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn's own
        super().connection_made(transport)
        self._began = self.loop.time()
        if self._terms.patience:
            self._patience = self._terms.patience(self.client[0] if self.client else None)
        idle = self._patience.idle if self._patience else FIRST_BYTE
        self.timeout_keep_alive = int(idle + 2 * SWEEP) + 1  # the sweep comes first, and tells of it

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.left is not None:
            self.left()

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

    def began(self) -> None:
        if self._phase is not _HEAD:
            self._phase, self._began = _HEAD, self._last

    def overflowed(self) -> None:
        cookies = self._place is Place.HEAD and self._open.lower() == b"cookie:"
        raise RefusedError(refusals.COOKIES if cookies else refusals.TOO_MUCH)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._phase is _HEAD:
            self.headers.append((name.lower(), value))
            if len(self.headers) > MOST:
                raise RefusedError(refusals.TOO_MUCH)
        else:  # a trailer is no header: it comes too late to be trusted
            self._trailer += len(name) + len(value)
            self._trailers += 1
            if self._trailer > MAX_HEAD or self._trailers > MAX_FIELDS:
                raise RefusedError(refusals.TOO_MUCH)

    def on_headers_complete(self) -> None:
        terms = self._terms
        version = self.parser.get_http_version
        self.expect_100_continue = fields.check(self.headers, self.unfinished, terms.max_cookies, version)
        if len(self.url) > self._longest:
            raise RefusedError(refusals.TOO_LONG)
        if len(self.pipeline) >= MAX_PIPELINED:
            raise RefusedError(refusals.TOO_MANY)
        if self.url[0] != _SLASH and (found := _AUTHORITY.match(self.url)):
            rest = self.url[found.end() :]
            self.url = rest if rest.startswith(b"/") else b"/" + rest
        super().on_headers_complete()
        self._phase, self._began, self._received, self.unfinished = _BODY, self._last, 0, 0
        self._trailer = self._trailers = 0
        if self._leaving:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._received += len(body)
        self.unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._place is Place.LINE:
            self._phase = _FIRST_BYTE if self.cycle.response_complete else _NOTHING
            self._began, self.unfinished = self._last, 0

    def on_response_complete(self) -> None:
        if self._phase is _NOTHING and not self.pipeline:
            self._phase, self._began = _FIRST_BYTE, self.loop.time()
        super().on_response_complete()
        if self._refusal is not None and not self._owes():
            self._refuse(self._refusal)

    def shutdown(self) -> None:
        """The server stops: what has begun is answered, and that is the last answer."""
        if self._phase is _HEAD:
            self._leaving = True
        else:
            super().shutdown()

    def expire(self, now: float) -> None:
        """Closes the connection where the peer has kept us waiting for longer than it may."""
        late = self._late(now)
        if late is not None and not self.transport.is_closing():
            self._close(late)

    def _close(self, refusal: Refusal) -> None:
        """Without an answer."""
        self._terms.closed(refusal)
        if self._phase is _FIRST_BYTE and self.cycle is not None:
            self.transport.close()
        else:
            self.transport.abort()

    def claim(self, now: float) -> Claim | None:
        """How well it uses its place, for when others want it: idle ones give way first, a proxy's after everybody else's."""
        if self.transport.is_closing() or self._refusal is not None:
            return None
        if self._phase is _FIRST_BYTE:
            return Claim(int(self._patience is not None and self._patience.trusted), self._began)
        if self._phase is _HEAD and now - self._began > STALLED:
            return Claim(2, self._began)
        if self._phase is _BODY and now - self._last > STALLED:
            return Claim(3, self._last)
        return None

    def give_way(self) -> None:
        """Ends the connection for the sake of a new one."""
        self._close(refusals.GAVE_WAY)

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
        if cycle.scope["http_version"] == "1.0" and asks_to_stay(cycle):
            app = staying(app, cycle)
        super()._start_asgi_task(cycle, app)

    def _malformed(self) -> Refusal:
        if self._place is not Place.HEAD:
            return refusals.BODY
        return refusals.HTTP2 if self.parser.get_method() == b"PRI" else refusals.HEADERS

    def _end(self, refusal: Refusal) -> None:
        """Refuses a request, after the answers to those before it: the peer takes answers for its requests in their order."""
        if self.transport.is_closing():
            return
        self._terms.closed(refusal)
        if self._phase is _BODY:
            if self.cycle.response_started:
                self.transport.close()
                return
            self._forget(self.cycle)
        self._refusal, self._phase = refusal, _NOTHING
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

    def _may_be_idle(self) -> Patience:
        granted, most = self._patience or Patience(FIRST_BYTE, FIRST_BYTE), self._terms.max_connections
        if most is not None and len(self.connections) > CROWDED * most:
            return Patience(min(granted.first, FIRST_BYTE), min(granted.idle, FIRST_BYTE))
        return granted

    def _late(self, now: float) -> Refusal | None:
        lasted = now - self._began
        if self._stuck_since is not None and now - self._stuck_since > UNREAD:
            return refusals.UNREAD
        if self._phase is _FIRST_BYTE:
            if self.cycle is None:
                return refusals.SILENT if lasted > self._may_be_idle().first else None
            return refusals.IDLE if lasted > self._may_be_idle().idle else None
        if self._phase is _HEAD:
            return refusals.SLOW_HEAD if lasted > HEAD else None
        if self._phase is _BODY and (lasted > BODY or now - self._last > BODY_IDLE or _trickles(lasted, self._received)):
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
