"""Other shapes that a payload comes in: where there is one way to read a value it is read so, and noted.

JSON within a text, one object for a list of one, a list with the indices of an array as names (``{"0": …}``, PHP's), names
and values in pairs (``[{"key": …, "value": …}]``), a user property's bare value. What can be read in no such way stays as
it is: the check of its type tells what was expected.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from wire.limits import MOST_VALUES
from wire.measurement_protocol.digits import load
from wire.measurement_protocol.notes import Notes
from wire.measurement_protocol.paths import below

_OBJECTS: Final = ("user_properties", "consent", "user_location", "device", "user_data")
_NAMES: Final = ("key", "name")
_TYPED: Final = frozenset(
    {
        *("string_value", "int_value", "float_value", "double_value"),
        *("stringValue", "intValue", "floatValue", "doubleValue"),
    }
)
"""Where exports of GA4's data hold a value."""


def in_usual_shape(payload: dict[str, Any], notes: Notes) -> None:
    """Brings the values of a payload, whose own names are in snake_case, into the shapes of the schema; in place."""
    for name in _OBJECTS:
        value = payload.get(name)
        if value is not None and type(value) is not dict:
            _unpack(payload, name, "", notes)
    properties = payload.get("user_properties")
    if properties:
        _set(payload, "user_properties", "", _pairs(properties, wrapped=True), "an object of names and values", notes)
        _wrap(payload["user_properties"], notes)
    if payload.get("events") is not None:
        _events(payload, notes)


def _events(payload: dict[str, Any], notes: Notes) -> None:
    if type(payload["events"]) is not list:
        _unpack(payload, "events", "", notes)
        _set(payload, "events", "", _listed(payload["events"], ("name",)), "a list of events", notes)
    events = payload["events"] if type(payload["events"]) is list else []
    for at, event in enumerate(events):
        path = f"events[{at}]"
        if type(event) is str:
            events[at] = event = _unpacked(event, path, notes)
        params = event.get("params") if type(event) is dict else None
        if params is not None and type(params) is not dict:
            _unpack(event, "params", path, notes)
            _set(event, "params", path, _pairs(event["params"]), "an object of names and values", notes)
            params = event["params"]
        if type(params) is dict and "items" in params and type(params["items"]) is not list:
            _unpack(params, "items", f"{path}.params", notes)
            _set(params, "items", f"{path}.params", _listed(params["items"], ("item_id", "item_name")), "a list of items", notes)


def _set(parent: dict[str, Any], name: str, path: str, read: Any, meant: str, notes: Notes) -> None:
    """Puts the value as it is read in the place of the value as it is written; None is no way to read it."""
    if read is not None:
        given = "a list" if isinstance(parent[name], list) else "an object"
        notes.shape(below(path, name), given, meant)
        parent[name] = read


def _unpack(parent: dict[str, Any], name: str, path: str, notes: Notes) -> None:
    parent[name] = _unpacked(parent[name], below(path, name), notes)


def _unpacked(value: Any, path: str, notes: Notes) -> Any:
    """The list or the object that a text holds as JSON; anything else is given back as it is."""
    found = within(value, notes)
    if found is None:
        return value
    notes.shape(path, "JSON within a text", "what that JSON says")
    return found


def within(value: Any, notes: Notes) -> dict[str, Any] | list[Any] | None:
    """The list or the object that this text holds as JSON; None where it is no text, or holds none."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")) or value.count(",") > 2 * MOST_VALUES:
        return None
    try:
        found = load(value.encode(), notes)
    except (json.JSONDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _listed(value: Any, marks: Sequence[str]) -> list[Any] | None:
    """An object that is one element, as one of the marks among its names shows, or whose names are indices: as a list."""
    if not isinstance(value, dict) or not value:
        return None
    if any(mark in value for mark in marks):
        return [value]
    numbered = all(name.isascii() and name.isdigit() for name in value) and all(isinstance(each, dict) for each in value.values())
    return list(value.values()) if numbered else None


def _pairs(value: Any, *, wrapped: bool = False) -> dict[str, Any] | None:
    """A list of pairs, or of objects that have no name in common, as one object.

    With ``wrapped`` each value is a user property's: ``{"value": …}``, with the time where the pair has one.
    """
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) and each for each in value):
        return None
    pairs = [_pair(each, wrapped) for each in value]
    found = [pair for pair in pairs if pair is not None] if all(pairs) else [pair for each in value for pair in each.items()]
    read = dict(found)
    return read if len(read) == len(found) else None


def _pair(entry: Mapping[str, Any], wrapped: bool) -> tuple[str, Any] | None:
    name = next((entry[name] for name in _NAMES if isinstance(entry.get(name), str)), None)
    values = list(_values(entry))
    if name is None or len(values) != 1:
        return None
    if not wrapped:
        return name, values[0]
    return name, {"value": values[0], **{key: entry[key] for key in ("timestamp_micros", "timestampMicros") if key in entry}}


def _values(entry: Mapping[str, Any]) -> Iterator[Any]:
    """What stands where a value stands, in a pair of a name and a value."""
    for name, inner in entry.items():
        if name == "value":
            typed = [each for key, each in inner.items() if key in _TYPED and each is not None] if isinstance(inner, dict) else []
            yield typed[0] if len(typed) == 1 else inner
        elif name in _TYPED and inner is not None:
            yield inner


def _wrap(properties: Any, notes: Notes) -> None:
    """A user property that is its bare value becomes an object that holds it."""
    for name, entry in properties.items() if isinstance(properties, dict) else ():
        if type(entry) is not dict and isinstance(entry, str | int | float):
            notes.shape(below("user_properties", name), "a bare value", '{"value": …}')
            properties[name] = {"value": entry}
