"""An upstream that obeys, a clock that stands still, and the cache between them and a visitor."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.types import NOWHERE, Geo, Reply, Request, Upstream
from server.scripts import KnownHosts, Scripts
from server.scripts.fetch import Fetched, FetchError

SCRIPT = Upstream("script", "G-1", "https://up.example/gtag/js?id=G-1")
FRAME = Upstream("frame", "GTM-1", "https://up.example/ns.html?id=GTM-1")
WORKER = Upstream("worker", "5710", "https://up.example/static/service_worker/5710/sw.js")
WORKER_FRAME = Upstream("worker", "5710", "https://up.example/static/service_worker/5710/sw_iframe.html?origin=x")
SOURCE = b'load("www.googletagmanager.com")'
Run = Callable[..., None]
"""What the fixture `run` is: it takes a coroutine function and the settings of its bench."""


class Google:
    """Answers with ``body``; raises ``failure`` where there is one; waits for ``gate`` where it is shut."""

    def __init__(self) -> None:
        self.body = SOURCE
        self.max_age: float | None = 900
        self.failure: FetchError | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked: list[tuple[str, dict[str, str], frozenset[str]]] = []

    async def __call__(self, url: str, headers: Mapping[str, str], accepted: frozenset[str]) -> Fetched:
        self.asked.append((url, dict(headers), accepted))
        await self.gate.wait()
        if self.failure:
            raise self.failure
        return Fetched(self.body, self.max_age)


class Bench:
    """One process's cache. Times are in seconds."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.google = Google()
        self.now = 1_700_000_000.0
        options: dict[str, Any] = {"prefix": "", "patience": 0.05, **settings}
        origins, hosts = options.pop("allowed_origins", ()), options.pop("hosts", KnownHosts())
        self.scripts = Scripts(folder, self.google, clock=lambda: int(self.now * 1_000_000), **options)
        self.scripts.use(origins, hosts)

    async def get(self, upstream: Upstream = SCRIPT, geo: Geo = NOWHERE, host: str = "data.example.com", **headers: str) -> Reply:
        named = tuple((name.replace("_", "-"), value) for name, value in {"host": host, **headers}.items())
        return await self.scripts.answer(upstream, Request("r", 0, "GET", "/gtag/js", headers=named, geo=geo))

    async def settled(self) -> None:
        """Waits until nothing is under way behind the visitors' backs."""
        copies = self.scripts._copies
        while copies._fetches or copies._loads:
            await asyncio.sleep(0.001)

    async def rows(self, refresh: bool = False) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (await self.scripts.operate(refresh))["scripts"]
        return rows


Test = Callable[[Bench], Awaitable[None]]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., None]:
    """Runs a test's coroutine function with a bench; a second run in one test is a restart."""

    def running(test: Test, **settings: Any) -> None:
        async def whole() -> None:
            bench = Bench(tmp_path / "scripts", **settings)
            try:
                await asyncio.wait_for(test(bench), 60)
            finally:
                await bench.scripts.close()

        asyncio.run(whole())

    return running


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def headers(reply: Reply) -> dict[str, str]:
    named = dict(reply.headers)
    assert len(named) == len(reply.headers), "no header is sent twice"
    return named
