"""What a peer owes us, since when, and how long we wait for it.

uvicorn's own only timer starts after a response, and is not set here. A connection that sends nothing, half a head, or a body
that trickles is closed, and one whose answers nobody reads.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import Any, Final, cast

import structlog
from uvicorn.server import ServerState

from server.connections import refusals
from server.connections.gate import Claim
from server.connections.pieces import PiecewiseProtocol
from server.connections.refusals import Refusal
from server.connections.terms import Patience, Terms

log = structlog.get_logger("tagyard")

FIRST_BYTE = 15.0
HEAD = 10.0
BODY_IDLE = 5.0
BODY = 30.0
BODY_RATE = 1000
"""Bytes a second that a body must reach once it has lasted BODY_IDLE seconds. The names above are seconds."""

UNREAD = 15.0
"""Seconds after which a peer has to have read BODY_RATE bytes a second of the answers that wait for it."""

STALLED: Final = 1.0
"""Seconds after which a head that is not complete, a body that pauses, or an answer that is not read, gives way to a new one."""

CROWDED: Final = 0.75
"""The share of max_connections above which nobody may be idle for longer than FIRST_BYTE: others need the place."""

SWEEP = 1.0


class Phase(Enum):
    """What the peer owes us."""

    FIRST_BYTE = "the first byte"
    HEAD = "the head of a request"
    BODY = "a body"
    NOTHING = "nothing: the answer is ours to give"


_FIRST_BYTE, _HEAD, _BODY, _NOTHING = Phase
"""By names that are found faster: each header field asks for one of them."""


class TimedProtocol(PiecewiseProtocol):
    """One connection, as far as time goes. Deadlines are checked by ``sweep``: an ordinary request sets no timer for them."""

    def __init__(self, *arguments: Any, terms: Terms, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._terms = terms
        self._phase = _FIRST_BYTE
        self._began = self._last = 0.0
        self._received = 0
        self._patience: Patience | None = None
        self._unread: tuple[float, int] | None = None
        """Since when answers wait for the peer to read on, and how many bytes of them did then."""
        self._refusal: Refusal | None = None
        """Nothing is read any more: this is said once the requests before are answered."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn's own
        super().connection_made(transport)
        self._began = self.loop.time()
        if self._terms.patience:
            self._patience = self._terms.patience(self.client[0] if self.client else None)

    def expire(self, now: float) -> None:
        """Closes the connection where the peer has kept us waiting for longer than it may.

        One that is closing already stays open until the peer has read what was written, so that it may keep us waiting, too.
        """
        if self.transport.is_closing() and self._unread is None:
            self._unread = now, self.transport.get_write_buffer_size()
        late = self._late(now)
        if late is not None:
            self._close(late)

    def _close(self, refusal: Refusal) -> None:
        """Without an answer. Only one that is merely idle gets what it has not read yet of those before."""
        self.tell(refusal)
        if refusal is refusals.IDLE:
            self.transport.close()
        else:
            self.transport.abort()

    def tell(self, refusal: Refusal, head: bytes = b"") -> None:
        """Says that the connection is ended, and what request is refused by it: ``head``, or as much as the parser has told."""
        self._terms.closed(refusal, self.client[0] if self.client else None, head or self.unanswered())

    def claim(self, now: float) -> Claim | None:
        """How well it uses its place, for when others want it: idle ones give way first, a proxy's after everybody else's."""
        if self.transport.is_closing() or self._refusal is not None:
            return None
        if self._unread is not None:
            return Claim(2, self._unread[0]) if now - self._unread[0] > STALLED else None
        if self._phase is _FIRST_BYTE:
            return Claim(int(self._patience is not None and self._patience.trusted), self._began)
        if self.flow.read_paused:
            return None
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
        self._unread = self.loop.time(), self.transport.get_write_buffer_size()
        super().pause_writing()

    def resume_writing(self) -> None:
        """It has read on."""
        self._unread = None
        super().resume_writing()

    def _may_be_idle(self) -> Patience:
        granted, most = self._patience or Patience(FIRST_BYTE, FIRST_BYTE), self._terms.max_connections
        if most is not None and len(self.connections) > CROWDED * most:
            return Patience(min(granted.first, FIRST_BYTE), min(granted.idle, FIRST_BYTE))
        return granted

    def _late(self, now: float) -> Refusal | None:
        lasted = now - self._began
        if self._unread is not None and self._is_left(*self._unread, now):
            return refusals.UNREAD
        if self.transport.is_closing():
            return None
        if self.flow.read_paused:  # it is we who do not read on, until the request before has its answer
            return None
        if self._phase is _FIRST_BYTE:
            if self.cycle is None:
                return refusals.SILENT if lasted > self._may_be_idle().first else None
            return refusals.IDLE if lasted > self._may_be_idle().idle else None
        if self._phase is _HEAD:
            return refusals.SLOW_HEAD if lasted > HEAD else None
        if self._phase is _BODY and (lasted > BODY or now - self._last > BODY_IDLE or _trickles(lasted, self._received)):
            return refusals.SLOW_BODY
        return None

    def _is_left(self, since: float, size: int, now: float) -> bool:
        """Whether the peer leaves answers unread, or reads them so slowly that others do not wait for it."""
        read = size - self.transport.get_write_buffer_size()
        return now - since > UNREAD and read < BODY_RATE * (now - since)


def _trickles(lasted: float, received: int) -> bool:
    return lasted > BODY_IDLE and received < BODY_RATE * lasted


async def sweep(state: ServerState) -> None:
    """Checks every connection's deadline once a second, for as long as the server runs."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SWEEP)
        for connection in list(state.connections):
            try:
                cast(TimedProtocol, connection).expire(loop.time())
            except Exception:  # one that cannot be looked at must not keep all others from it
                log.exception("a connection's deadlines could not be checked")
