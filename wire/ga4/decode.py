"""From a hit to event data. Total: whatever the bytes, there is an answer, in time linear in their number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from core.frozen import frozen
from core.types import Event, Finding
from wire.ga4.families import Families, place
from wire.ga4.findings import Findings
from wire.ga4.lines import read_lines
from wire.ga4.query import escape, split, unescape
from wire.ga4.readings import FAMILY, ODD, READINGS, UNSENT, Named, Readings, named_in, remembered
from wire.ga4.table import FALLBACK, HINTS, SERVER, SYSTEM
from wire.ga4.times import own_time
from wire.ga4.written import Kept, Written
from wire.limits import MOST_PARAMETERS, check_body, check_hits
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
    return decode_events(query, split(query, MOST_PAIRS), body, received_at)


def decode_events(query: str, url: Sequence[str], body: bytes, received_at: int) -> Decoded:
    """One event from the URL's parameters, or one per line of the body, whose parameters override the URL's.

    ``url`` are the pieces of the ``query``. Raises OversizedError where there is too much.
    """
    findings = Findings()
    lines: list[list[str]] = []
    if body:
        check_body(len(body))
        lines = [split(line, MOST_PAIRS) for line in read_lines(body, findings)]
    readings = READINGS
    if max(1, len(lines)) * len(query) + len(body) > MOST_PARAMETERS:
        readings = _checked(len(query), url, len(body), lines)
    if not lines:
        return _decoded([url], received_at, findings, readings)
    shared = _by_name(url)
    return _decoded([[*{**shared, **_by_name(line)}.values()] for line in lines], received_at, findings, readings)


def _checked(query: int, url: Sequence[str], body: int, lines: Sequence[Sequence[str]]) -> Readings:
    """How the pieces of a request are read that may be too much: each is taken apart once. Raises OversizedError where it is.

    ``query`` and ``body`` are lengths.
    """
    names = {piece: named_in(piece) for pieces in (url, *lines) for piece in pieces}
    check_hits(query, _texts(url, names), body if lines else 0, [_texts(line, names) for line in lines] or [{}])
    found = {piece: READINGS.get(piece) or remembered(piece, READINGS, named) for piece, named in names.items()}
    return {piece: reading for piece, reading in found.items() if type(reading[2]) is not dict}  # each event has its own object


def _texts(pieces: Sequence[str], names: Mapping[str, Named]) -> Mapping[str, str]:
    return {names[piece].name: names[piece].text for piece in reversed(pieces) if piece}


def _by_name(pieces: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for piece in pieces:
        if piece:
            found.setdefault(unescape(piece.partition("=")[0].replace("+", " ")), piece)
    return found


def _decoded(hits: list[Sequence[str]], received_at: int, findings: Findings, readings: Readings) -> Decoded:
    events, written = [], []
    for number, pieces in enumerate(hits, 1):
        own = findings if len(hits) == 1 and findings.none else Findings()
        event, each = _read(pieces, own, readings)
        if not event.get("event_name"):
            own.forget()
            findings.add(f"hit {number}" if len(hits) > 1 else "en", "NO_EVENT_NAME", _NAMELESS)
            continue
        if own is not findings:
            findings.take(own)
        if QT in event or HT in event:
            _set_time(event, own_time({"qt": event.get(QT, ""), "ht": event.get(HT, "")}, received_at, findings))
        each.alone = len(hits) == 1
        events.append(event)
        written.append(each)
    return Decoded(events, written, len(hits) - len(events), findings.told)


_NAMELESS = "A hit without en, the name of its event, is no event: it is left aside."
QT, HT = f"{FALLBACK}qt", f"{FALLBACK}ht"


def _set_time(event: Event, time: int | None) -> None:
    if time is not None:
        event[TIMESTAMP] = time


def decode_event(parameters: Mapping[str, str], findings: Findings | None = None) -> Event:
    """The event data of one event's parameters; ``findings`` get what is odd in them."""
    return decode_pieces([f"{escape(name)}={escape(text)}" for name, text in parameters.items()], findings)


def decode_pieces(pieces: Iterable[str], findings: Findings | None = None) -> Event:
    """The same of the pieces of a query."""
    return _read(pieces, Findings() if findings is None else findings, READINGS)[0]


def _read(pieces: Iterable[str], findings: Findings, readings: Readings) -> tuple[Event, Written]:
    """The event of these pieces, of which the first of a name counts; and how it was written."""
    event: Event = {}
    hints: Event = {}
    system: Event = {}
    kept: Kept = {}
    kept_hints: Kept = {}
    kept_system: Kept = {}
    families: Families = {}
    known, unsent = readings.get, 0
    for piece in pieces:
        group, key, value, left = known(piece) or remembered(piece, readings)
        if not group:
            if key not in event:
                event[key] = value
                kept[key] = left
        elif group == HINTS:
            if key not in hints:
                hints[key] = value
                kept_hints[key] = left
        elif group == SYSTEM:
            if key not in system:
                system[key] = value
                kept_system[key] = left
        elif group == UNSENT:
            unsent += key not in event
            event.setdefault(key, value)
        elif group == FAMILY:
            families.setdefault(key, {}).setdefault(value[0], (value[1], left))
        elif group == ODD and key not in event:
            event[key] = value.value
            kept[key] = left
            value.tell(findings, value.name, value.text)
    written = Written(kept)
    if hints:
        written.put_object(event, HINTS, hints, kept_hints)
    if system:
        written.put_object(event, SYSTEM, system, kept_system)
    return event, _completed(event, written, families, findings, unsent)


def _completed(event: Event, written: Written, families: Families, findings: Findings, unsent: int) -> Written:
    """What has waited for the others is put into the event; ``unsent`` others of it never leave."""
    if "ip_override" in event and event["ip_override"] is None:  # it has kept others of its name away
        del event["ip_override"], written.pieces["ip_override"]
    if families:
        place(event, families, findings, written)
    written.close(event, unsent=unsent + (SERVER in event))
    return written
