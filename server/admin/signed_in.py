"""The browsers that are signed in. Each has a cookie of its own, which means nothing once it signs out or the server restarts."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from typing import Final

COOKIE: Final = "tagyard_admin"

LASTS: Final = 12 * 3600
"""Seconds after which a browser is asked again."""

MOST: Final = 256
"""Browsers that are signed in at a time; one more, and the first has to sign in anew."""


class SignedIn:
    """Kept in memory alone, by digest. ``clock`` gives steady microseconds."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._until: dict[bytes, int] = {}

    def add(self) -> str:
        """One more browser: its cookie's value."""
        value = secrets.token_urlsafe(32)
        now = self._clock()
        self._until = {digest: until for digest, until in self._until.items() if until > now}
        if len(self._until) >= MOST:
            del self._until[next(iter(self._until))]
        self._until[_digest(value)] = now + LASTS * 1_000_000
        return value

    def holds(self, headers: Mapping[str, str]) -> bool:
        """Whether the cookie of these headers (lower-case names) is one of those."""
        return self._until.get(_digest(_cookie(headers)), 0) > self._clock()

    def remove(self, headers: Mapping[str, str]) -> None:
        """The browser has signed out."""
        self._until.pop(_digest(_cookie(headers)), None)


def _digest(value: str) -> bytes:
    return sha256(value.encode()).digest()


def _cookie(headers: Mapping[str, str]) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found is not None else ""
