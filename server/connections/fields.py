"""The header fields of one request, checked once they are there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from core.types import Headers
from server.connections import refusals
from server.connections.refusals import MAX_FIELDS, MAX_HEAD, RefusedError
from server.visitors.forwarding import read_address

Fields: TypeAlias = list[tuple[bytes, bytes]]

MAX_COOKIES: Final = 64 * 1024
"""Bytes of cookies, beside MAX_HEAD of all other fields: a host of the site itself gets every cookie of the site."""
MAX_CRUMBS: Final = 500
"""Lines that the cookies may be spread over: a proxy that speaks HTTP/2 in front may leave each cookie on a line of its own."""


LONGEST_HOST: Final = 260
"""Bytes: the longest name of the DNS, and a port."""
MOST_HOSTS: Final = 1000
"""Well-formed hosts that are remembered, so that each is looked into once. Senders make them up: then all are forgotten."""

_HOSTS: Final[set[str]] = set()
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?|\[(?P<v6>[0-9A-Fa-f:.]+)\])(?::(?P<port>[0-9]{0,5}))?|")
_LAST_PORT: Final = 65535

MOST_NAMES: Final = 1000
LONGEST_NAME: Final = 64


MOST: Final = MAX_FIELDS + MAX_CRUMBS
"""Lines of a head, whatever they are."""


def is_usual(headers: Headers, named: Mapping[str, str], size: int, most_cookies: int) -> bool:
    """Whether ``check`` would find nothing to do or to say. ``named`` are the headers by name, ``size`` is the whole head's."""
    return (
        len(named) == len(headers) <= MAX_FIELDS
        and size <= MAX_HEAD
        and size <= most_cookies
        and named.get("host") in _HOSTS
        and "transfer-encoding" not in named
        and "expect" not in named
    )


def check(fields: Fields, size: int, most_cookies: int, version: Callable[[], str]) -> bool:
    """Whether the sender waits for a word before it sends the body. Cookies on several lines are put on one.

    ``size`` is the whole head's. Raises RefusedError where there is too much, not one well-formed Host, a coding that nobody
    undoes, or an unknown expectation.
    """
    names = [name for name, _ in fields]
    hosts, crumbs = names.count(b"host"), names.count(b"cookie")
    if size > MAX_HEAD or size > most_cookies or len(fields) > MAX_FIELDS:
        _check_size(fields, crumbs, most_cookies)
    if hosts != 1:
        _check_hosts(hosts, version())
    else:
        _check_host(fields, names.index(b"host"))
    if b"transfer-encoding" in names:
        _check_coding(fields)
    waits = b"expect" in names and _waits(fields, version())
    if crumbs > 1:
        _unite_cookies(fields)
    return waits


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


def _check_host(fields: Fields, at: int) -> None:
    """A name or an address, with a port or without. Probes of balancers leave it empty. White space around it is left out."""
    host = fields[at][1].strip(b" \t")
    fields[at] = (b"host", host)
    found = _HOST.fullmatch(host)
    if found is None or len(host) > LONGEST_HOST or int(found["port"] or 0) > _LAST_PORT or not _is_address(found["v6"]):
        raise RefusedError(refusals.BAD_HOST)
    if len(_HOSTS) >= MOST_HOSTS:
        _HOSTS.clear()
    _HOSTS.add(host.decode("ascii"))


def _is_address(bracketed: bytes | None) -> bool:
    return bracketed is None or read_address(bracketed.decode("ascii")) is not None


def _check_coding(fields: Fields) -> None:
    """The parser takes any list that ends in chunked, and would hand on what is still compressed."""
    if [value.strip(b" \t").lower() for name, value in fields if name == b"transfer-encoding"] != [b"chunked"]:
        raise RefusedError(refusals.CODING)


def _waits(fields: Fields, version: str) -> bool:
    """In HTTP/1.0 an expectation means nothing (RFC 9110, 10.1.1)."""
    if version == "1.1" and any(name == b"expect" and value.lower() != b"100-continue" for name, value in fields):
        raise RefusedError(refusals.EXPECTATION)
    return version == "1.1"


def _unite_cookies(fields: Fields) -> None:
    cookies = b"; ".join([value for name, value in fields if name == b"cookie"])
    fields[:] = [*(field for field in fields if field[0] != b"cookie"), (b"cookie", cookies)]
