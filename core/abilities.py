"""The names by which a class may be asked for something are those that its base has; any other would never be asked for."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches


def check_names(component: type, home: str) -> None:
    """Raises TypeError for a public name, its own or a mixin's, that no base class from the module ``home`` has."""
    bases = [each for each in component.__mro__ if each.__module__ == home]
    known = {name for each in bases for name in _public(each)}
    for name in (name for each in component.__mro__ if each not in bases for name in _public(each)):
        if name not in known:
            meant = get_close_matches(name, known, 1)
            told = f"; did you mean {meant[0]}?" if meant else ": names of its own begin with an underscore"
            raise TypeError(f"{component.__name__}.{name} is nothing that is asked of a {bases[0].__name__}{told}")


def _public(kind: type) -> Iterator[str]:
    return (name for name in vars(kind) if not name.startswith("_"))
