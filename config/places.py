"""Texts that say where something is: a port to open, an origin, a host, a path, a header."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

_ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+", re.ASCII)
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?", re.ASCII)
_ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?")
_APP_ORIGIN = re.compile(r"(?!(?:https?|ftp|wss?|data|blob|about|javascript):)[a-z][a-z0-9+.-]*://[A-Za-z0-9._-]*(:[0-9]{1,5})?")
"""The origin of pages that an app brings along, which its own scheme names: ``capacitor://localhost``, ``file://``."""

OPAQUE = "null"
"""The origin of every sandboxed page, whoever has written it."""


class Address(NamedTuple):
    """Where a port is opened; ``host`` without the brackets of IPv6."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _address(value: Any) -> Any:
    found = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    if not found or int(found["port"]) > 65535:
        raise ValueError("must be an address and a port, such as 0.0.0.0:8080 or [::1]:8081")
    return Address(found["host"].strip("[]"), int(found["port"]))


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches the address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _origin(value: str) -> str:
    if value != OPAQUE and not _ORIGIN.fullmatch(value) and not _APP_ORIGIN.fullmatch(value):
        raise ValueError(
            "must be an origin in lower case, such as https://www.example.com or https://*.example.com; "
            "an app's, such as capacitor://localhost; or null"
        )
    return value


def _opaque(value: Any) -> Any:
    """What YAML reads as nothing stands for the origin of that name."""
    return OPAQUE if value is None else value


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError("must be a host name in lower case without a scheme or a path, such as data.example.com")
    return value


def _prefix(value: str) -> str:
    if value and (not _PREFIX.fullmatch(value) or not {".", ".."}.isdisjoint(value.split("/"))):
        raise ValueError("must be a path such as /metrics: with a / before it, and none behind it")
    return value


Listening = Annotated[Address, BeforeValidator(_address, json_schema_input_type=str), PlainSerializer(str)]
Origin = Annotated[str, BeforeValidator(_opaque, json_schema_input_type=str | None), AfterValidator(_origin)]
Host = Annotated[str, AfterValidator(_host)]
PathPrefix = Annotated[str, AfterValidator(_prefix)]
HeaderName = Annotated[str, Field(pattern="^[A-Za-z0-9-]{1,100}$")]
