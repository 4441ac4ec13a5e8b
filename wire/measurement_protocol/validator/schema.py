"""The fields of a payload, and the JSON type of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from wire.measurement_protocol.document import below
from wire.measurement_protocol.validator.checks import Check
from wire.measurement_protocol.validator.findings import Findings

_STRING: Final = (str, "string")
_BOOLEAN: Final = (bool, "boolean")
_OBJECT: Final = (dict, "object")
_ARRAY: Final = (list, "array")
_ANY: Final = (object, "")
"""A check of its own looks at the type."""

Schema: TypeAlias = Mapping[str, tuple[type, str]]

REQUEST: Final[Schema] = {
    "client_id": _STRING,
    "app_instance_id": _STRING,
    "user_id": _STRING,
    "timestamp_micros": _ANY,
    "user_properties": _OBJECT,
    "user_data": _OBJECT,
    "consent": _OBJECT,
    "non_personalized_ads": _BOOLEAN,
    "user_location": _OBJECT,
    "ip_override": _STRING,
    "device": _OBJECT,
    "user_agent": _STRING,
    "validation_behavior": _ANY,
    "validationBehavior": _ANY,
    "events": _ARRAY,
}
USER_PROPERTY: Final[Schema] = {"value": _ANY, "timestamp_micros": _ANY}
CONSENT: Final[Schema] = dict.fromkeys(("ad_user_data", "ad_personalization"), _ANY)
USER_LOCATION: Final[Schema] = dict.fromkeys(("city", "region_id", "country_id", "subcontinent_id", "continent_id"), _STRING)
DEVICE: Final[Schema] = dict.fromkeys(
    (
        "category",
        "language",
        "screen_resolution",
        "operating_system",
        "operating_system_version",
        "model",
        "brand",
        "browser",
        "browser_version",
    ),
    _STRING,
)
EVENT: Final[Schema] = {"name": _STRING, "params": _OBJECT, "timestamp_micros": _ANY}


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
