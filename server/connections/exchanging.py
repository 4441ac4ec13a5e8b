"""uvicorn's httptools protocol, whose every request makes fewer objects and sets no timer.

What an ASGI application is shown, and what the peer is told, is what uvicorn would show and tell for this configuration: no
WebSocket, no root path, no limit of its own on what runs at the same time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.connections.exchange import Exchange
from server.connections.head import Head
from server.connections.persistence import asks_to_stay, staying

Answer: TypeAlias = Callable[[Exchange], None]
"""Answers a request of HTTP/1.1 that came whole, sooner or later, and without ASGI. What it raises is answered for it."""


class ExchangingProtocol(HttpToolsProtocol):
    """One connection, as far as requests are begun and ended. How long it may be idle is for others to say."""

    cycle: Exchange
    pipeline: deque[tuple[Exchange, Any]]  # type: ignore[assignment]  # it makes no others

    def __init__(self, *arguments: Any, answer: Answer | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._answer = answer
        self._running: Exchange | None = None
        """What is answered, or was at last."""
        self._due: Exchange | None = None
        """What is to be answered next, once all that has come is read."""
        self.connection: dict[str, Any] = {}
        """What is the same in the scopes of all requests."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.connection = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": "",
        }

    def begin_exchange(self, head: Head) -> None:
        """The head of a request is complete: it is due to be answered, or waits for those before it."""
        waiting = self.cycle
        keep_alive = head.version != "1.0" and self.parser.should_keep_alive()
        cycle = self.cycle = Exchange(self, self.connection, head, keep_alive)
        if waiting is None or waiting.response_complete:
            self._due = cycle
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def on_body(self, body: bytes) -> None:
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.body += body
            if len(cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            cycle.message_event.set()

    def start(self, cycle: Exchange) -> None:
        """Has it answered. Of one that is not whole, or is unusual, the application itself reads as much as it likes."""
        self._due, self._running = None, cycle
        if self._answer is None or cycle.more_body or cycle.head.version != "1.1" or cycle.waiting_for_100_continue:
            stays = cycle.head.version == "1.0" and asks_to_stay(cycle)
            cycle.run(staying(self.app, cycle) if stays else self.app)
            return
        try:
            self._answer(cycle)
        except Exception as error:
            cycle.fail(error)

    def go_on(self) -> None:
        """An answer is written: the next request may have its turn."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self.start(self.pipeline.pop()[0])
