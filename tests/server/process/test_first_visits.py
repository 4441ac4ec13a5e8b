"""A new visitor is one: whatever comes at once, to one worker or two, before and after a restart, with no secret configured."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.server.process.destination import Destination
from tests.server.process.harness import Tagyard

pytestmark = pytest.mark.process

CONFIG = """
clients: {{ga4: {{measurement_ids: [G-TEST00001], cookies: {{mode: server}}}}}}
tags: {{ga4: {{endpoint: '{url}'}}}}
"""
VISITORS = 100
FIRST = ({"en": "page_view", "_fv": "1", "_ss": "1"}, {"en": "view_item"}, {"en": "scroll"})
"""What a page sends at once."""


def config(folder: Path, vendor: Destination) -> Path:
    path = folder / "container.yaml"
    path.write_text(CONFIG.format(url=vendor.url))
    return path


def target(visitor: int, at: int, now: int, more: str = "") -> str:
    known = {"v": "2", "tid": "G-TEST00001", "cid": f"{visitor}{more}.{now}", "ep.hit": f"{visitor}-{at}{more}"}
    return f"/g/collect?{urlencode({**known, **FIRST[at]})}"


async def send(port: int, target: str) -> str:
    """The identity that the reply gives, over a connection of its own, so that any worker may get it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: data.shop.example\r\nConnection: close\r\n\r\n".encode())
    reply = (await reader.read()).decode()
    writer.close()
    assert reply.startswith("HTTP/1.1 204"), reply
    return next(line for line in reply.splitlines() if line.lower().startswith("set-cookie: fpid=")).split(";")[0]


async def visit(port: int, now: int) -> list[list[str]]:
    """Each visitor's identities: every one sends three hits at once, some visitors at a time."""
    few = asyncio.Semaphore(20)

    async def first_visit(visitor: int) -> list[str]:
        async with few:
            return await asyncio.gather(*(send(port, target(visitor, at, now)) for at in range(len(FIRST))))

    return await asyncio.gather(*(first_visit(visitor) for visitor in range(1, VISITORS + 1)))


def client_ids(vendor: Destination) -> dict[str, set[str]]:
    """By visitor, the client ids that arrived at Google's."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for url, _ in vendor.requests:
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        found[query["ep.hit"].partition("-")[0]].add(query["cid"])
    return found


@pytest.mark.parametrize("workers", [1, 2])
def test_a_hundred_first_visits_are_a_hundred_visitors(tmp_path: Path, workers: int) -> None:
    now = int(time.time())
    with Destination() as vendor, Tagyard(config(tmp_path, vendor), workers) as server:
        given = asyncio.run(visit(server.port, now))
        hits = {f"{visitor}-{at}" for visitor in range(1, VISITORS + 1) for at in range(len(FIRST))}
        assert vendor.wait_for(hits) == set()
        took = [sum(worker["counts"]["claimed"].values()) for worker in server.ready()["workers"]]
        assert min(took) > 0, "each worker has taken some"
        assert server.stop() == 0
        server.start()
        [again] = asyncio.run(visit_once(server.port, now))
        assert vendor.wait_for({"1-0"}) == set()
        assert server.stop() == 0
    assert {len(set(each)) for each in given} == {1}
    assert len({each[0] for each in given}) == VISITORS
    arrived = client_ids(vendor)
    assert {len(each) for each in arrived.values()} == {1}
    assert len(set.union(*arrived.values())) == VISITORS
    assert again == given[0][0], "after a restart the same client id is the same visitor"


async def visit_once(port: int, now: int) -> list[str]:
    return [await send(port, target(1, 0, now))]


def test_the_secret_is_for_the_owner_alone_and_shows_nowhere(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(config(tmp_path, vendor)) as server:
        asyncio.run(visit_once(server.port, int(time.time())))
        assert vendor.wait_for({"1-0"}) == set()
        file = tmp_path / "data" / "cookie-secret"
        assert file.stat().st_mode & 0o777 == 0o600
        secret = file.read_text().strip()
        pages = [
            httpx.get(f"http://127.0.0.1:{server.admin}{path}", trust_env=False) for path in ("/", "/configuration", "/ready")
        ]
        assert all(page.status_code == 200 and secret not in page.text for page in pages)
        assert client_ids(vendor)["1"] == {shown(server, "client_id")}, (
            "the debug page runs the request again, with the same identity"
        )
        assert server.stop() == 0
    assert secret not in server.log.read_text()


def shown(server: Tagyard, key: str) -> str:
    """What the event data of the one request that was remembered has under this key, as the debug page shows it."""
    at = f"http://127.0.0.1:{server.admin}/api/requests"
    [request] = httpx.get(at, trust_env=False).json()["requests"]
    [event] = httpx.get(f"{at}/0/{request['id']}", trust_env=False).json()["events"]
    return next(str(each["value"]["text"]) for each in event["data"] if each["key"] == key)


def test_a_dry_run_opens_no_data_folder_and_knows_a_visitor_again(tmp_path: Path) -> None:
    now = int(time.time())
    with Destination() as vendor, Tagyard(config(tmp_path, vendor), options=("--dry-run",)) as server:
        one, two = (asyncio.run(visit_once(server.port, now)) for _ in range(2))
        assert server.stop() == 0
    assert one == two
    assert not (tmp_path / "data").exists()
