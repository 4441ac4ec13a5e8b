"""From a hit to event data. Total: whatever the bytes, there is an answer, in time linear in their number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from core.types import Event
from wire.ga4 import numbers
from wire.ga4.items import MOST_ITEMS, read_item
from wire.ga4.query import OversizedHitError, parse
from wire.ga4.table import FALLBACK, GROUPS, PARAMETERS, REPEAT, RESERVED_PREFIXES, SERVER, USER_PROPERTIES

MOST_PAIRS = 1000
"""Parameters in the URL, or on one line."""
MOST_LINES = 200
MOST_CHARACTERS = 1 << 20
"""Over all events of a hit, the URL counted for each: what one request may grow into on the disk, times its tags."""
MOST_PARAMETERS = 20_000
"""Over all events of a hit, those of the URL counted for each. gtag batches 20 events of some 60 parameters."""

_DEEPEST = 4

Pairs: TypeAlias = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Decoded:
    """The events of a hit; ``skipped`` counts the lines without an event name."""

    events: list[Event]
    skipped: int = 0


def decode_hit(query: str, body: bytes) -> Decoded:
    """The hit's events. Raises OversizedHitError where it has more parameters or lines than any real sender's."""
    return decode_events(parse(query, MOST_PAIRS), body)


def decode_events(url: Mapping[str, str], body: bytes) -> Decoded:
    """One event from the URL's parameters, or one per line of the body, whose parameters override the URL's."""
    if not body:
        return _decoded([url])
    lines = _lines(body)
    if len(lines) > MOST_LINES:
        raise OversizedHitError(f"more than {MOST_LINES} events")
    if len(lines) * sum(map(len, url.values())) + len(body) > MOST_CHARACTERS:
        raise OversizedHitError(f"more than {MOST_CHARACTERS} characters over all events")
    if len(lines) * len(url) + sum(line.count("&") + 1 for line in lines) > MOST_PARAMETERS:
        raise OversizedHitError(f"more than {MOST_PARAMETERS} parameters over all events")
    return _decoded([{**url, **parse(line, MOST_PAIRS)} for line in lines] or [url])


def _lines(body: bytes) -> list[str]:
    lines = (line.removesuffix("\r") for line in body.decode("utf-8", "replace").split("\n"))
    return [line for line in lines if line]


def _decoded(hits: list[Mapping[str, str]]) -> Decoded:
    events = [decode_event(parameters) for parameters in hits if "en" in parameters]
    return Decoded(events, len(hits) - len(events))


_Reader: TypeAlias = Callable[[str], Any]


def _reading(key: str) -> tuple[str | None, str]:
    group, dot, entry = key.partition(".")
    return (group, entry) if dot and group in GROUPS else (None, key)


_READERS: dict[str, tuple[str | None, str, _Reader | None]] = {
    row.name: (*_reading(row.key), row.type.read) for row in PARAMETERS
}


def decode_event(parameters: Mapping[str, str]) -> Event:
    """The event data of one event's parameters."""
    event: Event = {}
    families: dict[str, Pairs] = {}
    for name, text in parameters.items():
        row = _READERS.get(name)
        if row is None:
            _set_aside(event, families, name, text)
            continue
        group, key, read = row
        value = text if read is None else read(text)
        if group is None:
            if value is not None:
                event[key] = value
        elif group in event:
            event[group][key] = value
        else:
            event[group] = {key: value}
    for head, place in _FAMILIES.items() if families else ():
        if head in families:
            place(event, families[head])
    return event


def _set_aside(event: Event, families: dict[str, Pairs], name: str, text: str) -> None:
    head, dot, tail = name.partition(".")
    if not dot or head not in _DOTTED:
        if not name.startswith("pr") or not _is_item(name):
            event[FALLBACK + name] = text
            return
        head, tail = "pr", name[2:]
    if head in families:
        families[head].append((tail, text))
    else:
        families[head] = [(tail, text)]


def _is_item(name: str) -> bool:
    digits = name[2:]
    return digits.isdigit() and digits.isascii() and digits[0] != "0" and len(digits) < 4 and int(digits) <= MOST_ITEMS


def _place_server(event: Event, pairs: Pairs) -> None:
    event[SERVER] = dict(pairs)


def _place_items(event: Event, pairs: Pairs) -> None:
    event["items"] = [read_item(text) for _, text in sorted(pairs, key=lambda pair: int(pair[0]))]


def _place_numbers(event: Event, pairs: Pairs) -> None:
    for name, text in pairs:
        value = numbers.read(text)
        if value is None or _is_user_data(event, name, value):
            continue
        if isinstance(value, str) or _is_taken(event, name):
            event[f"{FALLBACK}epn.{name}"] = text
        else:
            event[name] = value


def _place_texts(event: Event, pairs: Pairs) -> None:
    for name, text in pairs:
        if not _is_user_data(event, name, text):
            event[f"{FALLBACK}ep.{name}" if _is_taken(event, name) else name] = text


_FILLED_IN = frozenset({"user_agent", "ip_override", "client_hints", "user_data", REPEAT})
"""Keys that come from the request itself, or that are made of many parameters: a custom parameter never has them."""


def _is_taken(event: Event, name: str) -> bool:
    return name in event or name in _FILLED_IN or name.startswith(RESERVED_PREFIXES)


def _place_user_numbers(event: Event, pairs: Pairs) -> None:
    for name, text in pairs:
        value = numbers.read(text)
        if isinstance(value, str):
            event[f"{FALLBACK}upn.{name}"] = text
        elif value is not None:
            event.setdefault(USER_PROPERTIES, {})[name] = value


def _place_user_texts(event: Event, pairs: Pairs) -> None:
    properties = event.setdefault(USER_PROPERTIES, {})
    for name, text in pairs:
        if name in properties:
            event[f"{FALLBACK}up.{name}"] = text
        else:
            properties[name] = text


def _is_user_data(event: Event, name: str, value: Any) -> bool:
    """Puts ``user_data.address.0.city`` back where gtag found it, and says whether it was one of these."""
    if not name.startswith("user_data."):
        return False
    *path, last = name.split(".", _DEEPEST)
    level: Any = event
    for step in path:
        level = level.setdefault(step, {})
        if not isinstance(level, dict):
            return True
    level.setdefault(last, value)
    return True


_FAMILIES: dict[str, Callable[[Event, Pairs], None]] = {
    "sst": _place_server,
    "pr": _place_items,
    "upn": _place_user_numbers,
    "up": _place_user_texts,
    "epn": _place_numbers,
    "ep": _place_texts,
}
"""Names that share a beginning, in the order in which they get hold of a key: a number comes before a text."""
_DOTTED = frozenset(_FAMILIES) - {"pr"}
