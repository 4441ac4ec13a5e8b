"""From event data to the parameters of a hit: the exact inverse of decoding.

What is never sent: ``richsstsse``, ``_fplc``, ``sst.*``, ``user_data``, ``consent_update_repeat``, and keys beginning
``x-ga-``, ``x-sst-`` or ``x-mp-`` that no parameter belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from core.types import Event
from wire.ga4 import custom
from wire.ga4.items import MOST_ITEMS, write_item
from wire.ga4.numbers import is_number
from wire.ga4.table import (
    BY_NAME,
    CAMPAIGN,
    CUSTOM,
    FALLBACK,
    HINTS,
    OWN,
    PARAMETERS,
    REPEAT,
    RESERVED_PREFIXES,
    SERVER,
    SHARED,
    SYSTEM,
)
from wire.ga4.table import USER_PROPERTIES as USER
from wire.ga4.values import LOCATION, Text, write_custom, write_named

Texts: TypeAlias = dict[str, Text]


class Encoded(NamedTuple):
    """One event's parameters, not yet percent-encoded, by the place they travel in."""

    shared: Texts
    hoistable: Texts
    own: Texts
    request: Texts


_NEVER = frozenset({"v", "_uip", "_fplc", "richsstsse", "user_data", "ep.user_data", "epn.user_data"})
"""Parameters that no fallback key brings back: dropped, or decided elsewhere."""


def encode(event: Event) -> Encoded:
    """The parameters of one event; nothing that is not in the event, but ``v=2``."""
    places: tuple[Texts, Texts, Texts, Texts] = ({"v": "2"}, {}, {}, {})
    out = Encoded(*places)
    if CUSTOM in event:
        event = _write_as_they_came(out, event)
    for key, value in event.items():
        row = _WRITERS.get(key)
        if row is not None:
            place, name, write = row
            text = value if type(value) is str else write(value)
            if text is not None:
                places[place][name] = text
        elif key in _OBJECTS:
            _OBJECTS[key](out, key, value)
        elif key.startswith(RESERVED_PREFIXES):
            _write_fallback(out, key, value)
        else:
            _write_parameter(out, key, value)
    return out


def _write_as_they_came(out: Encoded, event: Event) -> Event:
    """Writes the parameters that the event lists by their names, and gives the event without them."""
    names, of_user, properties = custom.parameters(event), custom.properties(event), event.get(USER)
    for key, name in names.items():
        if key in event:
            _write_custom(out, name, event[key])
    left = {key: value for key, value in event.items() if key not in names}
    if of_user and isinstance(properties, dict):
        for key in of_user.keys() & properties.keys():
            _write_custom(out, of_user[key], properties[key])
        left[USER] = {key: value for key, value in properties.items() if key not in of_user}
    return left


def _write_custom(out: Encoded, name: str, value: Any) -> None:
    """Under the name, which is another one where the value has become a number."""
    text = write_custom(value)
    if text is not None:
        begin, _, own = name.partition(".")
        out.own[f"{begin.removesuffix('n')}n.{own}" if is_number(value) else name] = text


def write_user_data(encoded: Encoded, data: Mapping[Any, Any], path: str = "ep.user_data") -> None:
    """Adds hashed ``user_data`` to an event's parameters, flattened with dots as gtag does it."""
    for key, value in data.items():
        entries = dict(enumerate(value)) if isinstance(value, list) else value
        if isinstance(entries, dict):
            write_user_data(encoded, entries, f"{path}.{key}")
        else:
            encoded.own[f"{path}.{key}"] = entries


def leaves_as_custom(key: str, value: Any) -> bool:
    """Whether this key of an event travels as ``ep.``, ``epn.`` or ``pr1`` …, and not as a named parameter."""
    if key in _WRITERS:
        return False
    if key in _OBJECTS:
        return key == "items" or (key in _CUSTOM_UNLESS_OBJECT and not isinstance(value, dict))
    return key.startswith(_CUSTOM_FALLBACKS) or not key.startswith(RESERVED_PREFIXES)


_CUSTOM_FALLBACKS = (f"{FALLBACK}ep.", f"{FALLBACK}epn.")
_CUSTOM_UNLESS_OBJECT = frozenset({HINTS, "campaign"})


