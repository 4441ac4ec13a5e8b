"""Who may open the admin port. On loopback everybody on this machine may; with a token, who gives it."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_HERE = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.ASCII | re.IGNORECASE)
"""The guard against DNS rebinding: a foreign page whose name resolves to this machine comes with its own Host."""
_ANYWHERE = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?", re.ASCII)
_READS: Final = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Access:
    """``token`` is needed where it is set. Raises ValueError for a blank one, which whoever sends nothing would give."""

    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.token is not None and not self.token.strip():
            raise ValueError("a blank admin token lets everybody in")

    def host_allowed(self, host: str) -> bool:
        """Without a token only the names of this machine: a name that was made to point here reads nothing."""
        return (_ANYWHERE if self.token else _HERE).fullmatch(host) is not None

    def matches(self, given: str) -> bool:
        """Whether this is the token. Takes the same time for every wrong one."""
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())

    def same_site(self, method: str, headers: Mapping[str, str], *, by_header: bool) -> bool:
        """Whether the request comes from our own page, from no page at all, or merely follows a link to us.

        Whatever changes something must say that it comes from our own page, or carry the token in its header, which
        ``by_header`` says of it: no browser sends that by itself. The names of ``headers`` are in lower case.
        """
        site, origin = headers.get("sec-fetch-site", ""), headers.get("origin")
        if method in _READS:
            return site in ("", "same-origin", "none") or _follows_a_link(headers)
        if origin is None:
            return site == "same-origin" or by_header
        host = headers.get("host", "")
        return origin.lower() in (f"http://{host}".lower(), f"https://{host}".lower())


def _follows_a_link(headers: Mapping[str, str]) -> bool:
    """Whether a browser goes to the page itself: a foreign page that frames ours would show nothing, and make work unseen."""
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest", "document") == "document"


def bearer(headers: Mapping[str, str]) -> str:
    """The token in ``Authorization: Bearer TOKEN``, empty where there is none."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


OPEN: Final = Access()
"""Everybody on this machine may; the port is on loopback."""
