"""How rows are put into requests: as many as a platform takes, and no more bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from core.component import EventPart
from core.types import Outbound, OutboundRequest, Payload
from wire.bodies import as_json

JSON: Final = (("content-type", "application/json"),)
"""The headers of a request with JSON."""


def parts(payloads: Sequence[Payload], most: int, most_bytes: int, order: Iterable[int] | None = None) -> Iterator[Sequence[int]]:
    """The indices of what goes together, in this order, else in their own. A row that is larger by itself goes alone."""
    part: list[int] = []
    size = 0
    for index in range(len(payloads)) if order is None else order:
        own = len(as_json(payloads[index].body)) + 1
        if part and (len(part) == most or size + own > most_bytes):
            yield part
            part, size = [], 0
        part.append(index)
        size += own
    if part:
        yield part


def rows(payloads: Sequence[Payload], part: Sequence[int]) -> list[Any]:
    """What these payloads hold."""
    return [payloads[index].body["row"] for index in part]


def shown(request: Outbound, *steps: str | int) -> Sequence[EventPart]:
    """The rows of a request by themselves, for people to read: the list of its body that stands at these keys."""
    found: Any = json.loads(request.body) if isinstance(request, OutboundRequest) else None
    for step in steps:
        found = found[step]
    return [EventPart(body=as_json(row)) for row in found]
