"""From event data to the parameters of a hit: the exact inverse of decoding.

What nobody has changed since it came as a hit leaves as it was written; all else is written anew. What is never sent:
``richsstsse``, ``_fplc``, ``sst.*``, ``user_data``, ``consent_update_repeat``, and keys beginning ``x-ga-``, ``x-sst-`` or
``x-mp-`` that no parameter belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from core.types import Event
from wire.ga4 import custom
from wire.ga4.items import MOST_ITEMS, write_item
from wire.ga4.numbers import is_number
from wire.ga4.pieces import Pieces, piece
from wire.ga4.query import escape, remember
from wire.ga4.table import (
    CAMPAIGN,
    CUSTOM,
    FALLBACK,
    HINTS,
    PARAMETERS,
    REPEAT,
    RESERVED_PREFIXES,
    SERVER,
    SHARED,
    SYSTEM,
    fallback_place,
)
from wire.ga4.table import USER_PROPERTIES as USER
from wire.ga4.values import LOCATION, Text, write_custom, write_named
from wire.ga4.written import NOTHING_WRITTEN, Written


class Encoded(NamedTuple):
    """One event's parameters as pieces (``name=text``) by their names, by the place they travel in."""

    shared: Pieces
    hoistable: Pieces
    own: Pieces
    request: Pieces


def encode(event: Event, written: Written = NOTHING_WRITTEN) -> Encoded:
    """The parameters of one event; nothing that is not in the event, but ``v=2``."""
    out = Encoded({"v": "v=2"}, {}, {}, {})
    if CUSTOM in event:
        event = _write_as_they_came(out, event)
    for key, value in event.items():
        came = written.piece(key, value)
        if came:
            _keep(out, came)
        else:
            _write(out, key, value, written)
    return out


def encode_alone(event: Event, written: Written) -> list[Text]:
    """The pieces of ``encode`` for an event that is alone in its request, so that it does not matter where each would travel."""
    out: list[Text] = ["v=2"]
    others = written.take(event, out)
    for group, entries in written.entries.items():
        if group in others and _take_object(entries, others[group], out):
            del others[group]
    rest: Pieces = {}
    for key, value in others.items():
        begins = _custom_begins(key) if type(value) is str else ""
        if begins:
            rest[begins] = f"{begins}{escape(value)}"
        elif _stays(key):
            continue
        elif _may_name_another(key, value):
            return [piece for place in encode(event, written) for piece in place.values()]
        else:
            _write(Encoded(rest, rest, rest, rest), key, value, written)
    out += rest.values()
    return out


def _take_object(came: Written, value: Any, out: list[Text]) -> bool:
    """Puts out the pieces of an object that has nothing else to say."""
    taken: list[Text] = [*came.all_of(value)]
    if not taken and came.take(value, taken).keys() - _UNSENT:
        return False
    out += taken
    return True


@remember
def _stays(key: str) -> bool:
    """Whether nothing under this key ever leaves."""
    unsent = key.startswith(FALLBACK) and fallback_place(key.removeprefix(FALLBACK)) is None
    return key in _NEVER_LEAVES or unsent


@remember
def _custom_begins(key: str) -> str:
    """How the piece of a text under this key begins, if it is nothing but a custom parameter; else empty."""
    other = key in _WRITERS or key in _OBJECTS or key in _NEVER_LEAVES or key.startswith((*RESERVED_PREFIXES, "user_data."))
    return "" if other else f"ep.{escape(key)}="


def _may_name_another(key: str, value: Any) -> bool:
    """Whether this could leave by the name of another parameter of the event, which only one of both may."""
    if key == SYSTEM:
        return not (isinstance(value, dict) and value.keys() <= _SYSTEM_WRITERS.keys())
    return key in _BY_OTHER_NAMES or (key.startswith(FALLBACK) and key not in _WRITERS and key != USER)


def _keep(out: Encoded, came: str) -> None:
    place, name = _place_of(came)
    out[place][name] = came


@remember
def _place_of(came: str) -> tuple[int, str]:
    """Where a piece that came leaves, and its name."""
    name = came.partition("=")[0]
    place = fallback_place(name)
    return int(SHARED if place is None else place), name


def _write(out: Encoded, key: str, value: Any, written: Written) -> None:
    row = _WRITERS.get(key)
    if row is not None:
        _write_row(out, row, value)
    elif key in _OBJECTS:
        _OBJECTS[key](out, key, value, written)
    elif key.startswith(RESERVED_PREFIXES):
        _write_fallback(out, key, value)
    elif key not in _NEVER_LEAVES:
        _write_parameter(out, key, value)


def _write_row(out: Encoded, row: _Writer, value: Any) -> None:
    place, name, write = row
    text = value if type(value) is str else write(value)
    if text is not None:
        out[place][name] = piece(name, text)


def _write_as_they_came(out: Encoded, event: Event) -> Event:
    """Writes the parameters that the event lists by their names, and gives the event without them."""
    names, of_user, properties = custom.parameters(event), custom.properties(event), event.get(USER)
    for key, name in names.items():
        if key in event:
            _write_custom(out, name, event[key])
    left = {key: value for key, value in event.items() if key not in names}
    if of_user and isinstance(properties, dict):
        for key, name in of_user.items():
            if key in properties:
                _write_custom(out, name, properties[key])
        left[USER] = {key: value for key, value in properties.items() if key not in of_user}
    return left


def _write_custom(out: Encoded, name: str, value: Any) -> None:
    """Under the name, which is another one where the value has become a number."""
    begin, _, own = name.partition(".")
    _put(out, f"{begin.removesuffix('n')}n.{own}" if is_number(value) else name, write_custom(value))


