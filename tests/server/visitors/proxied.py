"""Peers, headers that forward, and servers that trust some of them."""

from __future__ import annotations

from typing import Any

from config import ServerSettings
from core.types import Headers
from server.visitors.visitor import Visitors

PROXY = "10.0.0.5"
INNER = "10.0.0.6"
ME = "198.51.100.7"
FORGED = "203.0.113.66"
CLOUDFLARE = "172.71.1.1"
FORWARDED: Headers = (("host", "m.example.com"), ("x-forwarded-for", ME))


def visitors(**server: Any) -> Visitors:
    return Visitors(ServerSettings.model_validate(server))


NOBODY = visitors()
PRIVATE = visitors(trusted_proxies="private")
BEHIND_CLOUDFLARE = visitors(behind="cloudflare")


def xff(*lines: str) -> Headers:
    return tuple(("x-forwarded-for", line) for line in lines)


def forwarded(*lines: str) -> Headers:
    return tuple(("forwarded", line) for line in lines)
