"""The destinations of the shop: each answers as its behaviour says, in a thread of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from tests.server.process.destination import Behaviour, Destination, ok


def says(status: str, body: object) -> Behaviour:
    """An answer with a body of JSON."""
    text = json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(text)}\r\n\r\n".encode()
    return lambda _, transport: transport.write(head + text)


USUAL: Final[dict[str, Behaviour]] = {
    "ga4": ok,
    "meta": says("200 OK", {"events_received": 1, "messages": [], "fbtrace_id": "AbCdEf"}),
    "tiktok": says("200 OK", {"code": 0, "message": "OK"}),
    "matomo": says("200 OK", {"status": "success", "tracked": 1, "invalid": 0}),
    "klaviyo": says("202 Accepted", {}),
    "orders": says("400 Bad Request", {"error": "unknown article", "article": "SKU-9"}),
    "large": says("500 Internal Server Error", {"error": "the database is away"}),
}
"""Three that take everything, the warehouse that refuses, and one that always fails."""


@contextmanager
def vendors() -> Iterator[dict[str, Destination]]:
    """All of them, by the tag that sends to them."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(Destination(behaviour)) for name, behaviour in USUAL.items()}
