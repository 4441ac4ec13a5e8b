"""One request and its answer: uvicorn's own cycle, with the usual answer leaving in one write and its header lines kept.

Usual is an answer of a known length on a connection that stays, to anything but HEAD. Every other one goes uvicorn's way, and
the bytes are the same either way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from core.types import Reply
from server.connections.head import Head
from server.connections.lines import block_of, line_of, lines
from server.visitors.origins import RawHeaders

BODILESS: Final = (204, 304)


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

    It is answered by ``run``, or without ASGI: by one ``answer``, or where that cannot be by ``continue_by``.
    """

    logger = logging.getLogger("uvicorn.error")
    access_logger = logging.getLogger("uvicorn.access")
    access_log = False

    def __init__(  # not uvicorn's: see the class
        self, protocol: HttpToolsProtocol, connection: dict[str, Any], head: Head, keep_alive: bool
    ) -> None:
        self.head = head
        self._connection = connection
        self._scope: dict[str, Any] | None = None
        self._signal: Signal | None = None
        self.transport = protocol.transport
        self.flow = protocol.flow
        self._running = protocol.tasks
        self.default_headers = protocol.server_state.default_headers
        self.on_response = protocol.on_response_complete
        self.waiting_for_100_continue = protocol.expect_100_continue
        self.keep_alive = keep_alive
        self.body = bytearray()
        self.disconnected = self.response_started = self.response_complete = False
        self.more_body = True
        self.chunked_encoding: bool | None = None
        self.expected_content_length = 0
        self.task: asyncio.Task[None] | None = None
        """In which the application answers."""
        self._awaited: asyncio.Future[Any] | None = None
        self._then: Callable[[], None] | None = None
        self._head: bytes | None = None
        """Of a usual answer that has begun, until it is written."""

    @property
    def scope(self) -> dict[str, Any]:  # type: ignore[override]  # nobody sets it
        """ASGI's."""
        if self._scope is None:
            self._scope = self.head.scope(self._connection)
        return self._scope

    @property
    def message_event(self) -> Signal:  # type: ignore[override]  # as far as it is used here, it is an Event
        """Whether there is something new to receive."""
        if self._signal is None:
            self._signal = Signal()
            if self.body or not self.more_body or self.disconnected or self.response_complete:
                self._signal.set()
        return self._signal

    def stir(self) -> None:
        """There is something new to receive, for whoever waits for it."""
        if self._signal is not None:
            self._signal.set()

    @property
    def peer(self) -> str | None:
        """The address of the other end of the connection."""
        client = self._connection["client"]
        return client[0] if client else None

    def run(self, app: Any) -> None:
        """Has the application answer, in a task of its own."""
        self.task = asyncio.get_running_loop().create_task(self.run_asgi(app))
        self._running.add(self.task)

    def answer(self, reply: Reply, others: RawHeaders, unless_said: tuple[tuple[bytes, bytes], ...] = ()) -> bool:
        """Writes the whole answer; False where it has to be sent by ASGI. Nobody is told anything where the peer is gone.

        Its headers are the reply's, others, and those that the reply does not have by name.
        """
        status, body = reply.status, reply.body
        if self.disconnected:
            self.on_response = _nothing
            return True
        if self.flow.write_paused or not self.keep_alive or self.head.method == "HEAD" or (body and status in BODILESS):
            return False
        always, block = block_of((), self.default_headers), block_of(reply.headers, others, unless_said)
        if always is None or block is None:
            return False
        length = b"" if status in BODILESS else b"content-length: %d\r\n" % len(body)
        self._head = b"".join((STATUS_LINE[status], always, block, length, b"\r\n"))
        self.response_started = True
        self._finish(body)
        self.on_response = _nothing
        return True

    def take_body(self) -> bytes:
        """All of it that has come, which is not kept here any longer."""
        body, self.body = self.body, bytearray()
        return bytes(body)

    def wait_for(self, done: asyncio.Future[Any], then: Callable[[], None]) -> None:
        """Goes on when this is done: like a task, it keeps the server from stopping, and is told when it stops all the same.

        ``then`` asks what came of it, and may raise that.
        """
        self._awaited, self._then = done, then
        self._running.add(cast(Any, self))
        done.add_done_callback(self._go_on)

    def cancel(self, msg: object = None) -> None:
        """As a task's: what it waits for is cancelled. Whoever goes through ``tasks`` may call it: they change only later."""
        if self._awaited is not None:
            self._awaited.cancel(msg)

    def _go_on(self, _: asyncio.Future[Any]) -> None:
        then, self._then, self._awaited = self._then, None, None
        self._running.discard(cast(Any, self))
        assert then is not None
        try:
            then()
        except (Exception, asyncio.CancelledError) as error:
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        """Answers for an application that has failed so."""
        self.run(_raising(error))

    def continue_by(self, answering: Coroutine[Any, Any, None]) -> None:
        """Has this answer by ASGI, in a task."""

        async def app(*_: Any) -> None:
            await answering

        self.run(app)

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
        if message["type"] != "http.response.start" or not self.keep_alive or self.head.method == "HEAD":
            return False
        status, length = message["status"], None
        head = [STATUS_LINE[status]]
        for pair in (*self.default_headers, *message.get("headers", ())):
            line = lines.get(pair)
            if line is None:
                name, value = pair[0].lower(), pair[1]
                line = line_of(name, value)
                if line is None:
                    return False
                if name == b"content-length" and length is None:
                    length = int(value)
            head.append(line)
        if length is None and status not in BODILESS:
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
        self.stir()
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
