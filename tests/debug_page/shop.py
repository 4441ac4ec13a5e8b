"""The shop, really served: its vendors, the server, and what was sent to it."""

from __future__ import annotations

import http.client
import json
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any, Final

from tests.debug_page.traffic import Sent
from tests.debug_page.vendors import vendors
from tests.ports import free_port
from tests.server.process.destination import Destination
from tests.server.process.harness import Tagyard
from tests.waiting import until

SECRETS: Final = {
    "MP_SECRET": "mp-secret",
    "META_TOKEN": "canary-meta-token-4711",
    "TIKTOK_TOKEN": "canary-tiktok-token-0815",
    "KLAVIYO_KEY": "canary-klaviyo-key-1234",
    "ORDERS_TOKEN": "canary-orders-token-5678",
}
FILE: Final = Path(__file__).with_name("container.yaml")


@dataclass
class Shop:
    """``vendors`` by the tag that sends to them."""

    vendors: dict[str, Destination]
    server: Tagyard

    def url(self, path: str) -> str:
        """A page of the admin port."""
        return f"http://127.0.0.1:{self.server.admin}{path}"

    def send(self, requests: Iterable[Sent]) -> list[int]:
        """Sends them one after the other; the statuses."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        statuses = []
        for each in requests:
            connection.request(each.method, each.target, each.body or None, each.headers)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()
        return statuses

    def wait_until_settled(self, seconds: float = 60) -> None:
        """Until each delivery has arrived or failed; one that always fails is given up for the moment."""
        until(lambda: all(map(_settled, self.server.ready()["workers"])), seconds, self.server.ready)

    def text(self, path: str) -> str:
        """What the admin port answers to whoever has the token."""
        headers = {"Authorization": f"Bearer {self.server.token}"} if self.server.token else {}
        with urllib.request.urlopen(urllib.request.Request(self.url(path), headers=headers), timeout=60) as answer:
            return str(answer.read().decode())

    def requests(self) -> list[dict[str, Any]]:
        """The latest requests as the API tells them, the newest first."""
        told: list[dict[str, Any]] = json.loads(self.text("/api/requests"))["requests"]
        return told

    def page_of(self, event: str) -> str:
        """The path of the page about the latest request with this event."""
        found = next(line for line in self.requests() if event in line["events"])
        return f"/requests/{found['worker']}/{found['id']}"


def _settled(worker: dict[str, Any]) -> bool:
    return all(each["pending"] == 0 or each["breaker"] == "open" for each in worker["destinations"])


@contextmanager
def shop(
    folder: Path,
    workers: int = 1,
    options: tuple[str, ...] = (),
    token: str = "",
    ports: Iterator[int] | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[Shop]:
    """Everything is started, and gone at the end. With a ``token`` its debug page asks for it.

    Without ``ports`` all are at any that are free.
    """
    path, text = folder / "container.yaml", FILE.read_text()
    with vendors(ports or repeat(0)) as played:
        path.write_text(text.replace("\nserver:\n", "\nserver:\n  admin_token: ${ADMIN_TOKEN}\n") if token else text)
        addresses = {f"{name.upper()}_AT": each.url for name, each in played.items()}
        environment = {**SECRETS, **addresses, **({"ADMIN_TOKEN": token} if token else {}), **(env or {})}
        port, admin = (next(ports), next(ports)) if ports else (free_port(), free_port())
        with Tagyard(path, workers, options, environment, port, admin, token) as server:
            yield Shop(played, server)
