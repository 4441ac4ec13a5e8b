"""One HTTP/1.1 connection, and the reading of one answer at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeAlias, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from core.types import Headers, Response
from server.http.errors import BadResponse, ConnectionClosed, TimedOut, TransportError
from server.http.limits import HttpLimits

Answered: TypeAlias = Callable[[Response | Exception], None]
"""Hears once what came of a request: the answer, or why there is none. Must not raise."""

Heard: TypeAlias = "Callable[[Connection, Response | TransportError], None]"
"""Hears of every exchange of a connection, which is still as it was then."""

MOST_REMEMBERED: Final = 1024
"""Bytes of an answer that is remembered, so that the same one is not read again."""


class _SurplusError(Exception):
    """Bytes after the answer."""


class Connection(asyncio.Protocol):
    """At most one exchange is under way. What ends the connection ends the exchange, and an exchange is never left waiting.

    ``due`` is the loop's time from which ``expire`` ends it: the exchange's deadline or, in between, the end of idleness. 0 is
    for one that was idle at no ``expire`` before: the next one says when that ends.
    ``heard`` is told what came of each exchange.

    An answer that is byte for byte the one before is that one: mostly a vendor says the same to every request of a second.
    """

    def __init__(
        self,
        limits: HttpLimits,
        loop: asyncio.AbstractEventLoop,
        heard: Heard,
    ) -> None:
        self.due = float("inf")
        self.open = False
        self.used = False
        """Whether it was idle before the exchange that is under way."""
        self.message = b""
        self.bodiless = False
        self.answered: Answered
        self.successor: asyncio.Task[None] | None = None
        """What goes on with the exchange elsewhere, where this connection was found closed."""
        self.gone: asyncio.Future[None] = loop.create_future()
        self._limits = limits
        self._heard = heard
        self._parser = HttpResponseParser(self)
        self._under_way = False
        self._remembered: tuple[bytes, Response] = b"", Response(0)
        """The answer before, as it came and as it was read, where it came in one piece and the connection stayed open."""
        self._read = 0

    def _begin(self) -> None:
        """Before the first byte of an answer is read."""
        self._fields: list[tuple[bytes, bytes]] = []
        self._field_count = 0
        self._body: list[bytes] = []
        self._body_size = 0
        self._status = 0
        self._oversized = False
        self._complete = False
        self._keep_alive = False

    @property
    def silent(self) -> bool:
        """Not one byte of an answer has come for the request that is under way."""
        return self._read == 0

    def exchange(self, message: bytes, due: float, answered: Answered, *, bodiless: bool) -> None:
        """Sends a request, whose answer ``heard`` will be told. ``bodiless``: no body will follow (HEAD)."""
        self._under_way = True
        self._read = 0
        self.message = message
        self.due = due
        self.answered = answered
        self.bodiless = bodiless
        if self.open:
            self._transport.write(message)
        else:
            self._closed(None)

    def cancel(self) -> None:
        """Nobody wants the answer any more."""
        self._under_way = False
        self.abort()
        if self.successor is not None:
            self.successor.cancel()

    def expire(self, now: float) -> bool:
        """Ends the connection if it is due; whether it is open."""
        if not self.due:
            self.due = now + self._limits.idle
        elif now >= self.due:
            self.fail(TimedOut("the destination did not answer in time"))
        return self.open

    def fail(self, error: TransportError) -> None:
        """Ends the connection, and with this error the exchange, if there is one."""
        under_way, self._under_way = self._under_way, False
        self.abort()
        if under_way:
            self._heard(self, error)

    def abort(self) -> None:
        """Closes without another byte."""
        self.open = False
        self._transport.abort()

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self._transport = cast("asyncio.Transport", transport)
        self.open = True

    def data_received(self, data: bytes) -> None:
        """Bytes of an answer; bytes that nobody asked for end the connection."""
        if not self._under_way:
            self.abort()
            return
        if not self._read:
            remembered, response = self._remembered
            if data == remembered and not self.bodiless and not self._transport.get_write_buffer_size():
                self._under_way = False
                self.due = 0.0
                self._heard(self, response)
                return
            self._begin()
        self._read += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._broken()
        else:
            if self._complete and not self._oversized and self._body_size <= self._limits.body:
                self._finish(reusable=self._keep_alive and not self.bodiless, whole=data)
            else:
                self._advance()

    def eof_received(self) -> None:
        """The other side will send no more: nothing is left to wait for, not even for our own bytes to leave."""
        self._closed(None)
        self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed."""
        self.open = False
        self._closed(exc)
        self.gone.set_result(None)

    # What the parser calls

    def on_message_begin(self) -> None:
        """An answer begins. A second one nobody asked for."""
        if self._complete:
            raise _SurplusError

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head or, later, of the trailer."""
        self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is whole. The number of its fields is kept, so that those of a trailer do not count as headers."""
        self._status = self._parser.get_status_code()
        self._keep_alive = self._parser.should_keep_alive()
        self._field_count = len(self._fields)
        self._oversized = self._field_count > self._limits.fields or self._head_is_too_large()
        self._complete = self.bodiless and self._status >= 200

    def on_body(self, data: bytes) -> None:
        """A piece of the body; what exceeds the cap is dropped."""
        room = self._limits.body - self._body_size
        self._body_size += len(data)
        if room > 0:
            self._body.append(data[:room])

    def on_message_complete(self) -> None:
        """The answer is whole, unless it is an interim one (1xx), which is forgotten."""
        if self._status >= 200:
            self._complete = True
        else:
            self._status = 0
            self._fields.clear()

    # What follows from it

    def _head_is_too_large(self) -> bool:
        most = self._limits.head
        return self._read > most and sum(len(name) + len(value) + len(": \r\n") for name, value in self._fields) > most

    def _advance(self) -> None:
        """Ends the exchange if the answer is too long; what frames chunks and follows them counts as length too."""
        limits = self._limits
        if self._oversized or (self._status == 0 and self._read > limits.head):
            self.fail(BadResponse("the head of the answer is too large"))
        elif self._body_size > limits.body or self._read > limits.head + limits.body:
            self._finish(reusable=False)

    def _broken(self) -> None:
        """The parser gave up: on the answer, or on what came after it."""
        if self._complete:
            self._finish(reusable=False)
        else:
            self.fail(BadResponse("the answer is not valid HTTP/1.1"))

    def _closed(self, error: Exception | None) -> None:
        """No more bytes will come. That is how an answer without a length ends, if the connection was closed in order."""
        if not self._under_way:
            return
        if self.silent:
            self.fail(ConnectionClosed("the connection was closed before an answer came"))
        elif error is None and self._status and not self._has_length():
            self._finish(reusable=False)
        else:
            self.fail(ConnectionClosed("the connection was closed in the middle of the answer"))

    def _has_length(self) -> bool:
        return any(name.lower() in (b"content-length", b"transfer-encoding") for name, _ in self._fields)

    def _finish(self, *, reusable: bool, whole: bytes = b"") -> None:
        """Hands the answer over. Where the request has not left in full, the connection cannot be used again.

        ``whole`` is what has come last, all of the answer where it came in one piece.
        """
        self._under_way = False
        response = Response(self._status, self._headers(), b"".join(self._body))
        if not reusable or self._transport.get_write_buffer_size():
            self.abort()
        elif self._read == len(whole) <= MOST_REMEMBERED:
            self._remembered = whole, response
        self.due = 0.0
        self._heard(self, response)

    def _headers(self) -> Headers:
        fields = self._fields[: self._field_count]
        return tuple([(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in fields])
