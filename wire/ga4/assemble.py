"""From encoded events to requests: what is shared stands in the URL, what differs on a line per event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from wire.ga4.query import named

MOST_EVENTS = 20
MOST_CHARACTERS = 16384
"""Of the events' own parameters, over all lines of one request."""
LONGEST_URL = 2048
"""Up to here a lone event has everything in the URL."""

LINE_END: Final = "\r\n"


class Ready(NamedTuple):
    """One event as four parts of a query, in the order in which gtag writes them; any of them may be empty.

    ``shared`` and ``last`` are the request's. ``hoistable`` stands in the URL or on the event's line, ``own`` begins with ``en``.
    Of an event that is alone in its request, and short enough, all of it may be ``shared``.
    """

    shared: str
    hoistable: str = ""
    own: str = ""
    last: str = ""


class Batch(NamedTuple):
    """One request: its URL, its body, and which events (by index) it carries."""

    url: str
    body: str
    members: tuple[int, ...]


def assemble(base: str, events: Sequence[Ready]) -> list[Batch]:
    """The requests that carry these events to ``base`` (a URL up to its ``?``), each event in exactly one, in order."""
    if len(events) == 1:
        return [_lone(base, events[0], 0)]
    return [_batch(base, events, chunk) for group in _alike(events) for chunk in _chunks(events, group)]


def _alike(events: Sequence[Ready]) -> list[list[int]]:
    """The events by what their request would share, in whatever order and spelling; each group keeps the order."""
    groups: dict[frozenset[tuple[str, str]], list[int]] = {}
    for at, event in enumerate(events):
        shared = map(named, [*_pieces(event.shared), *_pieces(event.last)])
        groups.setdefault(frozenset(shared), []).append(at)
    return list(groups.values())


def _chunks(events: Sequence[Ready], group: Sequence[int]) -> Iterator[list[int]]:
    chunk: list[int] = []
    characters = 0
    for at in group:
        size = len(events[at].own)
        if chunk and (len(chunk) == MOST_EVENTS or characters + size > MOST_CHARACTERS):
            yield chunk
            chunk, characters = [], 0
        chunk.append(at)
        characters += size
    yield chunk


def _lone(base: str, event: Ready, at: int) -> Batch:
    url = _url(base, event)
    if len(url) <= LONGEST_URL:
        return Batch(url, "", (at,))
    return Batch(_url(base, event._replace(own="")), event.own, (at,))


def _batch(base: str, events: Sequence[Ready], chunk: Sequence[int]) -> Batch:
    if len(chunk) == 1:
        return _lone(base, events[chunk[0]], chunk[0])
    members = [events[at] for at in chunk]
    hoistable = [_by_name(event.hoistable) for event in members]
    hoisted = _hoisted(hoistable)
    lines = ["&".join([event.own, *_beside(each, hoisted)]) for event, each in zip(members, hoistable, strict=True)]
    first = members[0]._replace(hoistable="&".join(hoisted.values()), own="")
    return Batch(_url(base, first), LINE_END.join(lines), tuple(chunk))


def _pieces(part: str) -> list[str]:
    return part.split("&") if part else []


def _by_name(part: str) -> dict[str, str]:
    return {piece.partition("=")[0]: piece for piece in _pieces(part)}


def _hoisted(events: Sequence[dict[str, str]]) -> dict[str, str]:
    """What stands in the URL for all: names that every event has, with their most frequent (or else first) piece."""
    everywhere = [name for name in events[0] if all(name in event for event in events)]
    return {name: Counter(event[name] for event in events).most_common(1)[0][0] for name in everywhere}


def _beside(event: dict[str, str], hoisted: dict[str, str]) -> list[str]:
    return [piece for name, piece in event.items() if hoisted.get(name) != piece]


def _url(base: str, event: Ready) -> str:
    return base + "&".join([part for part in event if part])
