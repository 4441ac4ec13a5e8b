"""CORS for credentialed requests: one exact origin is echoed, or none. ``Vary: Origin`` always."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

RawHeaders: TypeAlias = list[tuple[bytes, bytes]]

_VARY: tuple[bytes, bytes] = (b"vary", b"Origin")
_PREFLIGHT: RawHeaders = [
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", b"content-type, x-gtm-server-preview"),
    (b"access-control-max-age", b"600"),
]


class Origins:
    """Whose pages may read replies. ``allowed`` holds exact origins and ``https://*.example.com``.

    With an empty list: pages of the same registrable domain as the request's own host.
    """

    def __init__(self, allowed: Sequence[str]) -> None:
        self._exact = frozenset(origin for origin in allowed if "*" not in origin)
        self._wild = [tuple(origin.split("*.", 1)) for origin in allowed if "*" in origin]
        self._same_site = not allowed
        self._suffixes = PublicSuffixList()
        self._headers = lru_cache(maxsize=1024)(self._work_out)

    def headers(self, origin: bytes | None, host: bytes, *, preflight: bool = False) -> RawHeaders:
        """The CORS headers of a reply, errors included."""
        headers = self._headers(origin, host)
        return headers + _PREFLIGHT if preflight and len(headers) > 1 else headers

    def _work_out(self, origin: bytes | None, host: bytes) -> RawHeaders:
        if origin is None or not self.allows(origin.decode("latin-1"), host.decode("latin-1")):
            return [_VARY]
        return [(b"access-control-allow-origin", origin), (b"access-control-allow-credentials", b"true"), _VARY]

    def allows(self, origin: str, host: str) -> bool:
        """Whether a page of this origin may read what the server at this host answers."""
        if origin in self._exact:
            return True
        if any(self._fits(origin, scheme, domain) for scheme, domain in self._wild):
            return True
        return self._same_site and self._share_a_site(_hostname(origin), _hostname(f"//{host}"))

    @staticmethod
    def _fits(origin: str, scheme: str, domain: str) -> bool:
        return origin.startswith(scheme) and origin.endswith(f".{domain}") and "/" not in origin[len(scheme) :]

    def _share_a_site(self, page: str | None, ours: str | None) -> bool:
        if page is None or ours is None:
            return False
        site = self._suffixes.privatesuffix(page)
        return page == ours or (site is not None and site == self._suffixes.privatesuffix(ours) and not _is_address(page))


def _hostname(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  reading it is what refuses a malformed port
        return parts.hostname
    except ValueError:
        return None


def _is_address(host: str) -> bool:
    return ":" in host or host.rpartition(".")[2].isdigit()
