"""The table of the keys that a part of the file has, from the model that checks it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson
from pydantic import BaseModel

from config.places import Address
from core.fields import Duration, Size
from docs.rendering.blocks import table
from docs.rendering.kinds import kind, mark, models

_UNITS: Final = (
    (mark(Duration), {"d": 86400, "h": 3600, "m": 60, "s": 1}),
    (mark(Size), {" GiB": 1 << 30, " MiB": 1 << 20, " KiB": 1 << 10}),
)


class Key(NamedTuple):
    """A line of the table."""

    path: str
    takes: str
    default: str
    meaning: str


def keys(model: type[BaseModel], without: Collection[str] = (), above: str = "", about: str = "") -> Iterator[Key]:
    """Each key, and after it, with a dot between them, those of what it holds.

    ``[]`` stands for each element of a list, ``NAME`` for a name of one's own, ``about`` for which of several forms it is.
    """
    for name, field in model.model_fields.items():
        if name not in without:
            path = f"{above}{field.alias or name}"
            meaning = f"{about}{field.description}"
            yield Key(f"`{path}`", kind(field.annotation, field.metadata), _default(field), meaning)
            forms = list(models(field.annotation))
            for place, form in forms:
                title = f"{_sentence(form)}: " if len(forms) > 1 else about
                yield from keys(form, (), f"{path}{place}.", title)


def keys_table(model: type[BaseModel], without: Collection[str] = ()) -> str:
    """The table; empty where there is nothing to be put into one."""
    rows = list(keys(model, without))
    return table(("key", "takes", "default", "meaning"), rows) if rows else ""


def _sentence(model: type[BaseModel]) -> str:
    return re.split(r"\.(?:\s|$)", inspect.getdoc(model) or "")[0]


def _default(field: Any) -> str:
    if field.is_required():
        return "needed"
    default = field.default
    for quantity, units in _UNITS:
        if quantity in field.metadata and default is not None:
            return f"`{_quantity(default, units)}`"
    if isinstance(default, Address):
        return f"`{default}`"
    if isinstance(default, BaseModel):
        return "–"
    if isinstance(default, bool | int | float | str | list | dict) or default is None:
        return f"`{orjson.dumps(default).decode()}`"
    return "as it is"


def _quantity(number: float, units: Mapping[str, int]) -> str:
    """In the largest unit that leaves a whole number, of days only where there are many."""
    fits = ((name, size) for name, size in units.items() if number >= size * (10 if name == "d" else 1) and number % size == 0)
    name, size = next(fits, ("", 1))
    return f"{number / size:g}{name}"
