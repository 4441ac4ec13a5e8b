"""The fields that Google's schema of a payload has, by the object they belong to, and the JSON type of each.

Names of parameters and of user properties are the sender's own: no table here holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

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

USER_DATA: Final[Schema] = dict.fromkeys(("sha256_email_address", "sha256_phone_number", "address"), _ANY)
HASHED_OF_ADDRESS: Final = frozenset({"sha256_first_name", "sha256_last_name", "sha256_street"})
PLAIN_OF_ADDRESS: Final = frozenset({"city", "region", "postal_code", "country"})

CLEAR_USER_DATA: Final = ("email_address", "phone_number", "sha256_email", "sha256_phone")
CLEAR_ADDRESS: Final = ("first_name", "last_name", "street")
"""Names that Google's schema has not here, and that some payloads have: tags understand them, and hash what is clear."""
