"""From encoded events to requests: up to 25 events of one visitor, as long as everything beside them is equal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

MOST_EVENTS = 25
MOST_BYTES = 129_999
"""Of a body, which must stay below 130 kB. One event that is larger by itself still goes, alone."""


class Ready(NamedTuple):
    """One event, complete: where it goes, the fields beside ``events`` (at least one), and the event with its time."""

    url: str
    request: Mapping[str, Any]
    event: Mapping[str, Any]


class Batch(NamedTuple):
    """One request: its URL, its body, and which events (by index) it carries."""

    url: str
    body: bytes
    members: tuple[int, ...]


def assemble(events: Sequence[Ready]) -> list[Batch]:
    """The requests that carry these events, each event in exactly one, in order."""
    alike: dict[tuple[str, bytes], list[int]] = {}
    for at, event in enumerate(events):
        beside = orjson.dumps(event.request, option=orjson.OPT_SORT_KEYS)
        alike.setdefault((event.url, beside), []).append(at)
    return [
        Batch(url, head + b",".join([body for _, body in chunk]) + _TAIL, tuple([at for at, _ in chunk]))
        for (url, beside), members in alike.items()
        for head in [beside[:-1] + b',"events":[']
        for chunk in _chunks([(at, orjson.dumps(events[at].event)) for at in members], MOST_BYTES - len(head) - len(_TAIL))
    ]


_TAIL = b"]}"


def alone(body: bytes) -> list[bytes]:
    """The bodies that would carry each event of a request alone. Raises ValueError for what ``assemble`` never makes."""
    document = orjson.loads(body)
    return [orjson.dumps({**document, "events": [event]}) for event in document["events"]]


def _chunks(bodies: Sequence[tuple[int, bytes]], room: int) -> Iterator[list[tuple[int, bytes]]]:
    """The events in chunks that keep the limits; each event takes a comma as well."""
    chunk: list[tuple[int, bytes]] = []
    size = -1
    for at, body in bodies:
        if chunk and (len(chunk) == MOST_EVENTS or size + 1 + len(body) > room):
            yield chunk
            chunk, size = [], -1
        chunk.append((at, body))
        size += 1 + len(body)
    yield chunk
