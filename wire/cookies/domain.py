"""Which domain a cookie is for: the registrable one, by the public suffix list, so that every host of the site has it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

from core.types import Request

AUTO = "auto"
_LONGEST = 253
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"({_LABEL}(?:\.{_LABEL})*)(?::[0-9]{{1,5}})?", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""The last label of an IPv4 address in any of the spellings that browsers take."""


def domain_by(setting: str) -> Callable[[Request], str | None]:
    """How the cookie domain of a request is found: ``auto``, by its host, else always the one that is set."""
    if setting != AUTO:
        return lambda _: setting
    _suffixes()  # read at start, not while a visitor waits
    return request_domain


def request_domain(request: Request) -> str | None:
    """The registrable domain of the request's one Host.

    None, which means a cookie of that host alone, for localhost, an address, a public suffix (``github.io``), and where
    the Host is missing, repeated or malformed.
    """
    hosts = [value for name, value in request.headers if name == "host"]
    return registrable(hosts[0]) if len(hosts) == 1 and len(hosts[0]) <= _LONGEST + len(":65535") else None


def level(domain: str | None) -> int:
    """The number of a cookie domain's labels, as Google's cookies note it; 1 where the cookie is of one host alone."""
    return 1 if domain is None else domain.count(".") + 1


def is_cookie_domain(domain: str) -> bool:
    """Whether a browser takes cookies for this whole domain."""
    found = _HOST.fullmatch(domain)
    return found is not None and found[1] == domain and len(domain) <= _LONGEST and registrable(domain) is not None


@lru_cache(1024)
def registrable(host: str) -> str | None:
    """The registrable domain of a host, which may have a port; None where it has none."""
    found = _HOST.fullmatch(host)
    name = found[1].lower() if found else ""
    if not name or _NUMBER.fullmatch(name.rpartition(".")[2]):
        return None
    domain: str | None = _suffixes().privatesuffix(name)
    return domain


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
