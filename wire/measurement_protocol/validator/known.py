"""Fields of a payload against the schema: that somebody knows them, and that their types are right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wire.measurement_protocol.checks import Check
from wire.measurement_protocol.paths import below
from wire.measurement_protocol.schema import Schema
from wire.measurement_protocol.validator.findings import Findings


def check_fields(found: Findings, value: Mapping[str, Any], schema: Schema, path: str = "") -> None:
    """Finds fields that nobody knows, and known ones of another type. null is the same as not given."""
    for name, field in value.items():
        known = schema.get(name)
        if known is None:
            found.add(Check.UNKNOWN_FIELD, where=f"({path}) " if path else "", k=name)
        elif field is not None and not isinstance(field, known[0]):
            found.add(Check.WRONG_TYPE, path=below(path, name), type=known[1])


def object_at(found: Findings, value: Any, path: str) -> Mapping[str, Any]:
    """The value if it is an object; another, unless it is null, is a finding and counts as an empty one."""
    if isinstance(value, dict):
        return value
    if value is not None:
        found.add(Check.WRONG_TYPE, path=path, type="object")
    return {}
