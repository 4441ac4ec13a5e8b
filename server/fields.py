"""The header fields of one request: counted as they come, and checked once they are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from server import refusals
from server.refusals import MAX_FIELDS, MAX_HEAD, RefusedError

Fields: TypeAlias = list[tuple[bytes, bytes]]

MAX_COOKIES: Final = 64 * 1024
"""Bytes of cookies, beside MAX_HEAD of all other fields: a host of the site itself gets every cookie of the site."""
MAX_CRUMBS: Final = 500
"""Lines that the cookies may be spread over: a proxy that speaks HTTP/2 in front may leave each cookie on a line of its own."""


class FieldLimits:
    """Of one connection; ``reset`` begins a request. Whatever goes beyond raises RefusedError."""

    __slots__ = ("_bytes", "_cookies", "_crumbs", "_fields", "_most_cookies")

    def __init__(self, most_cookies: int) -> None:
        self._most_cookies = most_cookies
        self.reset()

    def reset(self) -> None:
        """Nothing is counted yet."""
        self._bytes = self._fields = self._cookies = self._crumbs = 0

    def count(self, name: bytes, value: bytes) -> None:
        """One field of the head or of the trailer."""
        if name == b"cookie":
            self._cookies += len(value)
            self._crumbs += 1
            if self._cookies > self._most_cookies or self._crumbs > MAX_CRUMBS:
                raise RefusedError(refusals.COOKIES)
            return
        self._bytes += len(name) + len(value)
        self._fields += 1
        if self._bytes > MAX_HEAD or self._fields > MAX_FIELDS:
            raise RefusedError(refusals.TOO_MUCH)

    def check(self, fields: Fields, version: Callable[[], str]) -> bool:
        """Whether the sender waits for a word before it sends the body. Cookies on several lines are put on one."""
        hosts, waits = 0, False
        for name, value in fields:
            if name == b"host":
                hosts += 1
            elif name == b"expect" and version() == "1.1":  # in HTTP/1.0 it means nothing (RFC 9110, 10.1.1)
                if value.lower() != b"100-continue":
                    raise RefusedError(refusals.EXPECTATION)
                waits = True
        if hosts > 1:
            raise RefusedError(refusals.TWO_HOSTS)
        if not hosts and version() not in ("1.0", "0.9"):
            raise RefusedError(refusals.NO_HOST)
        if self._crumbs > 1:
            _unite_cookies(fields)
        return waits


def _unite_cookies(fields: Fields) -> None:
    cookies = b"; ".join([value for name, value in fields if name == b"cookie"])
    fields[:] = [*(field for field in fields if field[0] != b"cookie"), (b"cookie", cookies)]
