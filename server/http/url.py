"""From a URL to where it leads and what is asked for there."""

from __future__ import annotations

import re
from functools import lru_cache
from string import punctuation
from typing import NamedTuple
from urllib.parse import quote

from server.http.errors import InvalidRequest

_ORIGIN = re.compile(r"(https?)://(?:\[([0-9a-f:.]+)\]|([^\s\0-\x1f\x7f/?#@\\:\[\]%]+))(?::([0-9]{1,5}))?", re.IGNORECASE)
_CONTROL = re.compile(r"[\0-\x1f\x7f]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Endpoint(NamedTuple):
    """What connections are shared by. ``authority`` is host and port as Host has them: the port only if not the default."""

    scheme: str
    host: str
    port: int
    literal_host: bool
    authority: str


def split(url: str, literal_host: bool) -> tuple[Endpoint, str]:
    """The destination, and path with query as ASCII without a space or a fragment. Raises InvalidRequest."""
    slash = url.find("/", 8)
    origin, target = url[:slash], url[slash:]
    if slash < 0 or "?" in origin or "#" in url:
        origin, target = _split_oddly(url)
    if " " in target or not target.isascii():
        target = _encode(target)
    return _destination(origin, literal_host), target


def _split_oddly(url: str) -> tuple[str, str]:
    """A URL without a path, or with a fragment."""
    url = url.partition("#")[0]
    ends = [at for at in (url.find("/", 8), url.find("?", 8)) if at >= 0]
    end = min(ends, default=len(url))
    origin, target = url[:end], url[end:]
    return origin, target if target.startswith("/") else f"/{target}"


def _encode(target: str) -> str:
    if _CONTROL.search(target):
        raise InvalidRequest("the URL holds a line break or another control character")
    return quote(target, safe=punctuation, errors="replace")


@lru_cache(1024)
def _destination(origin: str, literal_host: bool) -> Endpoint:
    match = _ORIGIN.fullmatch(origin)
    if not match:
        raise InvalidRequest("the URL does not begin like https://host/ or http://host:port/")
    scheme, ipv6, name, digits = match.groups()
    scheme = scheme.lower()
    port = int(digits) if digits else _DEFAULT_PORTS[scheme]
    if not 0 < port < 65536:
        raise InvalidRequest(f"the URL's port {port} does not exist")
    host = ipv6.lower() if ipv6 else _ascii_host(name)
    shown = f"[{host}]" if ipv6 else host
    authority = shown if port == _DEFAULT_PORTS[scheme] else f"{shown}:{port}"
    return Endpoint(scheme, host, port, literal_host, authority)


def _ascii_host(name: str) -> str:
    try:
        return name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise InvalidRequest("the URL's host is not a valid name") from None
