"""A tag that collects, on the real process: one request for many events, refusals row by row, and a kill while they linger."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests import plugin
from tests.server.process.destination import Behaviour, Destination, ok
from tests.server.process.harness import Load, Tagyard, ids
from tests.server.process.test_operation import rows
from tests.waiting import until

pytestmark = pytest.mark.process

TEN = ids("hit", 10)


@pytest.fixture(autouse=True)
def with_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server and the commands find the plugin."""
    for name, value in plugin.installed_in(tmp_path / "plugin").items():
        monkeypatch.setenv(name, value)


def collecting(folder: Path, vendor: Destination, linger: str) -> Tagyard:
    """A server whose one tag collects for so long."""
    path = folder / "container.yaml"
    path.write_text(
        "clients: {ga4: {measurement_ids: [G-TEST00001]}}\n"
        f"tags:\n  bulk: {{type: bulk, url: '{vendor.url}/v1/events', linger: {linger}}}\n"
    )
    return Tagyard(path)


def arrived(vendor: Destination) -> list[list[str]]:
    """Each request's events, once ten have come, whatever the vendor said of them."""
    until(lambda: sum(len(json.loads(body)) for _, body in vendor.requests) >= len(TEN))
    return [sorted(event["hit"] for event in json.loads(body)) for _, body in vendor.requests]


def refuses(*places: int) -> Behaviour:
    """Takes the list but for the entries at these places."""
    body = json.dumps({"refused": {str(place): f"entry {place} is too old" for place in places}}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)

    def answer(_: int, transport: asyncio.Transport) -> None:
        transport.write(head + body)

    return answer


def test_ten_fresh_events_leave_as_one_request_and_the_reply_does_not_wait_for_it(tmp_path: Path) -> None:
    with Destination() as vendor, collecting(tmp_path, vendor, "8s") as tagyard:
        load, began = Load(tagyard.port, connections=10), time.monotonic()
        load.run(TEN)
        took = time.monotonic() - began
        assert load.acknowledged == set(TEN)
        assert (took < 8, vendor.requests) == (True, [])
        assert arrived(vendor) == [sorted(TEN)]
        assert tagyard.stop() == 0


def test_what_is_refused_by_row_is_parked_with_the_vendors_words_and_the_rest_is_gone(tmp_path: Path) -> None:
    with Destination(refuses(0, 2, 4, 6, 8)) as vendor, collecting(tmp_path, vendor, "1s") as tagyard:
        Load(tagyard.port, connections=1).run(TEN)
        assert len(arrived(vendor)) == 1
        until(lambda: dead_letters(tagyard) == {"bulk": 5})
        until(lambda: [row["state"] for row in rows(tagyard.config)] == ["dead"] * 5)
        parked = rows(tagyard.config)
        assert [(row["state"], row["why"]) for row in parked] == [("dead", f"entry {n} is too old") for n in (0, 2, 4, 6, 8)]
        assert tagyard.stop() == 0


def dead_letters(tagyard: Tagyard) -> dict[str, int]:
    (worker,) = tagyard.ready()["workers"]
    found: dict[str, Any] = worker["dead_letters"]
    return found


def test_a_kill_while_they_linger_loses_none_and_suspects_none(tmp_path: Path) -> None:
    with Destination(ok) as vendor, collecting(tmp_path, vendor, "60s") as tagyard:
        load = Load(tagyard.port, connections=10)
        load.run(TEN)
        assert (load.acknowledged, vendor.requests) == (set(TEN), [])
        tagyard.kill()
        waiting = rows(tagyard.config)
        assert [(row["state"], row["attempts"], row["crashes"]) for row in waiting] == [("queued", 0, 0)] * 10
        tagyard.start()
        assert arrived(vendor) == [sorted(TEN)]
        assert tagyard.stop() == 0
