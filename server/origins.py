"""CORS for credentialed requests: one exact origin is echoed, or none. ``Vary: Origin`` always."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from publicsuffixlist import PublicSuffixList

from server.forwarding import read_address

RawHeaders: TypeAlias = list[tuple[bytes, bytes]]

_LABELS = re.compile(r"[a-z0-9_.-]+", re.ASCII | re.IGNORECASE)
_HOST = re.compile(r"(?:https?:)?//([a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
_VARY: tuple[bytes, bytes] = (b"vary", b"Origin")
_PREFLIGHT: RawHeaders = [
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", b"content-type, x-gtm-server-preview"),
    (b"access-control-max-age", b"600"),
]


class Origins:
    """Whose pages may read replies. ``allowed`` holds exact origins and ``https://*.example.com``.

    With an empty list: pages of the same registrable domain as the request's own host that came by https; by http only
    on the machine itself, or where the request to us did (``plain``). Whoever sits on the wire writes what an http page
    says, and would read the replies that an https site's visitor gets.
    """

    def __init__(self, allowed: Sequence[str]) -> None:
        self._exact = frozenset(origin for origin in allowed if "*" not in origin)
        self._wild = [tuple(origin.split("*.", 1)) for origin in allowed if "*" in origin]
        self._same_site = not allowed
        self._suffixes = PublicSuffixList()
        self._headers = lru_cache(maxsize=1024)(self._work_out)

    def headers(self, origin: bytes | None, host: bytes, *, preflight: bool = False, plain: bool = False) -> RawHeaders:
        """The CORS headers of a reply, errors included. ``plain``: a trusted proxy says that the visitor's request was http."""
        headers = self._headers(origin, host, plain)
        return headers + _PREFLIGHT if preflight and len(headers) > 1 else headers

    def _work_out(self, origin: bytes | None, host: bytes, plain: bool) -> RawHeaders:
        if origin is None or not self.allows(origin.decode("latin-1"), host.decode("latin-1"), plain=plain):
            return [_VARY]
        return [(b"access-control-allow-origin", origin), (b"access-control-allow-credentials", b"true"), _VARY]

    def allows(self, origin: str, host: str, *, plain: bool = False) -> bool:
        """Whether a page of this origin may read what the server at this host answers."""
        if origin in self._exact:
            return True
        if any(self._fits(origin, scheme, domain) for scheme, domain in self._wild):
            return True
        page = _hostname(origin)
        if not self._same_site or page is None or not (plain or origin.lower().startswith("https:") or _is_here(page)):
            return False
        return self._share_a_site(page, _hostname(f"//{host}"))

    @staticmethod
    def _fits(origin: str, scheme: str, domain: str) -> bool:
        labels = origin[len(scheme) : -len(domain)]
        return origin.startswith(scheme) and origin.endswith(f".{domain}") and _LABELS.fullmatch(labels) is not None

    def _share_a_site(self, page: str, ours: str | None) -> bool:
        if ours is None:
            return False
        site = self._suffixes.privatesuffix(page)
        return page == ours or (site is not None and site == self._suffixes.privatesuffix(ours) and not _is_address(page))


def _hostname(url: str) -> str | None:
    """The host of an origin or of ``//host:port``; None for anything more, or anything no browser would send."""
    found = _HOST.fullmatch(url)
    return found[1].lower() if found else None


def _is_here(host: str) -> bool:
    """Whether the name can only mean the machine that the browser runs on."""
    address = read_address(host)
    return address.is_loopback if address else host == "localhost" or host.endswith(".localhost")


def _is_address(host: str) -> bool:
    return ":" in host or host.rpartition(".")[2].isdigit()
