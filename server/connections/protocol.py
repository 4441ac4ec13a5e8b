"""What a raw socket may do: uvicorn's httptools protocol with deadlines, limits and exactly one Host.

A head that is too large is refused before it is held in memory, and a body that lies about gives way. Every end that we make
is told of.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from server.connections import fields, refusals
from server.connections.exchange import Exchange
from server.connections.fields import MAX_COOKIES, MOST
from server.connections.head import pairs, texts
from server.connections.pages import Pages
from server.connections.pieces import Reading
from server.connections.refusals import MAX_FIELDS, MAX_HEAD, MAX_PIPELINED, MAX_URL, Refusal, RefusedError
from server.connections.terms import Terms
from server.connections.timed import Phase, TimedProtocol
from server.connections.uploads import Uploads

_SPARE = MAX_URL + MAX_HEAD + 1024
MAX_UNFINISHED: Final = _SPARE + MAX_COOKIES
"""Bytes of a head, a trailer or the size of a chunk that the parser may hold before it tells us of them."""

_AUTHORITY = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://[^/?]*")
_SLASH = 0x2F
_NO_HOST = ("host", "")

SMALL: Final = 64 << 10
"""Bytes of a body beyond which the rest is kept in pages of its own."""

_MOST_TOLD: Final = 2 * MAX_FIELDS
"""Names and values, beyond which it is looked at how many there are."""

FIELD: Final = 200
"""Bytes that a header field takes in memory beside its own."""


_FIRST_BYTE, _HEAD, _BODY, _NOTHING = Phase
"""By names that are found faster: each header field asks for one of them."""


class GuardedProtocol(TimedProtocol):
    """One connection. What is not complete counts in ``uploads`` with what all others hold."""

    def __init__(self, *arguments: Any, terms: Terms, uploads: Uploads, **named: Any) -> None:
        super().__init__(*arguments, terms=terms, **named)
        self._uploads = uploads
        self.most_unfinished = _SPARE + self._terms.max_cookies
        self._leaving = False
        self._held = 0
        """Bytes, as the other connections have been told."""
        self._pages: Pages | None = None
        self.left: Callable[[], None] | None = None
        """Called when the connection is closed."""

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._drop_pages()
        if self._held:
            self._count_held(0)
        if self.left is not None:
            self.left()

    def eof_received(self) -> bool:  # type: ignore[override]  # as asyncio has it; uvicorn says nothing
        """The peer sends nothing more. Whoever has sent whole requests may still wait for their answers: then it stays open."""
        stays = self._phase is _NOTHING and self._owes()
        if stays and self._refusal is None:
            self.cycle.keep_alive = False
        return stays

    def data_received(self, data: bytes) -> None:
        if self._refusal is not None:
            return
        self._last = self.loop.time()
        refused = None
        try:
            self.feed(data)
        except RefusedError as error:
            refused = error
        except HttpParserError:
            refused = RefusedError(self._malformed())
        if self._due is not None:
            self.start(self._due)
        if refused is not None:
            self._end(refused.refusal, refused.head)
        if self._held or self._phase is not _NOTHING or self.pipeline:
            self._count_held(self._unfinished())

    def began(self) -> None:
        if self._phase is not _HEAD:
            self._phase, self._began = _HEAD, self._last

    def overflowed(self) -> None:
        cookies = self._place is Reading.HEAD and self._open.lower() == b"cookie:"
        raise RefusedError(refusals.COOKIES if cookies else refusals.TOO_MUCH)

    def on_header(self, name: bytes, value: bytes) -> None:
        append = self.fields.append
        append(name)
        append(value)
        if len(self.fields) > _MOST_TOLD:
            self._check_told()

    def on_headers_complete(self) -> None:
        headers = texts(self.fields)
        named = dict(headers)
        self.expect_100_continue = False
        if not fields.is_usual(headers, named, self.unfinished, self._terms.max_cookies):
            checked = pairs(headers)
            self.expect_100_continue = fields.check(checked, self.unfinished, self._terms.max_cookies, self.version)
            headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in checked])
            named = dict(headers)
        if len(self.url) > self._longest:
            raise RefusedError(refusals.TOO_LONG)
        if len(self.pipeline) >= MAX_PIPELINED:
            raise RefusedError(refusals.TOO_MANY)
        if self.url[0] != _SLASH and (found := _AUTHORITY.match(self.url)):
            if _NO_HOST in headers:
                raise RefusedError(refusals.BAD_HOST)
            rest = self.url[found.end() :]
            self.url = rest if rest.startswith(b"/") else b"/" + rest
        self.take_head(headers, named)
        self.fields.clear()
        self._phase, self._began, self._received, self.unfinished = _BODY, self._last, 0, 0
        if self._leaving:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._received += len(body)
        self.unfinished = 0
        if self._received <= SMALL or self.cycle.response_complete:
            super().on_body(body)
        else:
            self._keep(body)

    def on_message_complete(self) -> None:
        if self.fields:
            self._check_told()
            self.fields.clear()
        if self._pages is not None:
            self.cycle.body += self._pages.take()
            self._pages = None
        self.take_end()
        if self._place is Reading.LINE:
            self._phase = _FIRST_BYTE if self.cycle.response_complete else _NOTHING
            self._began, self.unfinished = self._last, 0

    def on_response_complete(self) -> None:
        if self._phase is _NOTHING and not self.pipeline:
            self._phase, self._began = _FIRST_BYTE, self.loop.time()
        elif self.flow.read_paused:
            self._began = self._last = self.loop.time()
        self.go_on()
        if self._held:
            self._count_held(self._unfinished())
        if self._refusal is not None and not self._owes():
            self._refuse(self._refusal)

    def shutdown(self) -> None:
        """The server stops: what has begun is answered, and that is the last answer."""
        if self._phase is _HEAD:
            self._leaving = True
        else:
            super().shutdown()

    def occupied(self, held: int, now: float) -> float:
        """How much the unfinished request has held, for how long: byte seconds."""
        return held * (now - self._began)

    def give_back(self) -> None:
        """Refuses the request, since all together hold too much, and forgets what has come of it."""
        self._held = 0
        if self._refusal is None:
            self._end(refusals.MEMORY)

    def _keep(self, body: bytes) -> None:
        """Keeps a piece of a large body until that is complete. One that is too large is handed on: whoever reads it says so."""
        try:
            self._pages = self._pages or Pages(max(SMALL, self._terms.max_body))
        except OSError:
            raise RefusedError(refusals.MEMORY) from None
        if not self._pages.add(body):
            super().on_body(self._pages.take() + body)
            self._pages = None

    def _check_told(self) -> None:
        """A trailer is no header: it comes too late to be trusted, and counts by itself."""
        if self._phase is _HEAD:
            too_much = len(self.fields) > 2 * MOST
        else:
            too_much = len(self.fields) > _MOST_TOLD or sum(map(len, self.fields)) > MAX_HEAD
        if too_much:
            raise RefusedError(refusals.TOO_MUCH)

    def _count_held(self, size: int) -> None:
        if size != self._held:
            self._held = size
            self._uploads.hold(self, size)

    def _unfinished(self) -> int:
        """Bytes that requests hold which are not complete, or whose turn has not come."""
        waiting = sum([len(cycle.body) for cycle, _ in self.pipeline])
        if self._phase is _HEAD:
            return waiting + len(self._line) + self.unfinished + FIELD * len(self.fields) // 2
        return max(waiting + (self._pages.held if self._pages else 0), self._received if self._phase is _BODY else 0)

    def _malformed(self) -> Refusal:
        if self._place is not Reading.HEAD:
            return refusals.BODY
        return refusals.HTTP2 if self.parser.get_method() == b"PRI" else refusals.HEADERS

    def _end(self, refusal: Refusal, head: bytes = b"") -> None:
        """Refuses a request, after the answers to those before it: the peer takes answers for its requests in their order."""
        if self.transport.is_closing():
            return
        self.tell(refusal, head)
        self._drop_pages()
        if self._phase is _BODY:
            if self.cycle.response_started:
                self.transport.close()
                return
            self._forget(self.cycle)
        self._refusal, self._phase = refusal, _NOTHING
        if not self._owes():
            self._refuse(refusal)

    def _forget(self, cycle: Exchange) -> None:
        """Its request will never be whole."""
        cycle.disconnected = True
        cycle.stir()
        if self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()

    def _drop_pages(self) -> None:
        if self._pages is not None:
            self._pages.close()
            self._pages = None

    def _owes(self) -> bool:
        running = self._running
        return bool(self.pipeline) or (running is not None and not running.response_complete and not running.disconnected)

    def _refuse(self, refusal: Refusal) -> None:
        if not self.transport.is_closing():
            self.transport.write(refusal.answer(STATUS_LINE))
            self.transport.close()
