"""The shop, really served: its vendors, the server, and what was sent to it."""

from __future__ import annotations

import http.client
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.debug_page.traffic import Sent
from tests.debug_page.vendors import vendors
from tests.server.process.destination import Destination
from tests.server.process.harness import Tagyard

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
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        statuses = []
        for each in requests:
            connection.request(each.method, each.target, each.body or None, each.headers)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()
        return statuses


@contextmanager
def shop(folder: Path, workers: int = 1, options: tuple[str, ...] = ()) -> Iterator[Shop]:
    """Everything is started, and gone at the end."""
    path = folder / "container.yaml"
    with vendors() as played:
        path.write_text(FILE.read_text())
        addresses = {f"{name.upper()}_AT": each.url for name, each in played.items()}
        with Tagyard(path, workers, env={**SECRETS, **addresses}, options=options) as server:
            yield Shop(played, server)
