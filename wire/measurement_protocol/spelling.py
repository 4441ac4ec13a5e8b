"""One spelling of the fields' names: JSON of protocol buffers may say ``clientId`` for ``client_id``, and libraries do.

Only names of Google's schema are respelt, at the places where it has them. Names of parameters and of user properties are
the sender's own and stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from wire.measurement_protocol import schema
from wire.measurement_protocol.checks import Check
from wire.measurement_protocol.notes import Notes
from wire.measurement_protocol.paths import below

Spellings: TypeAlias = Mapping[str, str]


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def _spellings(names: Iterable[str]) -> Spellings:
    return {_camel(name): name for name in names if "_" in name}


_REQUEST: Final = _spellings(schema.REQUEST)
_EVENT: Final = _spellings(schema.EVENT)
_USER_PROPERTY: Final = _spellings(schema.USER_PROPERTY)
_USER_DATA: Final = _spellings((*schema.USER_DATA, *schema.CLEAR_USER_DATA))
_ADDRESS: Final = _spellings((*schema.HASHED_OF_ADDRESS, *schema.PLAIN_OF_ADDRESS, *schema.CLEAR_ADDRESS))
_OBJECTS: Final[Mapping[str, Spellings]] = {
    "consent": _spellings(schema.CONSENT),
    "user_location": _spellings(schema.USER_LOCATION),
    "device": _spellings(schema.DEVICE),
    "user_data": _USER_DATA,
}


def in_one_spelling(payload: dict[str, Any], notes: Notes) -> dict[str, Any]:
    """The payload with its own fields in snake_case: the same object where they are."""
    respelt: dict[str, Any] = _respelt(payload, _REQUEST, "", notes)
    return respelt


def fields_in_one_spelling(payload: dict[str, Any], notes: Notes) -> None:
    """Brings the fields of what is inside a payload into snake_case; in place, so it must be the caller's own."""
    for name, spellings in _OBJECTS.items():
        if name in payload:
            payload[name] = _respelt(payload[name], spellings, name, notes)
    user_data = payload.get("user_data")
    if isinstance(user_data, dict) and "address" in user_data:
        _each(user_data, "address", _ADDRESS, "user_data", notes)
    if "events" in payload:
        _each(payload, "events", _EVENT, "", notes)
    for name, entry in _entries(payload.get("user_properties")):
        payload["user_properties"][name] = _respelt(entry, _USER_PROPERTY, below("user_properties", name), notes)


def _entries(properties: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(properties, dict):
        yield from properties.items()


def _each(parent: dict[str, Any], name: str, spellings: Spellings, path: str, notes: Notes) -> None:
    """The value under this name, or each of them where it is a list."""
    value, path = parent[name], below(path, name)
    if isinstance(value, list):
        for at, each in enumerate(value):
            value[at] = _respelt(each, spellings, f"{path}[{at}]", notes)
    else:
        parent[name] = _respelt(value, spellings, path, notes)


def _respelt(value: Any, spellings: Spellings, path: str, notes: Notes) -> Any:
    """The value itself where there is nothing to respell. Of two spellings of one field snake_case counts, unless it is null."""
    if not isinstance(value, dict) or spellings.keys().isdisjoint(value):
        return value
    respelt: dict[str, Any] = {}
    for written, inner in value.items():
        name = spellings.get(written, written)
        if name != written and value.get(name) is not None:
            notes.add(Check.SPELT_TWICE, path=below(path, name), a=name, b=written)
        elif inner is not None or name not in respelt:
            respelt[name] = inner
    return respelt
