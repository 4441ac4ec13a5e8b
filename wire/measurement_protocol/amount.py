"""How much a payload is, by the limits of one request: its events, its values, and what all of its events share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import orjson

from wire.limits import MOST_CHARACTERS, MOST_EVENTS, MOST_PARAMETERS, MOST_TEXT, MOST_VALUES, Limit
from wire.measurement_protocol.checks import Check
from wire.measurement_protocol.faults import Fault

Payload: TypeAlias = Mapping[str, Any]

MANY_BYTES: Final = Fault(Check.OVER_BODY, f"more than {MOST_TEXT} bytes; Google takes fewer than 130000")
MANY_EVENTS: Final = Fault(Check.OVER_EVENTS, f"{Limit.EVENTS.words}; Google takes 25")
MANY_PARAMETERS: Final = Fault(Check.OVER_PARAMETERS, Limit.PARAMETERS.words)
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
    amounts = [_amount(payload) for payload in payloads]
    characters = size + sum([amount.repeated * len(orjson.dumps(amount.shared)) for amount in amounts if amount.repeated])
    if characters <= MOST_PARAMETERS:
        return None
    if sum([amount.parameters for amount in amounts]) > MOST_PARAMETERS:
        return MANY_PARAMETERS
    if count(payloads) + sum([amount.repeated * count(amount.shared) for amount in amounts]) > MOST_VALUES:
        return MANY_VALUES
    return LONG if characters > MOST_CHARACTERS else None


class _Amount(NamedTuple):
    """Of one payload: what its events share, how often that is repeated, and the parameters of all events."""

    shared: Payload
    repeated: int
    parameters: int


def _amount(payload: Payload) -> _Amount:
    events, properties = _events(payload), payload.get("user_properties")
    shared = {key: value for key, value in payload.items() if key != "events"}
    each = len(shared) + (len(properties) if isinstance(properties, dict) else 0)
    return _Amount(shared, max(0, len(events) - 1), len(events) * each + sum(map(_parameters, events)))


def _parameters(event: Any) -> int:
    params = event.get("params") if isinstance(event, dict) else None
    return len(params) if isinstance(params, dict) else 0


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
