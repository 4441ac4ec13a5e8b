"""One request and its answer: uvicorn's own cycle, with the usual answer leaving in one write and its header lines kept.

Usual is an answer of a known length on a connection that stays, to anything but HEAD. Every other one goes uvicorn's way, and
the bytes are the same either way.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

MOST_LINES: Final = 1000
"""Header lines that are kept as they are written. Visitors have a part in some, such as their page's origin: then all go."""

LONGEST_LINE: Final = 256
"""Bytes of a header line that is kept."""

_PASSING: Final = frozenset(
    {
        b"access-control-allow-headers",
        b"content-length",
        b"etag",
        b"last-modified",
        b"location",
        b"retry-after",
        b"set-cookie",
    }
)
"""Names of headers that are another's with every answer, or say what the visitor has said."""

_UNUSUAL: Final = frozenset({b"connection", b"transfer-encoding"})
_BODILESS: Final = (204, 304)

_lines: Final[dict[tuple[bytes, bytes], bytes]] = {}


class Signal:
    """An ``asyncio.Event`` for one who waits, which costs nothing until somebody does."""

    __slots__ = ("_is_set", "_waiter")

    def __init__(self) -> None:
        self._is_set = False
        self._waiter: asyncio.Future[None] | None = None

    def set(self) -> None:
        """Whoever waits goes on."""
        self._is_set = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def clear(self) -> None:
        """From now on one waits again."""
        self._is_set = False

    async def wait(self) -> None:
        """Returns once it is set."""
        while not self._is_set:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter


class Exchange(RequestResponseCycle):
    """A head whose body has a known length waits for the first of the body. Raises RuntimeError for what is no answer, as
    uvicorn does.
    """

    logger = logging.getLogger("uvicorn.error")
    access_logger = logging.getLogger("uvicorn.access")
    access_log = False

    def __init__(self, protocol: HttpToolsProtocol, scope: Any, keep_alive: bool) -> None:  # not uvicorn's: see the class
        self.scope = scope
        self.transport = protocol.transport
        self.flow = protocol.flow
        self._running = protocol.tasks
        self.default_headers = protocol.server_state.default_headers
        self.on_response = protocol.on_response_complete
        self.waiting_for_100_continue = protocol.expect_100_continue
        self.keep_alive = keep_alive
        self.message_event = Signal()  # type: ignore[assignment]  # as far as it is used here, it is an Event
        self.body = bytearray()
        self.disconnected = self.response_started = self.response_complete = False
        self.more_body = True
        self.chunked_encoding: bool | None = None
        self.expected_content_length = 0
        self.task: asyncio.Task[None] | None = None
        """In which the application answers."""
        self._head: bytes | None = None
        """Of a usual answer that has begun, until it is written."""

    async def run_asgi(self, app: Any) -> None:
        """Asks the application, and answers for it where it fails: by uvicorn's own way where there is anything to say."""
        try:
            result = await app(self.scope, self.receive, self.send)
        except BaseException as error:
            self._write_head()
            await super().run_asgi(_raising(error))
        else:
            if result is not None or not (self.response_complete or self.disconnected):
                self._write_head()
                await super().run_asgi(_returning(result))
        finally:
            self.on_response = _nothing
            self._running.discard(self.task)

    async def send(self, message: Any) -> None:
        """ASGI's."""
        if self.disconnected or self.flow.write_paused:
            await self._send_otherwise(message)
        elif self._head is not None and self._ends_with(message):
            self._finish(message.get("body", b""))
        elif self.response_started or not self._begin(message):
            await self._send_otherwise(message)

    async def _send_otherwise(self, message: Any) -> None:
        """By uvicorn."""
        self._write_head()
        await super().send(message)

    def _write_head(self) -> None:
        if self._head is not None and not self.disconnected:
            self.transport.write(self._head)
        self._head = None

    def _begin(self, message: Any) -> bool:
        """Whether this is the head of a usual answer, which is kept then."""
        if message["type"] != "http.response.start" or not self.keep_alive or self.scope["method"] == "HEAD":
            return False
        status, length = message["status"], None
        head = [STATUS_LINE[status]]
        for pair in (*self.default_headers, *message.get("headers", ())):
            line = _lines.get(pair)
            if line is None:
                name, value = pair[0].lower(), pair[1]
                line = _line(name, value)
                if line is None:
                    return False
                if name == b"content-length" and length is None:
                    length = int(value)
            head.append(line)
        if length is None and status not in _BODILESS:
            return False
        head.append(b"\r\n")
        self._head = b"".join(head)
        self.response_started, self.waiting_for_100_continue = True, False
        self.chunked_encoding, self.expected_content_length = False, length or 0
        return True

    def _ends_with(self, message: Any) -> bool:
        return (
            message["type"] == "http.response.body"
            and not message.get("more_body")
            and len(message.get("body", b"")) == self.expected_content_length
        )

    def _finish(self, body: bytes) -> None:
        assert self._head is not None
        self.transport.write(self._head + body)
        self._head, self.expected_content_length, self.response_complete = None, 0, True
        self.message_event.set()
        if not self.keep_alive:  # it was to stay when the answer began
            self.transport.close()
        self.on_response()


def _raising(error: BaseException) -> Any:
    async def app(*_: Any) -> None:
        raise error

    return app


def _returning(result: object) -> Any:
    async def app(*_: Any) -> object:
        return result

    return app


def _nothing() -> None: ...


def _line(name: bytes, value: bytes) -> bytes | None:
    """The line of a header, whose name is in lower case; None where it says how the answer ends, or is for uvicorn to refuse."""
    if name in _UNUSUAL or HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
        return None
    line = b"%s: %s\r\n" % (name, value)
    if name not in _PASSING and len(line) <= LONGEST_LINE:
        if len(_lines) >= MOST_LINES:
            _lines.clear()
        _lines[name, value] = line
    return line
