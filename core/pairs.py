"""Names with values, of which a name may come more than once: headers, a query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def first_values(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """By name its first value."""
    return dict(reversed(pairs))


def all_values(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """By name its values, in their order."""
    named: dict[str, list[str]] = {}
    for name, value in pairs:
        named.setdefault(name, []).append(value)
    return named


def shown_values(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str | list[str]]:
    """By name its value, or the list of them where there are several: as people and JSON read it."""
    return {name: values if len(values) > 1 else values[0] for name, values in all_values(pairs).items()}
