"""What a raw socket may do: uvicorn's httptools protocol with deadlines, limits and exactly one Host.

uvicorn's own only timer starts after a response. Here a connection that sends nothing, half a head, or a body that
trickles is closed; a head that is too large is refused before it is held in memory.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import TypeAlias, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

FIRST_BYTE = 15.0
HEAD = 10.0
BODY_IDLE = 5.0
BODY = 30.0
BODY_RATE = 1000
"""Bytes a second that a body must reach once it has lasted BODY_IDLE seconds. The names above are seconds."""

UNREAD = 15.0
"""Seconds that a peer may leave its answers unread."""

MAX_URL = 16 * 1024
MAX_HEAD = 32 * 1024
MAX_FIELDS = 100
MAX_PIPELINED = 16
MAX_UNFINISHED = MAX_URL + MAX_HEAD + 1024
"""Bytes of a head, a trailer or the size of a chunk that the parser may hold before it tells us of them."""

SWEEP = 1.0


class Phase(Enum):
    """What the peer owes us."""

    FIRST_BYTE = "the first byte"
    HEAD = "the head of a request"
    BODY = "a body"
    NOTHING = "nothing: the answer is ours to give"


Refusal: TypeAlias = tuple[int, str]
"""The status and the reason that a refused peer is told."""

_TOO_LONG: Refusal = (414, f"the request line is longer than {MAX_URL} bytes")
_TOO_MUCH: Refusal = (431, f"more than {MAX_FIELDS} header fields, or more than {MAX_HEAD} bytes of them")
_ONE_HOST: Refusal = (400, "exactly one Host header is needed")
_TOO_MANY: Refusal = (429, f"more than {MAX_PIPELINED} requests on one connection wait for their answers")
_NO_UPGRADE: Refusal = (400, "this server upgrades to nothing, and the body after an Upgrade header would be lost: leave it out")
_BODY_FIELDS = frozenset({b"content-length", b"transfer-encoding"})


class Refused(Exception):
    """The head cannot be accepted. Raised inside the parser's callbacks, which turn it into a parser error."""


class GuardedProtocol(HttpToolsProtocol):
    """One connection. Deadlines are checked by ``sweep``, so that an ordinary request sets no timer for them."""

    _phase = Phase.FIRST_BYTE
    _began = 0.0
    _last = 0.0
    _received = 0
    _head = 0
    _unfinished = 0
    _refusal: Refusal | None = None
    _stuck_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn's own
        super().connection_made(transport)
        self._began = self.loop.time()

    def data_received(self, data: bytes) -> None:
        self._last = self.loop.time()
        self._unfinished += len(data)
        super().data_received(data)
        if self._unfinished > MAX_UNFINISHED and not self.transport.is_closing():
            self._refusal = _TOO_LONG if self._phase is Phase.HEAD and not self.url else _TOO_MUCH
            self.send_400_response("")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._phase, self._began, self._head = Phase.HEAD, self._last, 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > MAX_URL:
            self._refuse(_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head += len(name) + len(value)
        if self._head > MAX_HEAD or len(self.headers) >= MAX_FIELDS:
            self._refuse(_TOO_MUCH)
        if self._phase is Phase.HEAD:  # a trailer is no header: it comes too late to be trusted
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if sum(name == b"host" for name, _ in self.headers) != 1:
            self._refuse(_ONE_HOST)
        if self.parser.should_upgrade() and any(name in _BODY_FIELDS for name, _ in self.headers):
            self._refuse(_NO_UPGRADE)
        self._phase, self._began, self._received, self._unfinished = Phase.BODY, self._last, 0, 0
        if len(self.pipeline) >= MAX_PIPELINED:
            self._refuse(_TOO_MANY)
        super().on_headers_complete()
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._received += len(body)
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._phase = Phase.FIRST_BYTE if self.cycle.response_complete else Phase.NOTHING
        self._began, self._unfinished = self._last, 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if self._phase is Phase.NOTHING and not self.pipeline:
            self._phase, self._began = Phase.FIRST_BYTE, self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  uvicorn's signature
        """Answers a head that was refused, or that is no HTTP, and closes the connection."""
        status, reason = self._refusal or (400, "this is not a well-formed HTTP/1.1 request")
        body = f"{reason}\n".encode("ascii")
        head = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()

    def expire(self, now: float) -> None:
        """Closes the connection where the peer has kept us waiting for longer than it may."""
        lasted = now - self._began
        if self._stuck_since is not None and now - self._stuck_since > UNREAD:
            self.transport.abort()
            return
        late = {
            Phase.FIRST_BYTE: lasted > FIRST_BYTE,
            Phase.HEAD: lasted > HEAD,
            Phase.BODY: lasted > BODY or now - self._last > BODY_IDLE or _trickles(lasted, self._received),
            Phase.NOTHING: False,
        }
        if late[self._phase]:
            self.transport.abort()

    def pause_writing(self) -> None:
        """The peer does not read its answers as fast as they are written."""
        self._stuck_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """It has read on."""
        self._stuck_since = None
        super().resume_writing()

    def _refuse(self, refusal: Refusal) -> None:
        self._refusal = refusal
        raise Refused(refusal[1])


def _trickles(lasted: float, received: int) -> bool:
    return lasted > BODY_IDLE and received < BODY_RATE * lasted


async def sweep(state: ServerState) -> None:
    """Checks every connection's deadline once a second, for as long as the server runs."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SWEEP)
        for connection in list(state.connections):
            cast(GuardedProtocol, connection).expire(loop.time())
