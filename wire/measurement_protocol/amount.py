"""How much a payload is, by the limits of one request: its events, its values, and what all of its events share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import orjson

from wire.limits import MOST_CHARACTERS, MOST_EVENTS, MOST_TEXT, MOST_VALUES, Limit
from wire.measurement_protocol.checks import Check
from wire.measurement_protocol.faults import Fault

Payload: TypeAlias = Mapping[str, Any]

MANY_BYTES: Final = Fault(Check.OVER_BODY, f"more than {MOST_TEXT} bytes; Google takes fewer than 130000")
MANY_EVENTS: Final = Fault(Check.OVER_EVENTS, f"{Limit.EVENTS.words}; Google takes 25")
MANY_VALUES: Final = Fault(Check.OVER_VALUES, Limit.VALUES.words)
LONG: Final = Fault(Check.OVER_GROWTH, Limit.GROWTH.words)


def fault_of_body(body: bytes) -> Fault | None:
    """Why this body is not even read. Commas and brackets of a text count, too, so there is room for as many again."""
    if len(body) > MOST_TEXT:
        return MANY_BYTES
    return MANY_VALUES if _marks(body) > 2 * MOST_VALUES else None


def fault_of_value(value: Any, body: bytes) -> Fault | None:
    """Why this document, from this body, is too much to be looked at."""
    return MANY_VALUES if _marks(body) >= MOST_VALUES and count(value) > MOST_VALUES else None


def _marks(body: bytes) -> int:
    """What has fewer than so many of these has no more values: each stands behind one of them, or at the beginning."""
    return body.count(b",") + body.count(b"[") + body.count(b"{")


def fault_of_events(payloads: Sequence[Payload]) -> Fault | None:
    """Why the payloads have too many events, as far as those are a list."""
    return MANY_EVENTS if sum([len(_events(payload)) for payload in payloads]) > MOST_EVENTS else None


def fault_of_payloads(payloads: Sequence[Payload], size: int) -> Fault | None:
    """Why the payloads of a body of this size are too much, once each event has what all events of its payload share."""
    if fault := fault_of_events(payloads):
        return fault
    repeats = [(payload, len(_events(payload)) - 1) for payload in payloads if len(_events(payload)) > 1]
    shared = [({key: value for key, value in payload.items() if key != "events"}, times) for payload, times in repeats]
    growth = [(len(orjson.dumps(value)), times) for value, times in shared]
    if sum([length * times for length, times in growth]) + size <= MOST_VALUES:
        return None
    if sum([length * times for length, times in growth]) + size > MOST_CHARACTERS:
        return LONG
    values = count(payloads) + sum([count(value) * times for value, times in shared])
    return MANY_VALUES if values > MOST_VALUES else None


def count(value: Any) -> int:
    """The values of a document: texts, numbers and the like, and every object and list."""
    number, waiting = 0, [value]
    while waiting:
        number += len(waiting)
        waiting = [inner for outer in waiting for inner in _within(outer)]
    return number


def _within(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _events(payload: Payload) -> Sequence[Any]:
    events = payload.get("events")
    return events if isinstance(events, list) else ()
