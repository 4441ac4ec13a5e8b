"""The parts of a worker take a configuration in one way, at the start and at a reload: each key that a reload takes is tried."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from structlog.testing import capture_logs

from config.restarts import RELOADED
from core.types import Request
from server.connections.patience import TRUSTED
from server.connections.timed import FIRST_BYTE
from server.delivery.delivery import SLOTS
from server.loading.configuration import Configuration
from server.process.loader import Loader
from server.process.outboxes import open_outbox
from server.process.parts import Parts
from server.process.plan import Plan
from server.system import descriptors
from server.system.clock import Steady
from tests.waiting import until_soon

PROXY = "192.0.2.1"
CLOUDFLARE = "173.245.48.1"
HIT = b"v=2&tid=G-TEST00001&cid=1.2&en=page_view"
BASE: Mapping[str, Any] = {"trusted_proxies": [PROXY]}
"""What the file has under ``server`` before and after, where the case does not say otherwise."""


class Answered(NamedTuple):
    status: int
    headers: Mapping[bytes, bytes]


@dataclass
class Desk:
    """The parts of a worker, and a file that can be written and applied anew."""

    path: Path
    load: Loader
    parts: Parts

    def write(self, **server: Any) -> None:
        self.path.write_text(file(**server))
        self.parts.apply(self.load())

    async def hit(self, peer: str = PROXY, body: bytes = b"", **headers: str) -> Answered:
        """A hit by way of the application, as the listener would hand it on."""
        sent: list[Any] = []
        named = {"host": "t.example", "content-length": str(len(body)), **headers}
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/g/collect",
            "raw_path": b"/g/collect",
            "query_string": HIT,
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()],
            "client": (peer, 5),
        }

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.parts.app(scope, receive, send)
        return Answered(sent[0]["status"], dict(sent[0]["headers"]))

    async def recorded(self, peer: str = PROXY, **headers: str) -> Request:
        """The request that a hit has become."""
        await self.hit(peer, b"", **headers)
        return next(self.parts.observer.recorder.since(0)).request


def file(**server: Any) -> str:
    clients = {"ga4": {"measurement_ids": ["G-TEST00001"]}}
    return yaml.safe_dump({"server": {**BASE, **server}, "clients": clients, "tags": {"log": {"file": "events.jsonl"}}})


async def access_lines(desk: Desk) -> object:
    with capture_logs() as lines:
        await desk.hit()
    return [line["event"] for line in lines].count("request")


async def host(desk: Desk) -> object:
    known = "t.example" in desk.parts.scripts.hosts
    return (await desk.recorded()).header("host"), known


async def behind(desk: Desk) -> object:
    return (await desk.recorded(CLOUDFLARE, cf_connecting_ip="203.0.113.9")).ip


async def trusted(desk: Desk) -> object:
    return (await desk.recorded(x_forwarded_for="203.0.113.9")).ip


async def country(desk: Desk) -> object:
    return (await desk.recorded(x_forwarded_for="203.0.113.9", x_country="NL")).geo.country


async def readers(desk: Desk) -> object:
    answered = await desk.hit(origin="https://other.example")
    return answered.headers.get(b"access-control-allow-origin"), list(desk.parts.scripts.allowed_origins)


async def body(desk: Desk) -> object:
    return (await desk.hit(body=b"x" * 100)).status, desk.parts.listener.terms.max_body


async def statuses(desk: Desk) -> object:
    return [(await desk.hit(x_forwarded_for="203.0.113.9")).status for _ in range(2)]


async def idle(desk: Desk) -> object:
    patience = desk.parts.listener.terms.patience
    assert patience is not None
    return patience("203.0.113.9").idle, patience(PROXY).idle


def term(name: str) -> Callable[[Desk], Awaitable[object]]:
    async def of(desk: Desk) -> object:
        found: object = getattr(desk.parts.listener.terms, name)
        return found

    return of


class Case(NamedTuple):
    value: Any
    look: Callable[[Desk], Awaitable[object]]
    before: object
    after: object


ORIGINS = ["https://other.example"]
KEYS: Mapping[str, Case] = {
    "server.log.access": Case(1, access_lines, 0, 1),
    "server.public_host": Case("elsewhere.example", host, ("t.example", True), ("elsewhere.example", False)),
    "server.behind": Case("cloudflare", behind, CLOUDFLARE, "203.0.113.9"),
    "server.trusted_proxies": Case([], trusted, "203.0.113.9", PROXY),
    "server.geo": Case({"country": "X-Country"}, country, None, "NL"),
    "server.allowed_origins": Case(ORIGINS, readers, (None, []), (b"https://other.example", ORIGINS)),
    "server.max_body": Case(50, body, (204, 1 << 20), (413, 50)),
    "server.max_cookies": Case("2 KiB", term("max_cookies"), 64 << 10, 2 << 10),
    "server.max_connections": Case(3, term("max_connections"), 500, 3),
    "server.max_connections_per_address": Case(4, term("max_from_one"), None, 4),
    "server.rate_limit": Case({"per_second": 0.001, "burst": 1}, statuses, [204, 204], [204, 429]),
    "server.keep_alive": Case("75s", idle, (FIRST_BYTE, TRUSTED), (75, 75)),
}


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tag's file is relative to the folder in which the process runs."""
    monkeypatch.chdir(tmp_path)


