"""Platforms for tests: each is a real HTTP server that checks what it gets as strictly as the platform, and answers like it."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, Final, Self
from urllib.parse import parse_qs, urlsplit

import httptools

from tests.waiting import PATIENCE

HASH: Final = re.compile(r"[a-f0-9]{64}")

EMAIL: Final = "sam.roe@example.com"
"""Whose purchases these are."""
AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64) ExampleBrowser/1.0"
"""By which browser."""


class Wrong(Exception):
    """What a request has against the platform's rules; it is refused as a whole."""


@dataclass(frozen=True)
class Call:
    """A request as it came."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Its body. Raises Wrong where it is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Wrong("the body is no JSON") from error


class StandIn(ABC):
    """``taken`` counts the orders that it took, ``faults`` is what no tag of ours may do.

    An order is refused where ``refuses`` says so. ``trouble`` is what it answers while it is set, ``headers`` what an answer
    has besides.
    """

    tag: ClassVar[str]
    """The type of the tag that sends to it."""

    most_rows: ClassVar[int] = 1

    wants_clear: ClassVar[bool] = False
    """Whether it writes to people, and needs their addresses as they are."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.faults: list[str] = []
        self.trouble: tuple[int, Any] | None = None
        self.requests = 0
        self.headers: dict[str, str] = {}
        self.changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._connections: set[asyncio.Transport] = set()
        self._port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(60)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(lambda: _Connection(self, self._connections), "127.0.0.1", 0, backlog=512)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        for transport in list(self._connections):
            transport.abort()
        await asyncio.sleep(0.01)  # the loop has to run once more for the transports to let go of their sockets

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._port}"

    @abstractmethod
    def settings(self) -> Mapping[str, Any]:
        """Of a tag that sends to it."""

    @abstractmethod
    def answer(self, call: Call) -> tuple[int, Any]:
        """As the platform answers a request; orders that it takes it ``take``\\ s. Raises Wrong for what is against its rules."""

    @abstractmethod
    def bad_token(self) -> tuple[int, Any]:
        """How it refuses a credential."""

    @abstractmethod
    def throttled(self) -> tuple[int, Any]:
        """How it asks to be left alone for a while."""

    def unwell(self) -> tuple[int, Any]:
        """How it answers on a bad day."""
        return 500, None

    def hear(self, call: Call) -> tuple[int, Any]:
        """Answers, one call at a time."""
        with self.changed:
            self.requests += 1
            self.headers = {}
            try:
                if not self.wants_clear and EMAIL.encode() in call.body.lower():
                    raise Wrong("an e-mail address in clear")
                return self.trouble or self.answer(call)
            except Wrong as wrong:
                self.faults.append(str(wrong))
                return 400, {"error": {"message": str(wrong)}}
            finally:
                self.changed.notify_all()

    def take(self, orders: Iterator[str] | list[str]) -> None:
        """These it has now."""
        self.taken.update(orders)

    @staticmethod
    def refuses(order: str) -> bool:
        """Every tenth."""
        return order.endswith("7")

    def wait_for(self, orders: set[str], seconds: float = PATIENCE) -> set[str]:
        """Waits until it has taken all of these; what is still missing after that time."""
        with self.changed:
            self.changed.wait_for(lambda: orders <= self.taken.keys(), seconds)
            return orders - self.taken.keys()


class _Connection(asyncio.Protocol):
    def __init__(self, owner: StandIn, connections: set[asyncio.Transport]) -> None:
        self._owner = owner
        self._connections = connections
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(transport)

    def connection_lost(self, _: Exception | None) -> None:
        self._connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._url, self._body = url, b""
        self._headers: dict[str, str] = {}

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        parts = urlsplit(self._url.decode())
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        status, answer = self._owner.hear(Call(parts.path, query, self._headers, self._body))
        body = json.dumps(answer).encode() if answer is not None else b""
        headers = "".join([f"{name}: {value}\r\n" for name, value in self._owner.headers.items()])
        self._transport.write(f"HTTP/1.1 {status} Said\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def hashed(value: Any) -> None:
    """Raises Wrong for what is no hash, nor a list of hashes."""
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, str) or not HASH.fullmatch(each):
            raise Wrong(f"{each!r} is no hash")
