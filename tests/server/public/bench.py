"""The application on its own: with a client that watches, an intake that obeys, and calls that nobody's socket makes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cache
from typing import Any

from core.component import Setup
from core.container import Container
from core.registry import installed
from core.triggers import ALL, always
from core.types import Claim, Payload, Reply, Request, Upstream
from server.delivery import Accepted
from server.observe import Counts, Observer, Recorder
from server.public.app import App
from server.visitors.origins import Origins
from server.visitors.visitor import Visitors
from tests.core.tiny import Fixed, Keep, plan
from tests.server.in_force import EMPTY

MAX_BODY = 1000
HOST = (b"host", b"metrics.example.com")
ORIGIN = (b"origin", b"https://www.example.com")


class Intake:
    """Takes deliveries when told to."""

    def __init__(self) -> None:
        self.full = False
        self.refusal: Exception | None = None
        self.accepted: list[tuple[str, Payload]] = []
        self.committed: asyncio.Future[Accepted] | None = None

    def accept(self, deliveries: Sequence[tuple[str, Payload]], /) -> asyncio.Future[Accepted]:
        if self.refusal:
            raise self.refusal
        self.accepted += deliveries
        done: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        if self.committed is None:
            done.set_result(())
        return self.committed or done


UPSTREAM = Upstream("script", "G-1", "https://scripts.example/gtag/js?id=G-1")


class Watching(Fixed):
    """A client that claims everything but ``/other``, and remembers it."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self.reply: Reply | Upstream = Reply(204, (("cache-control", "no-cache"),))

    def claim(self, request: Request) -> Claim | None:
        self.requests.append(request)
        events = [] if request.method == "OPTIONS" else [{"event_name": "page_view"}]
        return None if request.path == "/other" else Claim(events, self.reply)


async def file(upstream: Upstream, request: Request) -> Reply:
    """Stands for the cache of somebody else's files."""
    return Reply(304 if request.header("if-none-match") else 200, (("etag", '"1"'),), upstream.url.encode())


origins_of = cache(Origins)
"""It reads the list of public suffixes, which takes longer than all else."""


class Bench:
    """An application with a client that watches and an intake that obeys."""

    def __init__(self, client: Any = None, origins: Sequence[str] = ()) -> None:
        self.client = client or Watching()
        self.intake = Intake()
        self.counts = Counts()
        self.observer = Observer(self.counts, Recorder(10, 0), EMPTY)
        container = Container([("web", self.client)], [plan("ga4", Keep())], {ALL: always})
        self.app = App(files=file, observer=self.observer)
        self.app.use(container, self.intake, origins_of(tuple(origins)), Visitors(), max_body=MAX_BODY)

    def request(self, *messages: Any, method: str = "GET", path: str = "/g/collect", query: bytes = b"v=2", **rest: Any) -> Call:
        return Call(self.app, list(messages), {"method": method, "path": path, "query_string": query, **rest})


class Call:
    """One raw ASGI call and what it sent."""

    def __init__(self, app: App, messages: list[Any], scope: dict[str, Any]) -> None:
        self._app = app
        self._messages = messages
        self.scope = {"type": "http", "headers": [HOST], "client": ("203.0.113.9", 5), **scope}
        self.read = 0
        self.sent: list[Any] = []

    async def receive(self) -> Any:
        self.read += 1
        return self._messages.pop(0)

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def run(self) -> Call:
        await self._app(self.scope, self.receive, self.send)
        return self

    def now(self) -> Call:
        return asyncio.run(self.run())

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def headers(self) -> dict[str, str]:
        names = [name for name, _ in self.sent[0]["headers"]]
        assert len(names) == len(set(names)), "no header is sent twice"
        return {name.decode(): value.decode("latin-1") for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])


def piece(body: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def length(size: int) -> list[tuple[bytes, bytes]]:
    return [HOST, (b"content-length", str(size).encode())]


CHUNKED = [HOST, (b"transfer-encoding", b"chunked")]


def refused(call: Call, status: int) -> None:
    assert call.status == status
    assert call.headers["connection"] == "close"
    assert call.headers["vary"] == "Origin"
    assert call.headers["access-control-allow-origin"] == "https://www.example.com"
    assert call.body.endswith(b"\n")


def ga4() -> Any:
    entry = installed().find("client", "ga4")
    assert entry
    client = entry.load()
    return client(client.Settings.model_validate({"measurement_ids": ["G-ABC1234567"]}), Setup("web"))
