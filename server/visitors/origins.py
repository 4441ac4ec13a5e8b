"""CORS for credentialed requests: one exact origin is echoed, or none. ``Vary: Origin`` always.

``null``, which any sandboxed page is, is never told that its request may have credentials.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

from server.visitors.forwarding import read_address
from server.visitors.suffixes import site_of

RawHeaders: TypeAlias = list[tuple[bytes, bytes]]

_LABELS = re.compile(r"[a-z0-9_.-]+", re.ASCII | re.IGNORECASE)
_HOST = re.compile(r"(?:https?:)?//([a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
_VARY: tuple[bytes, bytes] = (b"vary", b"Origin")
_UNREADABLE: RawHeaders = [_VARY]
_LONGEST = 1024
"""Bytes of an origin and a host: more than names may have, and what is worked out for both is remembered."""
_VARY_PREFLIGHT = (b"vary", b"Origin, Access-Control-Request-Headers")
_METHODS = (b"access-control-allow-methods", b"GET, POST, OPTIONS")
_MAX_AGE = (b"access-control-max-age", b"7200")
"""Seconds; Chromium remembers for no longer than this. Whether a reply may be read is asked anew each time all the same."""

_ALWAYS = ("content-type", "x-gtm-server-preview")
MOST_NAMES = 64
"""Names of headers that one preflight is allowed."""
_CORP = "cross-origin-resource-policy"
EMBEDDABLE = ((_CORP.encode(), b"cross-origin"),)
"""What a reply says that every page may load."""
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}", re.ASCII)


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
        self._headers = lru_cache(maxsize=1024)(self._work_out)

    def headers(self, origin: str | None, host: str, *, preflight: str | None = None, plain: bool = False) -> RawHeaders:
        """The CORS headers of a reply, errors included. Nothing but ``Vary`` says that the page may not read it.

        ``preflight``: the names that one asks for. ``plain``: a trusted proxy says that the visitor's request was http.
        """
        if origin is None or len(origin) + len(host) > _LONGEST:
            return _UNREADABLE
        headers = self._headers(origin, host, plain)
        if preflight is None or len(headers) == 1:
            return headers
        return [*headers[:-1], _METHODS, _allowed(preflight), _MAX_AGE, _VARY_PREFLIGHT]

    def _work_out(self, origin: str, host: str, plain: bool) -> RawHeaders:
        if not self.allows(origin, host, plain=plain):
            return _UNREADABLE
        allowed = (b"access-control-allow-origin", origin.encode("latin-1", "replace"))
        return [allowed, _VARY] if origin == "null" else [allowed, (b"access-control-allow-credentials", b"true"), _VARY]

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

    def why_not(self, host: str) -> str:
        """Why an origin that is not allowed is not."""
        if self._same_site:
            site = _hostname(f"//{host}") or "this server"
            return f"it is no https page of the site of {site}; list it under server.allowed_origins"
        return "it is not among server.allowed_origins"

    @staticmethod
    def _fits(origin: str, scheme: str, domain: str) -> bool:
        labels = origin[len(scheme) : -len(domain)]
        return origin.startswith(scheme) and origin.endswith(f".{domain}") and _LABELS.fullmatch(labels) is not None

    def _share_a_site(self, page: str, ours: str | None) -> bool:
        if ours is None:
            return False
        site = site_of(page)
        return page == ours or (site is not None and site == site_of(ours) and not _is_address(page))


def may_read(headers: RawHeaders) -> bool:
    """Whether these headers of a reply let the page read it that has sent the request."""
    return len(headers) > 1


def embeddable(cors: RawHeaders, reply: Iterable[Iterable[str]]) -> RawHeaders:
    """With leave for every page to load the reply, which those need that are under ``Cross-Origin-Embedder-Policy``.

    For what a client has claimed: its hits and scripts are meant for pages of other hosts, and who may read them is for CORS
    to say. A client's own word counts.
    """
    for name, _ in reply:
        if name.lower() == _CORP:
            return cors
    return [*cors, *EMBEDDABLE]


def _allowed(asked: str) -> tuple[bytes, bytes]:
    """The headers that a page may send: those that gtag needs and what it asks for, as far as those are names. Never ``*``."""
    names = [name.strip().lower() for name in asked.split(",", MOST_NAMES)[:MOST_NAMES]]
    named = [name for name in names if name != "*" and _NAME.fullmatch(name)]
    return b"access-control-allow-headers", ", ".join(dict.fromkeys([*_ALWAYS, *named])).encode("ascii")


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
