"""Cookies as they travel: what a request brings under a name, and the one place where a ``Set-Cookie`` is made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from core.types import Request
from wire.ga4.query import escape

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_ATTRIBUTE = re.compile(r"[!-:<-~]*")
"""Printable ASCII without a space and without ``;``."""
_VALUE = re.compile(r"[!#-+\--:<-\[\]-~]*")
"""The same without ``"``, ``,`` and the backslash: what RFC 6265 has a cookie's value made of."""


ON_SITE: Final = ("Secure", "SameSite=Lax")
"""How most cookies are sent."""
EVERYWHERE: Final = ("Secure", "SameSite=None")
"""Also with what a page of another site sends."""
IN_CLEAR: Final = ("SameSite=Lax",)
"""Also where nothing is encrypted."""


def is_cookie_name(name: object) -> bool:
    """Whether it is a text that may name a cookie: a token of RFC 9110, of sensible length."""
    return isinstance(name, str) and _TOKEN.fullmatch(name) is not None


def is_cookie_value(text: str) -> bool:
    """Whether a cookie may have this value as it stands."""
    return _VALUE.fullmatch(text) is not None


def pairs(request: Request) -> Iterator[tuple[str, str]]:
    """Every cookie of the request as it was sent, in order: names may repeat, and nothing is decoded."""
    for header, line in request.headers:
        if header == "cookie":
            for piece in line.split(";"):
                name, equals, value = piece.strip(" \t").partition("=")
                if equals:
                    yield name, value


def values(request: Request, name: str) -> Iterator[str]:
    """What the request brings under this name. A browser sends several where domains or paths of cookies overlap."""
    return (value for found, value in pairs(request) if found == name)


def set_cookie(
    name: str,
    value: str,
    *,
    max_age: int,
    domain: str | None = None,
    path: str = "/",
    http_only: bool = True,
    encoded: bool = False,
    sent: Sequence[str] = ON_SITE,
) -> tuple[str, str]:
    """The header of a cookie that lasts ``max_age`` seconds, and is ``sent`` with what comes from the site, encrypted.

    The value is percent-encoded, unless it comes ``encoded``, as a browser sent it. Raises ValueError where that, the name, the
    domain or the path holds anything that could end it.
    """
    if not is_cookie_name(name):
        raise ValueError("a cookie's name is made of letters, digits and !#$%&'*+.^_`|~-")
    if not _ATTRIBUTE.fullmatch(path) or not _ATTRIBUTE.fullmatch(domain or ""):
        raise ValueError("a cookie's domain and path are printable ASCII without spaces and ;")
    if encoded and not is_cookie_value(value):
        raise ValueError("a cookie's value is printable ASCII without spaces, quotation marks, commas, ; and backslashes")
    parts = [f"{name}={value if encoded else escape(value)}", f"Max-Age={max_age}", f"Path={path}", *sent]
    if domain is not None:
        parts.insert(2, f"Domain={domain}")
    if http_only:
        parts.append("HttpOnly")
    return "set-cookie", "; ".join(parts)
