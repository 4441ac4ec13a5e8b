"""From a hit to event data. Total: whatever the bytes, there is an answer, in time linear in their number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from core.frozen import frozen
from core.types import Event, Finding
from wire.address import is_address
from wire.ga4.families import Families, place, set_aside
from wire.ga4.findings import Findings
from wire.ga4.lines import read_lines
from wire.ga4.query import decoded, escape, may_leave, named, split, unescape
from wire.ga4.table import FALLBACK, GROUPS, HINTS, PARAMETERS, SERVER, SYSTEM, Parameter, fallback_place
from wire.ga4.times import own_time
from wire.ga4.values import NUMBER
from wire.ga4.written import Written
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
    check_body(len(body))
    lines = [split(line, MOST_PAIRS) for line in read_lines(body, findings)] if body else []
    known = _checked(query, url, len(body) if lines else 0, lines)
    if not lines:
        return _decoded([url], received_at, findings, known)
    shared = _by_name(url)
    return _decoded([[*{**shared, **_by_name(line)}.values()] for line in lines], received_at, findings, known)


_Known: TypeAlias = Mapping[str, tuple[str, str, str]]
"""What ``_named`` says of pieces."""


def _checked(query: str, url: Sequence[str], body: int, lines: Sequence[Sequence[str]]) -> _Known:
    """Looks at every piece of a request that may be too much: that is done once. Raises OversizedError where it is."""
    if max(1, len(lines)) * len(query) + body <= MOST_PARAMETERS:
        return {}
    known = {piece: _named(piece) for pieces in (url, *lines) for piece in pieces if piece}
    check_hits(len(query), _texts(url, known), body, [_texts(line, known) for line in lines] or [{}])
    return known


def _texts(pieces: Sequence[str], known: _Known) -> Mapping[str, str]:
    return {known[piece][0]: known[piece][1] for piece in reversed(pieces) if piece}


def _by_name(pieces: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for piece in pieces:
        if piece:
            found.setdefault(unescape(piece.partition("=")[0].replace("+", " ")), piece)
    return found


def _decoded(hits: list[Sequence[str]], received_at: int, findings: Findings, known: _Known) -> Decoded:
    events, written = [], []
    for number, pieces in enumerate(hits, 1):
        own = Findings()
        event, each = _read(pieces, own, known)
        if not event.get("event_name"):
            findings.add(f"hit {number}" if len(hits) > 1 else "en", "NO_EVENT_NAME", _NAMELESS)
            continue
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


_Reader: TypeAlias = Callable[[str], Any]
_UNSENT: Final = "-"
"""In the place of a group: the parameter is put into the event, and never leaves again."""


def _target(row: Parameter) -> tuple[str, str]:
    group, dot, entry = row.key.partition(".")
    if dot and group in GROUPS:
        return group, entry
    return _UNSENT if row.name in ("v", "richsstsse") else "", row.key


_NUMBER = NUMBER.read
_READERS: dict[str, tuple[str, str, _Reader | None]] = {row.name: (*_target(row), row.type.read) for row in PARAMETERS}


def decode_event(parameters: Mapping[str, str], findings: Findings | None = None) -> Event:
    """The event data of one event's parameters; ``findings`` get what is odd in them."""
    return decode_pieces([f"{escape(name)}={escape(text)}" for name, text in parameters.items()], findings)


def decode_pieces(pieces: Iterable[str], findings: Findings | None = None) -> Event:
    """The same of the pieces of a query."""
    return _read(pieces, Findings() if findings is None else findings, {})[0]


def _read(pieces: Iterable[str], findings: Findings, looked_at: _Known) -> tuple[Event, Written]:
    """The event of these pieces, of which the first of a name counts; and how it was written."""
    event: Event = {}
    kept: dict[str, str] = {}
    groups: Groups = {"": (event, kept), HINTS: ({}, {}), SYSTEM: ({}, {}), _UNSENT: (event, {})}
    families: Families = {}
    known = _KNOWN.get
    for piece in pieces:
        read = known(piece)
        if read is None:
            read = _read_piece(piece, looked_at.get(piece), families, groups, findings)
            if read is None:
                continue
        group, key, value, left = read
        if group:
            entries, kept_entries = groups[group]
            if key not in entries:
                entries[key] = value
                kept_entries[key] = left
        elif key not in event:
            event[key] = value
            kept[key] = left
    if event.get("ip_override", "") is None:
        del event["ip_override"], kept["ip_override"]
    written = Written(kept)
    for group in GROUPS:
        entries, kept_entries = groups[group]
        if entries:
            event[group] = entries
            written.entries[group] = Written(kept_entries, entries.copy())
    if families:
        place(event, families, findings, written)
    written.close(event, unsent=len(groups[_UNSENT][1]) + (SERVER in event))
    return event, written


Groups: TypeAlias = dict[str, tuple[Event, dict[str, str]]]
"""By the group, the values that were read and the pieces that are kept, by key; of the event itself under the empty text."""

_Read: TypeAlias = tuple[str, str, Any, str]
"""Of a piece: the group that its value is put into, if any, the key, the value, and the piece as it may leave, or nothing."""

_KNOWN: dict[str, _Read] = {}
"""Pieces that were read before: most of a hit is what others of the site, and of like browsers, say too."""
_MOST_KNOWN: Final = 4096
_LONGEST_KNOWN: Final = 100


def _read_piece(
    piece: str, known: tuple[str, str, str] | None, families: Families, groups: Groups, findings: Findings
) -> _Read | None:
    """None for one that is put with its family, and for one whose name was there before."""
    name, text, left = known or _named(piece)
    row = _READERS.get(name)
    if row is None:
        return _read_unnamed(name, text, left, families)
    group, key, read_text = row
    if key in groups[group][0]:
        return None
    value = text if read_text is None else read_text(text)
    if value is None:
        if text and not is_address(text):
            findings.not_an_address(name, text)
    elif value is text and read_text is _NUMBER:
        findings.not_a_number(name, text)
    elif left and len(piece) <= _LONGEST_KNOWN and type(value) in _IMMUTABLE:
        return _remembered(piece, (group, key, value, left))
    return group, key, value, "" if type(value) is dict else left


def _named(piece: str) -> tuple[str, str, str]:
    """Name and text of a piece, decoded, and the piece if it may leave as it is: then its name is plain, and its text sound."""
    if not may_leave(piece):
        return (*named(piece), "")
    name, _, text = piece.partition("=")
    if "%" in name or ";" in name:
        return (*named(piece), "")
    if "%" not in piece:
        return name, text, piece
    plain, sound = decoded(text)
    return name, plain, piece if sound else ""


def _read_unnamed(name: str, text: str, left: str, families: Families) -> _Read | None:
    if set_aside(families, name, text, left) or not (name or text or left):
        return None
    return _UNSENT if fallback_place(name) is None else "", FALLBACK + name, text, left


_IMMUTABLE: Final = frozenset({str, int, float, bool})


def _remembered(piece: str, read: _Read) -> _Read:
    if len(_KNOWN) >= _MOST_KNOWN:
        _KNOWN.clear()
    _KNOWN[piece] = read
    return read