def _write_parameter(out: Encoded, key: str, value: Any) -> None:
    text = None if key.startswith("user_data.") else write_custom(value)
    if text is not None:
        out.own[f"epn.{key}" if is_number(value) else f"ep.{key}"] = text


def _write_fallback(out: Encoded, key: str, value: Any) -> None:
    if not key.startswith(FALLBACK):
        return
    name = key.removeprefix(FALLBACK)
    if name not in _NEVER and not name.startswith(_NEVER_BEGIN):
        _write_unless_there(out, name, value)


_NEVER_BEGIN = ("sst.", "user_data.", "ep.user_data.", "epn.user_data.")


def _write_unless_there(out: Encoded, name: str, value: Any) -> None:
    text = write_named(value)
    if text is not None:
        out[_place(name)].setdefault(name, text)


def _place(name: str) -> int:
    row = BY_NAME.get(name)
    if row is not None:
        return row.place
    return OWN if name.startswith(_OWN_BEGIN) else SHARED


_OWN_BEGIN = ("ep.", "epn.", "up.", "upn.", "gap.")


def _write_hints(out: Encoded, key: str, value: Any) -> None:
    if not isinstance(value, dict):
        return _write_parameter(out, key, value)
    for entry, inner in value.items():
        row = _HINT_WRITERS.get(entry)
        if row is not None:
            text = inner if type(inner) is str else row[2](inner)
            if text is not None:
                out.shared[row[1]] = text
    return None


def _write_system(out: Encoded, key: str, value: Any) -> None:  # noqa: ARG001  one of many writers
    for entry, inner in value.items() if isinstance(value, dict) else ():
        row = _SYSTEM_WRITERS.get(entry)
        if row is None:
            if f"_{entry}" not in _NEVER:
                _write_unless_there(out, f"_{entry}", inner)
            continue
        text = inner if type(inner) is str else row[2](inner)
        if text is not None:
            out[row[0]][row[1]] = text


def _write_user_properties(out: Encoded, key: str, value: Any) -> None:  # noqa: ARG001  one of many writers
    for name, inner in value.items() if isinstance(value, dict) else ():
        text = write_custom(inner)
        if text is not None:
            out.own[f"upn.{name}" if is_number(inner) else f"up.{name}"] = text


def _write_items(out: Encoded, key: str, value: Any) -> None:
    if not isinstance(value, list):
        return _write_parameter(out, key, value)
    items = [item for item in value if isinstance(item, dict)]
    for number, item in enumerate(items[:MOST_ITEMS], 1):
        out.own[f"pr{number}"] = write_item(item)
    return None


def _write_campaign(out: Encoded, key: str, value: Any) -> None:
    if not isinstance(value, dict):
        return _write_parameter(out, key, value)
    for entry, name in CAMPAIGN.items():
        _write_unless_there(out, name, value.get(entry))
    return None


def _write_old_location(out: Encoded, key: str, value: Any) -> None:  # noqa: ARG001  one of many writers
    text = LOCATION.write(value)
    if text is not None:
        out.shared.setdefault("ur", text)


def _write_nothing(out: Encoded, key: str, value: Any) -> None:
    """For what is told otherwise, or to nobody."""


_Object: TypeAlias = Callable[[Encoded, str, Any], None]
_OBJECTS: Mapping[str, _Object] = {
    HINTS: _write_hints,
    SYSTEM: _write_system,
    USER: _write_user_properties,
    SERVER: _write_nothing,
    REPEAT: _write_nothing,
    "items": _write_items,
    "campaign": _write_campaign,
    "x-ga-ur": _write_old_location,
    "user_agent": _write_nothing,
    "user_data": _write_nothing,
}
"""Keys of event data that are no single parameter."""

_Writer: TypeAlias = tuple[int, str, Callable[[Any], Text | None]]


def _writers(prefix: str = "") -> dict[str, _Writer]:
    rows = (row for row in PARAMETERS if row.name not in ("v", "richsstsse") and row.key.startswith(prefix))
    return {row.key.removeprefix(prefix): (int(row.place), row.name, row.type.write) for row in rows}


_HINT_WRITERS = _writers(f"{HINTS}.")
_SYSTEM_WRITERS = _writers(f"{SYSTEM}.")
_WRITERS = {key: writer for key, writer in _writers().items() if not key.startswith((f"{HINTS}.", f"{SYSTEM}."))}
