"""The destinations of the shop: each answers as its vendor would, in a thread of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from tests.server.process.destination import Behaviour, Destination, ok

Counted = Callable[[int], Mapping[str, Any]]
"""What is said of so many events in one request."""


def says(status: str, body: object) -> Behaviour:
    """An answer with a body of JSON."""
    text = json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(text)}\r\n\r\n".encode()
    return lambda _, transport: transport.write(head + text)


USUAL: Final[dict[str, Behaviour]] = {
    "ga4": ok,
    "tiktok": says("200 OK", {"code": 0, "message": "OK"}),
    "klaviyo": says("202 Accepted", {}),
    "orders": says("400 Bad Request", {"error": "unknown article", "article": "SKU-9"}),
    "large": says("500 Internal Server Error", {"error": "the database is away"}),
}
"""Those that take everything, the warehouse that refuses, and one that always fails."""

COUNTING: Final[dict[str, tuple[str, Counted]]] = {
    "meta": ("data", lambda events: {"events_received": events, "messages": [], "fbtrace_id": "AbCdEf"}),
    "matomo": ("requests", lambda events: {"status": "success", "tracked": events, "invalid": 0}),
}
"""Those that say how many they took, and where in a request's body the events are."""


@contextmanager
def vendors(ports: Iterator[int]) -> Iterator[dict[str, Destination]]:
    """All of them, by the tag that sends to them. A port of 0 is any that is free."""
    with ExitStack() as stack:
        played = {name: stack.enter_context(Destination(behaviour, next(ports))) for name, behaviour in USUAL.items()}
        for name, (events, said) in COUNTING.items():
            played[name] = stack.enter_context(Destination(port=next(ports)))
            played[name].behaviour = _counting(played[name], events, said)
        yield played


def _counting(vendor: Destination, events: str, said: Counted) -> Behaviour:
    def answer(number: int, transport: Any) -> None:
        _, body = vendor.requests[-1]
        says("200 OK", said(len(json.loads(body)[events])))(number, transport)

    return answer
