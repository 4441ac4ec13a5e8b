"""The names by which a class may be asked for something are those that its base has; any other would never be asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from functools import partialmethod
from types import FunctionType
from typing import Any

_ALIKE = 0.8
"""How alike a name must be to be taken for a misspelt one where names of its own are allowed; 1: the same."""


def check_names(component: type, home: str) -> None:
    """Raises TypeError for a public name, its own or a mixin's, that no base class from the module ``home`` has.

    So it does for one that is a method where its base is read like a value, or the other way round.
    """
    bases = [each for each in component.__mro__ if each.__module__ == home]
    known = _known(bases)
    for name, value in (pair for each in component.__mro__ if each not in bases for pair in _public(each)):
        if name not in known:
            meant = get_close_matches(name, known, 1)
            told = f"; did you mean {meant[0]}?" if meant else ": names of its own begin with an underscore"
            raise TypeError(f"{component.__name__}.{name} is nothing that is asked of a {bases[0].__name__}{told}")
        _check_kind(f"{component.__name__}.{name}", known[name], value)


def check_settings(settings: type, home: str, fields: Collection[str]) -> None:
    """Raises TypeError for what its base from the module ``home`` is asked for, and this has as another kind of thing.

    So it does for a setting of such a name, and for a name that is none of its ``fields`` and nearly such a one.
    """
    bases = [each for each in settings.__mro__ if each.__module__ == home]
    known = {name: value for name, value in _known(bases).items() if name != "model_config"}
    for name in known.keys() & fields:
        raise TypeError(f"{settings.__name__}.{name} is asked of all {bases[0].__name__}: the setting needs another name")
    for name, value in _public(settings):
        if name in known:
            _check_kind(f"{settings.__name__}.{name}", known[name], value)
        elif name not in fields and (meant := get_close_matches(name, known, 1, _ALIKE)):
            told = f"did you mean {meant[0]}? Else begin it with an underscore"
            raise TypeError(f"{settings.__name__}.{name} is nothing that is asked of {bases[0].__name__}; {told}")


def _check_kind(name: str, base: object, own: object) -> None:
    is_method = isinstance(own, FunctionType | classmethod | staticmethod | partialmethod)
    if isinstance(base, FunctionType):
        if not is_method and (isinstance(own, property) or not callable(own)):
            raise TypeError(f"{name} is called: it must be a method, not a property or a value")
    elif is_method:
        what = "put @property above it" if isinstance(base, property) else "it must be a value, not a method"
        raise TypeError(f"{name} is read and never called: {what}")
    elif isinstance(own, property) and not isinstance(base, property):
        raise TypeError(f"{name} is read of the class, too: it must be a value, not a property")


def _known(bases: list[type]) -> Mapping[str, Any]:
    return {name: value for each in reversed(bases) for name, value in _public(each)}


def _public(kind: type) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in vars(kind).items() if not name.startswith("_"))
