"""From a hit to event data. Total: whatever the bytes, there is an answer, in time linear in their number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from core.frozen import frozen
from core.types import Event, Finding
from wire.address import is_address
from wire.ga4.families import Families, set_aside
from wire.ga4.families import place as place_families
from wire.ga4.findings import Findings
from wire.ga4.lines import read_lines
from wire.ga4.query import Pairs, read
from wire.ga4.table import GROUPS, PARAMETERS
from wire.ga4.times import own_time
from wire.ga4.values import NUMBER
from wire.ga4.written import Written
from wire.limits import check_body, check_hits
from wire.timestamps import TIMESTAMP

MOST_PAIRS = 1000
"""Parameters in the URL, or on one line."""


@frozen
class Decoded:
    """The events of a hit, and how each was ``written``.

    ``skipped`` counts the lines without an event name, ``findings`` tell of all that is odd.
    """

    events: list[Event]
    written: list[Written]
    skipped: int = 0
    findings: Sequence[Finding] = ()


def decode_hit(query: str, body: bytes, received_at: int = 0) -> Decoded:
    """The hit's events. Raises OversizedError where it has more of anything than any real sender's."""
    return decode_events(query, read(query, MOST_PAIRS), body, received_at)


def decode_events(query: str, url: Pairs, body: bytes, received_at: int) -> Decoded:
    """One event from the URL's parameters, or one per line of the body, whose parameters override the URL's.

    ``url`` is what is in the ``query``. Raises OversizedError where there is too much.
    """
    findings = Findings()
    check_body(len(body))
    lines = read_lines(body, findings) if body else []
    if not lines:
        check_hits(len(query), url.texts, 0, _ALONE)
        return _decoded([url], received_at, findings)
    own = [read(line, MOST_PAIRS) for line in lines]
    check_hits(len(query), url.texts, len(body), [each.texts for each in own])
    return _decoded([url.overridden(each) for each in own], received_at, findings)


_ALONE: Sequence[Mapping[str, str]] = ({},)


def _decoded(hits: list[Pairs], received_at: int, findings: Findings) -> Decoded:
    events, written = [], []
    for number, hit in enumerate(hits, 1):
        texts = hit.texts
        if not texts.get("en"):
            findings.add(f"hit {number}" if len(hits) > 1 else "en", "NO_EVENT_NAME", _NAMELESS)
            continue
        event, pieces = _read(hit, findings)
        if "qt" in texts or "ht" in texts:
            _set_time(event, own_time(texts, received_at, findings))
        events.append(event)
        written.append(pieces)
    return Decoded(events, written, len(hits) - len(events), findings.told)


_NAMELESS = "A hit without en, the name of its event, is no event: it is left aside."


def _set_time(event: Event, time: int | None) -> None:
    if time is not None:
        event[TIMESTAMP] = time


_Reader: TypeAlias = Callable[[str], Any]


def _reading(key: str) -> tuple[str | None, str]:
    group, dot, entry = key.partition(".")
    return (group, entry) if dot and group in GROUPS else (None, key)


_NUMBER = NUMBER.read
_READERS: dict[str, tuple[str | None, str, int, _Reader | None]] = {
    row.name: (*_reading(row.key), int(row.place), row.type.read) for row in PARAMETERS
}


def decode_event(parameters: Mapping[str, str], findings: Findings | None = None) -> Event:
    """The event data of one event's parameters; ``findings`` get what is odd in them."""
    return _read(Pairs(dict(parameters), {}), Findings() if findings is None else findings)[0]


def _read(hit: Pairs, findings: Findings) -> tuple[Event, Written]:
    event: Event = {}
    families: Families = {}
    written = Written()
    top, pieces = written.top, hit.pieces
    for name, text in hit.texts.items():
        row = _READERS.get(name)
        if row is None:
            set_aside(event, families, name, text, written, pieces)
            continue
        group, key, place, read_text = row
        if read_text is None:
            value: Any = text
        else:
            value = read_text(text)
            if value is text and read_text is _NUMBER:
                findings.not_a_number(name, text)
        if group is None:
            if value is not None:
                event[key] = value
                if name in pieces:
                    top[key] = (value, place, name, pieces[name])
            elif text and not is_address(text):
                findings.not_an_address(name, text)
            continue
        if group in event:
            event[group][key] = value
        else:
            event[group] = {key: value}
        if name in pieces:
            written.keep_entry(group, key, (value, place, name, pieces[name]))
    if families:
        place_families(event, families, findings, written)
    return event, written
