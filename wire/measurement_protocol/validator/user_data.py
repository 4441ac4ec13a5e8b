"""``user_data``: hashes of who the visitor is, and their addresses. Each field is a value, or a list of values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from wire.measurement_protocol.checks import Check
from wire.measurement_protocol.schema import HASHED_OF_ADDRESS, PLAIN_OF_ADDRESS
from wire.measurement_protocol.validator.findings import Findings
from wire.measurement_protocol.validator.known import object_at

_MOST: Final[Mapping[str, int]] = {"sha256_email_address": 3, "sha256_phone_number": 3, "address": 2}

_is_hash: Final = re.compile(r"[0-9A-Fa-f]{64}").fullmatch
_is_country: Final = re.compile(r"[A-Za-z]{2}").fullmatch


def check_user_data(found: Findings, user_data: Any, user_id: Any) -> None:
    """The whole of it, if it is an object."""
    if not isinstance(user_data, dict):
        return
    if user_id in (None, ""):
        found.add(Check.USER_DATA_ALONE)
    for name, value in user_data.items():
        if name not in _MOST:
            found.add(Check.USER_DATA_FIELD, k=name)
        else:
            _check_field(found, name, value)


def _check_field(found: Findings, name: str, value: Any) -> None:
    if isinstance(value, list) and len(value) > _MOST[name]:
        found.add(Check.USER_DATA_MANY, k=name, n=len(value), max=_MOST[name])
    for path, each in _each(name, value):
        if name == "address":
            _check_address(found, object_at(found, each, f"user_data.{path}"), path)
        else:
            _check_hash(found, path, each)


def _each(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        yield from ((f"{path}[{at}]", each) for at, each in enumerate(value))
    else:
        yield path, value


def _check_address(found: Findings, address: Mapping[str, Any], path: str) -> None:
    for name, value in address.items():
        if name in HASHED_OF_ADDRESS:
            _check_hash(found, f"{path}.{name}", value)
        elif name not in PLAIN_OF_ADDRESS:
            found.add(Check.USER_DATA_FIELD, k=f"{path}.{name}")
        elif not isinstance(value, str | None):
            found.add(Check.WRONG_TYPE, path=f"user_data.{path}.{name}", type="string")
    country = address.get("country")
    if isinstance(country, str) and not _is_country(country):
        found.add(Check.USER_DATA_COUNTRY, k=f"{path}.country", v=country)


def _check_hash(found: Findings, path: str, value: Any) -> None:
    if value is not None and not (isinstance(value, str) and _is_hash(value)):
        found.add(Check.USER_DATA_HASH, k=path)
