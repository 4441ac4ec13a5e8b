"""One spelling of the fields' names: JSON of protocol buffers may say ``clientId`` for ``client_id``, and libraries do.

Only names of Google's schema are respelt, at the places where it has them. Names of parameters and of user properties are
the sender's own and stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from wire.measurement_protocol import schema
from wire.measurement_protocol.checks import Check
from wire.measurement_protocol.notes import Notes
from wire.measurement_protocol.paths import below


class Spellings(dict[str, str]):
    """The names of one object's fields by what they are in camelCase."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__((_camel(name), name) for name in names if "_" in name)
        self.are_not_in = frozenset(self).isdisjoint
        """Whether an object has none of them, as most have."""


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


_REQUEST: Final = Spellings(schema.REQUEST)
_EVENT: Final = Spellings(schema.EVENT)
_USER_PROPERTY: Final = Spellings(schema.USER_PROPERTY)
_ADDRESS: Final = Spellings((*schema.HASHED_OF_ADDRESS, *schema.PLAIN_OF_ADDRESS, *schema.CLEAR_ADDRESS))
_OBJECTS: Final = {
    "consent": Spellings(schema.CONSENT),
    "user_location": Spellings(schema.USER_LOCATION),
    "device": Spellings(schema.DEVICE),
    "user_data": Spellings((*schema.USER_DATA, *schema.CLEAR_USER_DATA)),
}


def in_one_spelling(payload: dict[str, Any], notes: Notes) -> dict[str, Any]:
    """The payload with its own fields in snake_case: the same object where they are."""
    return payload if _REQUEST.are_not_in(payload) else _respelt(payload, _REQUEST, "", notes)


def fields_in_one_spelling(payload: dict[str, Any], notes: Notes) -> None:
    """Brings the fields of what is inside a payload into snake_case; in place, so it must be the caller's own."""
    for name, spellings in _OBJECTS.items():
        value = payload.get(name)
        if type(value) is dict and not spellings.are_not_in(value):
            payload[name] = _respelt(value, spellings, name, notes)
    user_data = payload.get("user_data")
    if type(user_data) is dict:
        _addresses(user_data, notes)
    events, properties = payload.get("events"), payload.get("user_properties")
    if type(events) is list:
        _each(events, "events", _EVENT, notes)
    if type(properties) is dict:
        _user_properties(properties, notes)


def _user_properties(properties: dict[str, Any], notes: Notes) -> None:
    for name, entry in properties.items():
        if type(entry) is dict and not _USER_PROPERTY.are_not_in(entry):
            properties[name] = _respelt(entry, _USER_PROPERTY, below("user_properties", name), notes)


def _addresses(user_data: dict[str, Any], notes: Notes) -> None:
    address = user_data.get("address")
    if type(address) is dict:
        user_data["address"] = _respelt(address, _ADDRESS, "user_data.address", notes)
    elif type(address) is list:
        _each(address, "user_data.address", _ADDRESS, notes)


def _each(values: list[Any], path: str, spellings: Spellings, notes: Notes) -> None:
    for at, value in enumerate(values):
        if type(value) is dict and not spellings.are_not_in(value):
            values[at] = _respelt(value, spellings, f"{path}[{at}]", notes)


def _respelt(value: dict[str, Any], spellings: Spellings, path: str, notes: Notes) -> dict[str, Any]:
    """The object with names in snake_case. Of two spellings of one field snake_case counts, unless it is null."""
    respelt: dict[str, Any] = {}
    for written, inner in value.items():
        name = spellings.get(written, written)
        if name != written and value.get(name) is not None:
            notes.add(Check.SPELT_TWICE, path=below(path, name), a=name, b=written)
        elif inner is not None or name not in respelt:
            respelt[name] = inner
    return respelt
