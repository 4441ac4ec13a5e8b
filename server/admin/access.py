"""Who may open the admin port. On loopback everybody on this machine may; with a token, who gives it."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Final

COOKIE: Final = "tagyard_admin"

_HERE = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.ASCII | re.IGNORECASE)
"""A page elsewhere whose name was made to point here would come with another Host."""
_ANYWHERE = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?", re.ASCII)
_READS: Final = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Access:
    """``token`` is needed where it is set. A browser trades it for a cookie, which holds what only the token gives."""

    token: str | None = field(default=None, repr=False)

    def host_allowed(self, host: str) -> bool:
        """Without a token only the names of this machine: a name that was made to point here reads nothing."""
        return (_ANYWHERE if self.token else _HERE).fullmatch(host) is not None

    def granted(self, headers: Mapping[str, str]) -> bool:
        """Whether these headers (lower-case names) carry the token or the cookie."""
        return self.token is None or self.by_header(headers) or self._by_cookie(headers)

    def by_header(self, headers: Mapping[str, str]) -> bool:
        """``Authorization: Bearer TOKEN``: no browser sends it by itself."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self.matches(given.strip())

    def matches(self, given: str) -> bool:
        """Whether this is the token. Takes the same time for every wrong one."""
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())

    def cookie(self) -> str:
        """The cookie's value."""
        return hmac.digest((self.token or "").encode(), b"tagyard admin session", "sha256").hex()

    def _by_cookie(self, headers: Mapping[str, str]) -> bool:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return found is not None and hmac.compare_digest(found.value.encode(), self.cookie().encode())

    def same_site(self, method: str, headers: Mapping[str, str]) -> bool:
        """Whether the request comes from our own page, from no page at all, or merely follows a link to us.

        Whatever changes something must say that it comes from our own page, or carry the token in its header.
        """
        site, origin = headers.get("sec-fetch-site", ""), headers.get("origin")
        if method in _READS:
            return site in ("", "same-origin", "none") or headers.get("sec-fetch-mode") == "navigate"
        if origin is None:
            return site == "same-origin" or self.by_header(headers)
        host = headers.get("host", "")
        return origin.lower() in (f"http://{host}".lower(), f"https://{host}".lower())


OPEN: Final = Access()
"""Everybody on this machine may; the port is on loopback."""
