"""A load that goes on, so many hits a second, while somebody looks at the debug page."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

from tests.debug_page.shop import Shop
from tests.debug_page.traffic import Sent, hit, purchase

HITS = (*(hit(visitor, "page_view", f"/shoes/{visitor}") for visitor in range(1, 25)), purchase(3, "T-LOAD", 89.0))


@contextmanager
def steady(shop: Shop, rate: int = 200) -> Iterator[None]:
    """So many hits a second come to the shop, until the block is left."""
    done = threading.Event()
    sending = threading.Thread(target=_send, args=(shop.server.port, rate, done), daemon=True)
    sending.start()
    try:
        yield
    finally:
        done.set()
        sending.join(60)


def _send(port: int, rate: int, done: threading.Event) -> None:
    """What is late because the machine is busy is made up for by sending without a pause."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    due = time.monotonic()
    for each in cycle(HITS):
        if done.is_set():
            break
        _exchange(connection, each)
        due += 1 / rate
        done.wait(max(0.0, due - time.monotonic()))
    connection.close()


def _exchange(connection: http.client.HTTPConnection, each: Sent) -> None:
    connection.request(each.method, each.target, each.body or None, each.headers)
    connection.getresponse().read()
