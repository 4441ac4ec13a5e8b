"""Custom parameters whose key in event data does not tell how they came, and so not how they leave.

``ep.currency`` without ``cu`` has the key ``currency``, as the named parameter would, and so can be read and filtered like
it; ``epn.value`` that is no number, or one with more digits than a number can hold, has the key ``value``, though a text.
The event data lists the names of such parameters, and they leave by them. Ordinary hits have none and no such list. A value
that the file sets is no longer what came: its name is taken off the list, and it leaves like any other value of its key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from core.paths import put
from core.types import Event
from wire.ga4.table import CUSTOM, GROUPS, PARAMETERS, REPEAT, RESERVED_PREFIXES, USER_PROPERTIES

NAMED: Final = frozenset(
    row.key for row in PARAMETERS if row.key.partition(".")[0] not in GROUPS and not row.key.startswith(RESERVED_PREFIXES)
)
"""Keys of named parameters that a custom parameter may have, too."""
NEVER: Final = frozenset(
    {"user_agent", "ip_override", "client_hints", "user_data", "client_id", "event_name", "event_location", REPEAT}
)
"""Keys that no custom parameter has: they come from the request itself, are made of many parameters, or say whose event it
is and which."""
NEVER_BEGIN: Final = (*RESERVED_PREFIXES, "user_data.")
"""How more such keys begin."""
_EVENT: Final = ("ep.", "epn.")
_USER: Final = ("up.", "upn.")


def note(event: Event, name: str) -> None:
    """Puts a name on the list of an event that is being built."""
    event.setdefault(CUSTOM, []).append(name)


def parameters(event: Event) -> Mapping[str, str]:
    """The listed parameters of the event, name by key."""
    names = {name.partition(".")[2]: name for name in _listed(event) if name.startswith(_EVENT)}
    return {key: name for key, name in names.items() if key not in NEVER and not key.startswith(NEVER_BEGIN)}


def properties(event: Event) -> Mapping[str, str]:
    """The listed user properties, name by key."""
    return {name.partition(".")[2]: name for name in _listed(event) if name.startswith(_USER)}


def carried(before: Event, after: Event) -> Event:
    """The event after a filter that dropped keys, with the names of what is left."""
    if CUSTOM not in before:
        return after
    return _with_names(after, [name for name in _listed(before) if _is_there(after, name)])


def put_value(event: Event, path: str, value: Any) -> Event:
    """The event with this value at the key path, as the file sets it."""
    changed = put(event, path, value)
    return changed if CUSTOM not in changed else _without(changed, path)


def _without(event: Event, path: str) -> Event:
    own = path.removeprefix(f"{USER_PROPERTIES}.")
    gone = {begin + own for begin in (_EVENT if own == path else _USER)}
    return _with_names(event, [name for name in _listed(event) if name not in gone])


def _with_names(event: Event, names: list[str]) -> Event:
    rest = {key: value for key, value in event.items() if key != CUSTOM}
    return {**rest, CUSTOM: names} if names else rest


def _listed(event: Event) -> Iterable[str]:
    names = event.get(CUSTOM)
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else ()


def _is_there(event: Event, name: str) -> bool:
    place = event if name.startswith(_EVENT) else event.get(USER_PROPERTIES)
    return isinstance(place, dict) and name.partition(".")[2] in place
