"""What a payload says about the visitor: user properties, consent, location, device, address."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Final

from wire.address import is_address
from wire.measurement_protocol import names, schema
from wire.measurement_protocol.checks import Check
from wire.measurement_protocol.paths import below
from wire.measurement_protocol.validator.findings import Findings
from wire.measurement_protocol.validator.known import check_fields, object_at
from wire.measurement_protocol.validator.times import check_time
from wire.measurement_protocol.validator.values import MOST_EXAMINED

_MOST_PROPERTIES: Final = 25
_LONGEST_PROPERTY_NAME: Final = 24
_LONGEST_PROPERTY: Final = 36
_CONSENT: Final = (None, "GRANTED", "DENIED")

_is_country: Final = re.compile(r"[A-Z]{2}").fullmatch
_is_region: Final = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}").fullmatch
_is_area: Final = re.compile(r"[0-9]{3}").fullmatch
_is_screen: Final = re.compile(r"[0-9]+x[0-9]+").fullmatch
_PLACES: Final[Mapping[str, Callable[[str], object]]] = {
    "country_id": _is_country,
    "region_id": _is_region,
    "subcontinent_id": _is_area,
    "continent_id": _is_area,
}
"""ISO 3166-1, ISO 3166-2, and the three digits of UN M49."""


def check_visitor(found: Findings, payload: Mapping[str, Any], now: int) -> None:
    """Each part, if it is given."""
    if "user_properties" in payload:
        _check_properties(found, payload["user_properties"], now)
    if "consent" in payload:
        _check_consent(found, payload["consent"])
    if "user_location" in payload:
        _check_location(found, payload["user_location"])
    if "device" in payload:
        _check_device(found, payload["device"])
    address = payload.get("ip_override")
    if isinstance(address, str) and found.enforced and not is_address(address):
        found.add(Check.IP, v=address)


def _check_properties(found: Findings, properties: Any, now: int) -> None:
    if not isinstance(properties, dict):
        return
    if len(properties) > _MOST_PROPERTIES:
        found.add(Check.MANY_PROPERTIES, n=len(properties))
    for name, entry in islice(properties.items(), MOST_EXAMINED):
        _check_property_name(found, name)
        path = below("user_properties", name)
        entry = object_at(found, entry, path)
        if entry:
            check_fields(found, entry, schema.USER_PROPERTY, path)
            check_time(found, entry.get("timestamp_micros"), below(path, "timestamp_micros"), now)
        _check_property_value(found, name, entry.get("value"))


def _check_property_name(found: Findings, name: str) -> None:
    if not names.is_name(name):
        found.add(Check.PROPERTY_NAME, k=name)
    if len(name) > _LONGEST_PROPERTY_NAME:
        found.add(Check.PROPERTY_NAME_LONG, k=name, n=len(name))
    if name in names.RESERVED_USER_PROPERTIES or name.startswith(names.RESERVED_PREFIXES):
        found.add(Check.PROPERTY_NAME_RESERVED, k=name)


def _check_property_value(found: Findings, name: str, value: Any) -> None:
    if value is None:
        found.add(Check.PROPERTY_EMPTY, k=name)
    elif isinstance(value, str):
        if len(value) > _LONGEST_PROPERTY:
            found.add(Check.PROPERTY_LONG, k=name, n=len(value))
    elif isinstance(value, bool) or not isinstance(value, int | float):
        found.add(Check.PROPERTY_VALUE, k=name)


def _check_consent(found: Findings, consent: Any) -> None:
    if isinstance(consent, dict):
        check_fields(found, consent, schema.CONSENT, "consent")
        for kind in schema.CONSENT:
            if consent.get(kind) not in _CONSENT:
                found.add(Check.CONSENT, k=kind)


def _check_location(found: Findings, location: Any) -> None:
    if isinstance(location, dict):
        check_fields(found, location, schema.USER_LOCATION, "user_location")
        for name, fits in _PLACES.items():
            value = location.get(name)
            if isinstance(value, str) and not fits(value):
                found.add(Check.LOCATION, k=name, v=value)


def _check_device(found: Findings, device: Any) -> None:
    if isinstance(device, dict):
        check_fields(found, device, schema.DEVICE, "device")
        screen = device.get("screen_resolution")
        if isinstance(screen, str) and not _is_screen(screen):
            found.add(Check.SCREEN, v=screen)
