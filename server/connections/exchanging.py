"""uvicorn's httptools protocol, whose every request makes fewer objects and sets no timer.

What the application is shown, and what the peer is told, is what uvicorn would show and tell for this configuration: no
WebSocket, no root path, no limit of its own on what runs at the same time.
"""

from __future__ import annotations

from typing import Any, Final, cast
from urllib.parse import unquote

from httptools import parse_url
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from server.connections.exchange import Exchange
from server.connections.persistence import asks_to_stay, staying

_METHODS: Final = {name.encode("ascii"): name for name in ("GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH")}


class ExchangingProtocol(HttpToolsProtocol):
    """One connection, as far as requests are begun and ended. How long it may be idle is for others to say."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._running: RequestResponseCycle | None = None
        """What is answered, or was at last."""

    def begin_exchange(self, version: str) -> None:
        """The head of a request is complete: the application is asked, or the request waits for those before it."""
        parser, waiting = self.parser, self.cycle
        keep_alive = version != "1.0" and parser.should_keep_alive()
        cycle = self.cycle = Exchange(self, self._scope(version, parser.get_method()), keep_alive)
        if waiting is None or waiting.response_complete:
            self._start_asgi_task(cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def _scope(self, version: str, method: bytes) -> dict[str, Any]:
        raw, query = _split(self.url)
        path = raw.decode("ascii")
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": "",
            "headers": self.headers,
            "state": self.app_state.copy(),
            "method": _METHODS.get(method) or method.decode("ascii"),
            "path": unquote(path) if "%" in path else path,
            "raw_path": raw,
            "query_string": query,
        }

    def on_body(self, body: bytes) -> None:
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.body += body
            if len(cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            cycle.message_event.set()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """The task is among ``tasks`` until the application has returned."""
        self._running = cycle
        if cycle.scope["http_version"] == "1.0" and asks_to_stay(cycle):
            app = staying(app, cycle)
        running = self.loop.create_task(cycle.run_asgi(app))
        cast(Exchange, cycle).task = running
        self.tasks.add(running)

    def go_on(self) -> None:
        """An answer is written: the next request may have its turn."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())


def _split(url: bytes) -> tuple[bytes, bytes]:
    """Path and query of a URL that the parser has let through; a ``#`` is encoded before the parser sees it."""
    if url.startswith(b"/") and b"#" not in url:
        path, _, query = url.partition(b"?")
        return path, query
    parsed: Any = parse_url(url)  # by its stub it always has a query
    return parsed.path, parsed.query or b""