def run(folder: Path, scenario: Callable[[Desk], Awaitable[None]], **server: Any) -> None:
    async def playing() -> None:
        path = folder / "container.yaml"
        path.write_text(file(**server))
        plan = Plan(Configuration(path), folder, own_secret="x" * 32)
        load = Loader(plan)
        serving = load()
        steady = Steady()
        parts = Parts(plan, serving, await open_outbox(plan, serving.settings, steady), pytest.fail, steady)
        assert parts.delivery is not None
        parts.delivery.start()
        try:
            await scenario(Desk(path, load, parts))
        finally:
            await parts.close(lambda: 1.0)

    asyncio.run(playing())


def written(key: str, value: Any) -> Mapping[str, Any]:
    """What a file has under ``server`` where this key says this."""
    _, name, *below = key.split(".")
    return {name: {below[0]: value} if below else value}


def test_there_is_a_case_for_each_key_that_a_reload_takes() -> None:
    assert set(KEYS) == set(RELOADED)


@pytest.mark.parametrize("key", RELOADED)
def test_a_key_is_in_force_once_it_is_applied_and_not_any_more_once_it_is_taken_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    case = KEYS[key]
    monkeypatch.setattr(descriptors, "limit", lambda: 500 + descriptors.RESERVE + SLOTS)

    async def reloaded(desk: Desk) -> None:
        assert await case.look(desk) == case.before
        desk.write(**written(key, case.value))
        assert await case.look(desk) == case.after
        desk.write()
        assert await case.look(desk) == case.before

    run(tmp_path, reloaded)


@pytest.mark.parametrize("key", RELOADED)
def test_a_key_that_the_start_finds_is_in_force_as_well(tmp_path: Path, key: str) -> None:
    case = KEYS[key]

    async def started(desk: Desk) -> None:
        assert await case.look(desk) == case.after

    run(tmp_path, started, **written(key, case.value))


def test_clients_and_tags_are_those_of_the_file_that_was_applied_last(tmp_path: Path) -> None:
    async def reloaded(desk: Desk) -> None:
        desk.path.write_text(file().replace("events.jsonl", "others.jsonl"))
        desk.parts.apply(desk.load())
        assert (await desk.hit()).status == 204
        await until_soon(lambda: (tmp_path / "others.jsonl").exists())
        assert not (tmp_path / "events.jsonl").exists()
        desk.path.write_text(file().replace("G-TEST00001", "G-OTHER0001"))
        desk.parts.apply(desk.load())
        assert (await desk.hit()).status == 400

    run(tmp_path, reloaded)
