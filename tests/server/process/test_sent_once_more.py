"""A delivery is sent once more by an operator of a real server: as durable as any other, whatever outbox it has."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.server.outbox.streams import running
from tests.server.process.destination import Destination, ok, status
from tests.server.process.harness import Load, Tagyard
from tests.server.process.test_shared import config, made
from tests.waiting import until

pytestmark = pytest.mark.process

KEYED = "deduplicate: {hits: {triggers: all, key: '{{ event.hit }}', window: 1h}}\n"


class Operator:
    """At the debug page of a server."""

    def __init__(self, server: Tagyard) -> None:
        self._url = f"http://127.0.0.1:{server.admin}"
        (line,) = self._get("/api/requests").json()["requests"]
        self.page = f"/requests/{line['worker']}/{line['id']}"

    def state(self) -> str:
        """Of the one delivery."""
        path = self.page.replace("/requests/", "/api/requests/")
        (message,) = self._get(path).json()["outgoing"]
        return str(message["state"])

    def asked(self) -> str:
        """The token that the question holds."""
        found = re.search(r'name="token" value="([^"]+)"', self._get(f"{self.page}/send?tag=ga4&event=1").text)
        assert found is not None
        return found[1]

    def says_yes(self, token: str) -> int:
        url, headers = f"{self._url}{self.page}/send", {"origin": self._url}
        return httpx.post(url, data={"token": token}, headers=headers, trust_env=False, timeout=60).status_code

    def _get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self._url}{path}", trust_env=False, timeout=60)


def delivered(file: Path, vendor: Destination) -> None:
    """Once, and once more by a double click."""
    with Tagyard(file) as server:
        Load(server.port, connections=1).run(["hit-1"])
        assert vendor.wait_for({"hit-1"}) == set()
        operator = Operator(server)
        until(lambda: operator.state() == "delivered")
        token = operator.asked()
        with ThreadPoolExecutor() as clicks:
            assert set(clicks.map(operator.says_yes, [token, token, token])) == {303}
        until(lambda: vendor.hits["hit-1"] == 2)
        until(lambda: operator.state() == "delivered")
        assert operator.says_yes(token) == 303, "the answer to a question stays what it was"
        assert operator.says_yes("another") == 409
        assert 'tagyard_sent_once_more_total{tag="ga4",worker="0"} 1.0' in metrics(server)
        assert "an operator had a delivery sent once more" in server.logged("sent once more")
        assert server.stop() == 0
    assert vendor.hits == {"hit-1": 2}


def metrics(server: Tagyard) -> str:
    return httpx.get(f"http://127.0.0.1:{server.admin}/metrics", trust_env=False).text


def test_what_was_delivered_is_sent_once_more_by_one_confirmation_however_often_it_is_clicked(tmp_path: Path) -> None:
    path = tmp_path / "container.yaml"
    with Destination() as vendor:
        path.write_text(
            "clients: {ga4: {measurement_ids: [G-TEST00001]}}\n"
            f"tags: {{ga4: {{type: ga4, endpoint: '{vendor.url}'}}}}\n{KEYED}"
        )
        delivered(path, vendor)


def test_the_same_where_the_outbox_is_in_streams(tmp_path: Path) -> None:
    (tmp_path / "nats").mkdir()
    with running(tmp_path / "nats") as nats, Destination() as vendor:
        asyncio.run(made(nats.url, "AGAIN"))
        delivered(config(tmp_path / "a", nats, "AGAIN", vendor.url, KEYED), vendor)


def test_it_is_on_the_disk_when_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "container.yaml"
    with Destination() as vendor:
        path.write_text(
            f"clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}\ntags: {{ga4: {{type: ga4, endpoint: '{vendor.url}'}}}}\n"
        )
        with Tagyard(path) as server:
            Load(server.port, connections=1).run(["hit-1"])
            assert vendor.wait_for({"hit-1"}) == set()
            operator = Operator(server)
            until(lambda: operator.state() == "delivered")
            vendor.behaviour = status("503 Unwell")
            assert operator.says_yes(operator.asked()) == 303
            server.kill()
            vendor.behaviour = ok
            server.start()
            until(lambda: vendor.hits["hit-1"] == 2)
            assert server.stop() == 0
