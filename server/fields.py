"""The header fields of one request, checked once they are there."""

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


MOST: Final = MAX_FIELDS + MAX_CRUMBS
"""Lines of a head, whatever they are."""


def check(fields: Fields, size: int, most_cookies: int, version: Callable[[], str]) -> bool:
    """Whether the sender waits for a word before it sends the body. Cookies on several lines are put on one.

    ``size`` is the whole head's. Raises RefusedError where there is too much, not one Host, or an unknown expectation.
    """
    names = [name for name, _ in fields]
    hosts, crumbs = names.count(b"host"), names.count(b"cookie")
    if size > MAX_HEAD or size > most_cookies or len(names) > MAX_FIELDS:
        _check_size(fields, crumbs, most_cookies)
    if hosts != 1:
        _check_hosts(hosts, version())
    if crumbs > 1:
        _unite_cookies(fields)
    return b"expect" in names and _waits(fields, version())


def _check_size(fields: Fields, crumbs: int, most_cookies: int) -> None:
    cookies = sum([len(value) for name, value in fields if name == b"cookie"])
    others = sum([len(name) + len(value) for name, value in fields if name != b"cookie"])
    if cookies > most_cookies or crumbs > MAX_CRUMBS:
        raise RefusedError(refusals.COOKIES)
    if others > MAX_HEAD or len(fields) - crumbs > MAX_FIELDS:
        raise RefusedError(refusals.TOO_MUCH)


def _check_hosts(hosts: int, version: str) -> None:
    if hosts:
        raise RefusedError(refusals.TWO_HOSTS)
    if version not in ("1.0", "0.9"):
        raise RefusedError(refusals.NO_HOST)


def _waits(fields: Fields, version: str) -> bool:
    """In HTTP/1.0 an expectation means nothing (RFC 9110, 10.1.1)."""
    if version == "1.1" and any(name == b"expect" and value.lower() != b"100-continue" for name, value in fields):
        raise RefusedError(refusals.EXPECTATION)
    return version == "1.1"


def _unite_cookies(fields: Fields) -> None:
    cookies = b"; ".join([value for name, value in fields if name == b"cookie"])
    fields[:] = [*(field for field in fields if field[0] != b"cookie"), (b"cookie", cookies)]
