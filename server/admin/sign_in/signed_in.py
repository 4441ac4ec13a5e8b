"""The browsers that are signed in. Each has a cookie of its own, which means nothing once it signs out or the server restarts."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Final

from core.own_cookies import ADMIN

COOKIE: Final = ADMIN

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
        now = self._clock()
        return any(self._until.get(digest, 0) > now for digest in _digests(headers))

    def remove(self, headers: Mapping[str, str]) -> None:
        """The browser has signed out."""
        for digest in _digests(headers):
            self._until.pop(digest, None)


def _digest(value: str) -> bytes:
    return sha256(value.encode()).digest()


def _digests(headers: Mapping[str, str]) -> Iterator[bytes]:
    """Of each cookie of our name. What others have left at this host may look as it likes: none of it hides ours."""
    for crumb in headers.get("cookie", "").split(";"):
        name, _, value = crumb.partition("=")
        if name.strip() == COOKIE:
            yield _digest(value.strip())