def _put(out: Encoded, name: str, text: Text | None) -> None:
    if text is not None:
        out.own[name] = piece(name, text)


def write_user_data(encoded: Encoded, data: Mapping[Any, Any], path: str = "ep.user_data") -> None:
    """Adds hashed ``user_data`` to an event's parameters, flattened with dots as gtag does it."""
    for key, value in data.items():
        entries = dict(enumerate(value)) if isinstance(value, list) else value
        if isinstance(entries, dict):
            write_user_data(encoded, entries, f"{path}.{key}")
        else:
            _put(encoded, f"{path}.{key}", entries)


def leaves_as_custom(key: str, value: Any) -> bool:
    """Whether this key of an event travels as ``ep.``, ``epn.`` or ``pr1`` …, and not as a named parameter."""
    if key in _WRITERS:
        return False
    if key in _NEVER_LEAVES:
        return False
    if key in _OBJECTS:
        return key == "items" or (key in _CUSTOM_UNLESS_OBJECT and not isinstance(value, dict))
    return key.startswith(_CUSTOM_FALLBACKS) or not key.startswith(RESERVED_PREFIXES)


_CUSTOM_FALLBACKS = (f"{FALLBACK}ep.", f"{FALLBACK}epn.")
_CUSTOM_UNLESS_OBJECT = frozenset({HINTS, "campaign"})


def _write_parameter(out: Encoded, key: str, value: Any) -> None:
    if not key.startswith("user_data."):
        _put(out, f"epn.{key}" if is_number(value) else f"ep.{key}", write_custom(value))


def _write_fallback(out: Encoded, key: str, value: Any) -> None:
    if key.startswith(FALLBACK):
        _write_unless_there(out, key.removeprefix(FALLBACK), value)


def _write_unless_there(out: Encoded, name: str, value: Any) -> None:
    place, text = fallback_place(name), write_named(value)
    if place is not None and text is not None and name not in out[place]:
        out[place][name] = piece(name, text)


def _write_hints(out: Encoded, key: str, value: Any, written: Written) -> None:
    if not isinstance(value, dict):
        return _write_parameter(out, key, value)
    for entry, inner in value.items():
        if came := written.entry(key, entry, inner):
            _keep(out, came)
        elif entry in _HINT_WRITERS:
            _write_row(out, _HINT_WRITERS[entry], inner)
    return None


def _write_system(out: Encoded, key: str, value: Any, written: Written) -> None:
    for entry, inner in value.items() if isinstance(value, dict) else ():
        if came := written.entry(key, entry, inner):
            _keep(out, came)
        elif entry in _SYSTEM_WRITERS:
            _write_row(out, _SYSTEM_WRITERS[entry], inner)
        else:
            _write_unless_there(out, f"_{entry}", inner)


def _write_user_properties(out: Encoded, key: str, value: Any, written: Written) -> None:
    for name, inner in value.items() if isinstance(value, dict) else ():
        if came := written.entry(key, name, inner):
            _keep(out, came)
        else:
            _put(out, f"upn.{name}" if is_number(inner) else f"up.{name}", write_custom(inner))


def _write_items(out: Encoded, key: str, value: Any, written: Written) -> None:
    if not isinstance(value, list):
        return _write_parameter(out, key, value)
    items = [item for item in value if isinstance(item, dict)]
    for number, item in enumerate(items[:MOST_ITEMS], 1):
        out.own[f"pr{number}"] = written.item(number, item) or piece(f"pr{number}", write_item(item))
    return None


def _write_campaign(out: Encoded, key: str, value: Any, written: Written) -> None:  # noqa: ARG001  one of many writers
    if not isinstance(value, dict):
        return _write_parameter(out, key, value)
    for entry, name in CAMPAIGN.items():
        _write_unless_there(out, name, value.get(entry))
    return None


def _write_old_location(out: Encoded, key: str, value: Any, written: Written) -> None:  # noqa: ARG001  one of many writers
    text = LOCATION.write(value)
    if text is not None and "ur" not in out.shared:
        out.shared["ur"] = piece("ur", text)


_Object: TypeAlias = Callable[[Encoded, str, Any, Written], None]
_OBJECTS: Mapping[str, _Object] = {
    HINTS: _write_hints,
    SYSTEM: _write_system,
    USER: _write_user_properties,
    "items": _write_items,
    "campaign": _write_campaign,
    "x-ga-ur": _write_old_location,
}
"""Keys of event data that are no single parameter."""
_NEVER_LEAVES = frozenset({SERVER, REPEAT, "x-ga-protocol_version", "x-ga-mp2-richsstsse", "user_agent", "user_data"})
"""Keys of what is told otherwise, or to nobody."""
_UNSENT = frozenset({"brands"})
"""The entry of the client hints that comes from a header, and has no parameter."""
_BY_OTHER_NAMES = frozenset({CUSTOM, "campaign", "x-ga-ur"})
"""Keys whose values leave under names that other keys have too."""

_Writer: TypeAlias = tuple[int, str, Callable[[Any], Text | None]]


def _writers(prefix: str = "") -> dict[str, _Writer]:
    rows = (row for row in PARAMETERS if row.name not in ("v", "richsstsse") and row.key.startswith(prefix))
    return {row.key.removeprefix(prefix): (int(row.place), row.name, row.type.write) for row in rows}


_HINT_WRITERS = _writers(f"{HINTS}.")
_SYSTEM_WRITERS = _writers(f"{SYSTEM}.")
_WRITERS = {key: writer for key, writer in _writers().items() if not key.startswith((f"{HINTS}.", f"{SYSTEM}."))}
