"""Requests as vendors' own examples and tests have them, and how ours are compared with them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

VECTORS: Final = Path(__file__).parent / "vendors.jsonl"
"""One a line: vendor, settings, context, event and the request expected; ``absent`` and ``not_contains`` say what must not be."""

_ANY_ORDER: Final = frozenset({"userIds", "identifiers", "userIdentifiers"})


def vectors(vendor: str) -> Sequence[Mapping[str, Any]]:
    """Those of a vendor."""
    found = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]
    return [vector for vector in found if vector["vendor"] == vendor]


def requested(vendor: str) -> Sequence[Mapping[str, Any]]:
    """Those of which something is sent."""
    return [vector for vector in vectors(vendor) if vector["request"] is not None]


def differences(expected: Any, actual: Any, where: str = "") -> Iterator[str]:
    """What is expected and not there. An object is a subset, a scalar a list of it, and a number may be said in digits."""
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            yield f"{where}: {actual!r} is no object"
            return
        for name, value in expected.items():
            if name in actual:
                yield from differences(value, actual[name], f"{where}/{name}")
            else:
                yield f"{where}/{name} is missing"
    elif isinstance(expected, list):
        yield from _list_differences(expected, actual, where)
    elif isinstance(actual, list) and len(actual) == 1:
        yield from differences(expected, actual[0], where)
    elif not _same(expected, actual):
        yield f"{where}: {actual!r} instead of {expected!r}"


def _list_differences(expected: Sequence[Any], actual: Any, where: str) -> Iterator[str]:
    if where.rpartition("/")[2] in _ANY_ORDER:
        for value in expected:
            if not any(not list(differences(value, each)) for each in actual):
                yield f"{where}: no {value!r} among {actual!r}"
    elif not isinstance(actual, list) or len(actual) != len(expected):
        yield f"{where}: {actual!r} instead of {expected!r}"
    else:
        for index, (value, each) in enumerate(zip(expected, actual, strict=True)):
            yield from differences(value, each, f"{where}/{index}")


def _same(expected: Any, actual: Any) -> bool:
    said = isinstance(actual, str) and not isinstance(expected, str | bool) and str(expected) == actual
    return said or bool(isinstance(expected, bool) == isinstance(actual, bool) and expected == actual)


def at(body: Any, pointer: str) -> Any:
    """What stands at a JSON pointer; None where nothing does."""
    for step in pointer.split("/")[1:]:
        if isinstance(body, list) and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        elif isinstance(body, dict) and step in body:
            body = body[step]
        else:
            return None
    return body
