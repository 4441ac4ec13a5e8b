"""What is read of a body and what is found wrong with it, and a payload that has every name of the schema in both spellings."""

from __future__ import annotations

from typing import Any

import orjson

from wire.measurement_protocol.document import read
from wire.measurement_protocol.validator import validate

NOW = 1_764_340_311_502_000
WEB = {"measurement_id": "G-ABC123XYZ0", "api_secret": "s3cret"}


def payload(body: Any) -> Any:
    return read(body if isinstance(body, bytes) else orjson.dumps(body)).payload


def codes(body: Any) -> list[tuple[str, str]]:
    """Path and code of everything that the validator finds."""
    found = validate(WEB, body if isinstance(body, bytes) else orjson.dumps(body), NOW)
    return [(finding.field_path, finding.code) for finding in found]


SNAKE = {
    "client_id": "1.2",
    "app_instance_id": "0" * 32,
    "user_id": "U",
    "timestamp_micros": NOW,
    "user_properties": {"myTier": {"value": "gold", "timestamp_micros": NOW}},
    "user_data": {
        "sha256_email_address": "a" * 64,
        "sha256_phone_number": ["b" * 64],
        "address": [{"sha256_first_name": "c" * 64, "sha256_last_name": "d" * 64, "sha256_street": "e" * 64, "postal_code": "1"}],
    },
    "consent": {"ad_user_data": "DENIED", "ad_personalization": "DENIED"},
    "non_personalized_ads": True,
    "user_location": {"city": "Bonn", "region_id": "DE-NW", "country_id": "DE", "subcontinent_id": "155", "continent_id": "150"},
    "ip_override": "203.0.113.7",
    "device": {
        "screen_resolution": "1x2",
        "operating_system": "Android",
        "operating_system_version": "1",
        "browser_version": "2",
    },
    "user_agent": "Mozilla/5.0",
    "validation_behavior": "RELAXED",
    "events": [{"name": "a_b", "timestamp_micros": NOW, "params": {"sessionId": "5", "camelCase": {"innerName": 1}}}],
}


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(each[0].upper() + each[1:] for each in others)


def respelt(value: Any) -> Any:
    """The value with names in camelCase wherever they are the schema's own."""
    if isinstance(value, list):
        return [respelt(each) for each in value]
    if not isinstance(value, dict):
        return value
    own = {"params", "user_properties"}
    return {camel(name): inner if name in own else respelt(inner) for name, inner in value.items()}


EVENT = {"name": "a", "params": {"x": 1}}
