"""A server with every component there is, without socket and disk, and the processor's time that one request takes of it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import _lru_cache_wrapper
from pathlib import Path
from typing import Any, Final, TypeAlias

from core.component import Tag, collects
from core.types import Payload, Reply, Request, Response, Upstream
from server.delivery import Accepted
from server.loading.configuration import Configuration
from server.observe import Counts, Observer, Recorder
from server.outbox.row import State, record
from server.public.app import App
from server.visitors.origins import Origins
from server.visitors.visitor import Visitors
from tests.budget.machine import seconds
from tests.server.in_force import EMPTY

ENVIRONMENT: Final = {"MP_SECRET": "a-secret", "GA4_API_SECRET": "another", "WEBHOOK_KEY": "a-third", "COOKIE_SECRET": "0" * 32}

Deliveries: TypeAlias = Sequence[tuple[str, Payload]]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it comes from a socket."""

    target: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    method: str = ""

    @property
    def scope(self) -> dict[str, Any]:
        path, _, query = self.target.partition("?")
        named = {
            "host": "data.shop.example",
            "user-agent": "Mozilla/5.0 (X11; Linux x86_64)",
            "content-length": str(len(self.body)),
        }
        headers = [*named.items(), *self.headers]
        return {
            "type": "http",
            "method": self.method or ("POST" if self.body else "GET"),
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode("latin-1"),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
            "client": ("127.0.0.1", 5),
        }


@dataclass(slots=True)
class Taken:
    """What came of a request, and what it took of the processor, in seconds: ``read``, ``stored``, ``sent``, ``resent``."""

    status: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def at_once(self) -> float:
        """Until everything has left for the first time."""
        return sum(self.seconds[part] for part in ("read", "stored", "sent"))

    @property
    def later(self) -> float:
        """Where all of it is sent again, row by row."""
        return self.seconds["resent"]

    @property
    def worst(self) -> float:
        return max(self.at_once, self.later)


class _Intake:
    def __init__(self) -> None:
        self.full = False
        self.accepted: Deliveries = ()

    def accept(self, deliveries: Deliveries, /) -> asyncio.Future[Accepted]:
        self.accepted = deliveries
        done: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        done.set_result(())
        return done


async def _file(upstream: Upstream, request: Request) -> Reply:  # noqa: ARG001
    return Reply(200)


class Server:
    """One worker's way of a request: from the socket's bytes to the rows, and from those to what leaves."""

    def __init__(self, path: Path) -> None:
        self._configuration = Configuration(path)
        self._loaded = self._configuration.load(serve=True)
        assert self._loaded.settings is not None, self._loaded.problems
        self._settings = self._loaded.settings
        assembled = self._configuration.assemble(self._loaded, self._settings)
        settings = self._settings.server
        self._tags: Mapping[str, Tag] = assembled.tags
        self._memories = [each for each in gc.get_objects() if isinstance(each, _lru_cache_wrapper) and _is_of_texts(each)]
        self._intake = _Intake()
        self._observer = Observer(Counts(), Recorder(500, 0), EMPTY)
        self._app = App(files=_file, observer=self._observer)
        origins, visitors = Origins(settings.allowed_origins), Visitors(settings)
        self._app.use(assembled.container, self._intake, origins, visitors, max_body=settings.max_body)

    def time(self, sent: Sent) -> Taken:
        """What one request takes whose texts have not been seen before."""
        self._forget()
        taken = Taken()
        self._intake.accepted = ()
        taken.seconds["read"] = seconds(lambda: asyncio.run(self._answer(sent, taken)))
        rows = self._intake.accepted
        taken.seconds["stored"] = seconds(lambda: _store(rows))
        taken.seconds["sent"] = seconds(lambda: self._send(rows))
        taken.seconds["resent"] = seconds(lambda: self._resend(rows))
        return taken

    def _forget(self) -> None:
        assembled = self._configuration.assemble(self._loaded, self._settings)
        self._app.container, self._tags = assembled.container, assembled.tags
        for each in self._memories:
            each.cache_clear()

    async def _answer(self, sent: Sent, taken: Taken) -> None:
        messages = [{"type": "http.request", "body": sent.body, "more_body": False}]

        async def receive() -> Any:
            return messages.pop(0)

        async def send(message: Any) -> None:
            taken.status = message.get("status", taken.status)

        await self._app(sent.scope, receive, send)

    def _send(self, rows: Deliveries) -> None:
        jobs: dict[tuple[str, str], list[Payload]] = {}
        for name, payload in rows:
            jobs.setdefault((name, payload.destination), []).append(payload)
        for (name, _), payloads in jobs.items():
            self._attempt(self._tags[name], payloads, payloads[0].received_at)

    def _resend(self, rows: Deliveries) -> None:
        """After an hour, so that an event may have become a late one."""
        for name, payload in rows:
            self._attempt(self._tags[name], [payload], payload.received_at + 3_600_000_000)

    @staticmethod
    def _attempt(tag: Tag, payloads: Sequence[Payload], now: int) -> None:
        if collects(tag):
            for payload in payloads:
                tag.companions(payload, now)
        for outbound in tag.pack(payloads, now):
            tag.judge(outbound, Response(200))


def _store(rows: Deliveries) -> None:
    for at, (tag, payload) in enumerate(rows):
        record(at, tag, payload, State.LEASED, 0)


def _is_of_texts(memory: _lru_cache_wrapper[Any]) -> bool:
    """Whether it remembers what was made of a visitor's texts."""
    return memory.__module__.startswith(
        ("wire.ga4.", "wire.universal_analytics.", "wire.hashing", "wire.cookies.ids", "wire.address")
    )
