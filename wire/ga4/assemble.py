"""From encoded events to requests: what is shared stands in the URL, what differs on a line per event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from wire.ga4.query import escape, join

MOST_EVENTS = 20
MOST_CHARACTERS = 16384
"""Of the events' own parameters, over all lines of one request."""
LONGEST_URL = 2048
"""Up to here a lone event has everything in the URL."""

LINE_END: Final = "\r\n"

Parameters: TypeAlias = Mapping[str, str]


class Ready(NamedTuple):
    """One event whose texts are complete: Encoded, with every secret filled in."""

    shared: Parameters
    hoistable: Parameters
    own: Parameters
    request: Parameters


class Batch(NamedTuple):
    """One request: its URL, its body, and which events (by index) it carries."""

    url: str
    body: str
    members: tuple[int, ...]


_Line: TypeAlias = tuple[int, str]
"""An event (by index), and its own parameters as they leave: a long text is encoded once."""


def assemble(base: str, events: Sequence[Ready]) -> list[Batch]:
    """The requests that carry these events to ``base`` (a URL without a query), each event in exactly one, in order."""
    if len(events) == 1:
        return [_lone(base, events[0], 0)]
    return [_batch(base, events, chunk) for group in _alike(events) for chunk in _chunks(events, group)]


def _alike(events: Sequence[Ready]) -> list[list[int]]:
    """The events by what their request would share; each group keeps the order."""
    groups: dict[frozenset[tuple[str, str]], list[int]] = {}
    for at, event in enumerate(events):
        groups.setdefault(frozenset([*event.shared.items(), *event.request.items()]), []).append(at)
    return list(groups.values())


def _chunks(events: Sequence[Ready], group: Sequence[int]) -> Iterator[list[_Line]]:
    chunk: list[_Line] = []
    characters = 0
    for at in group:
        line = _line(events[at].own)
        if chunk and (len(chunk) == MOST_EVENTS or characters + len(line) > MOST_CHARACTERS):
            yield chunk
            chunk, characters = [], 0
        chunk.append((at, line))
        characters += len(line)
    yield chunk


def _lone(base: str, event: Ready, at: int, line: str = "") -> Batch:
    if sum(map(len, event.own.values())) <= LONGEST_URL:
        url = _url(base, event, event.hoistable, event.own)
        if len(url) <= LONGEST_URL:
            return Batch(url, "", (at,))
    return Batch(_url(base, event, event.hoistable, {}), line or _line(event.own), (at,))


def _batch(base: str, events: Sequence[Ready], chunk: Sequence[_Line]) -> Batch:
    if len(chunk) == 1:
        at, line = chunk[0]
        return _lone(base, events[at], at, line)
    members = [events[at] for at, _ in chunk]
    hoisted = _hoisted([event.hoistable for event in members])
    besides = [join(_beside(event.hoistable, hoisted)) for event in members]
    lines = [f"{line}&{beside}" if beside else line for (_, line), beside in zip(chunk, besides, strict=True)]
    return Batch(_url(base, members[0], hoisted, {}), LINE_END.join(lines), tuple([at for at, _ in chunk]))


def _hoisted(events: Sequence[Parameters]) -> Parameters:
    """What stands in the URL for all: names that every event has, with their most frequent (or else first) value."""
    everywhere = [name for name in events[0] if all(name in event for event in events)]
    return {name: Counter(event[name] for event in events).most_common(1)[0][0] for name in everywhere}


def _beside(event: Parameters, hoisted: Parameters) -> Parameters:
    return {name: text for name, text in event.items() if hoisted.get(name) != text}


def _url(base: str, event: Ready, hoistable: Parameters, own: Parameters) -> str:
    """``_s`` comes after what is shared, ``tfd`` last, as gtag writes them."""
    late = {name: text for name, text in event.request.items() if name != "_s"}
    early = {name: text for name, text in event.request.items() if name == "_s"}
    return f"{base}?{join({**event.shared, **early, **hoistable, **own, **late})}"


def _line(parameters: Parameters) -> str:
    name = parameters.get("en", "")
    rest = join({name: text for name, text in parameters.items() if name != "en"})
    return f"en={escape(name)}&{rest}" if rest else f"en={escape(name)}"
