"""The parts of a URL as expressions read them: by position, without decoding, never raising."""

from __future__ import annotations

import re
from typing import Final

from core.query import parse_pairs, plain_ampersands

_PLAIN: Final = re.compile(r"https?://([a-z0-9.-]+)(?:/|\Z)")
"""How nearly every address of a page begins: what it finds there is what the long way would find."""


def url_host(url: str) -> str | None:
    """The host in lower case, without user and port; None where the text is no absolute URL."""
    plain = _PLAIN.match(url)
    return plain[1] if plain else _host(url)


def _host(url: str) -> str | None:
    parts = _split(url)
    if parts is None or parts[0] is None:
        return None
    host = parts[0].rpartition("@")[2].lower()
    if host.startswith("["):
        return host.partition("]")[0][1:] or None
    return host.partition(":")[0] or None


def url_path(url: str) -> str | None:
    """The path as it was written, ``/`` where there is none; also of a text that starts with a slash."""
    parts = _split(url)
    return None if parts is None else parts[1] or "/"


def url_query(url: str, name: str) -> str | None:
    """The first value of this name in the query, decoded."""
    parts = _split(url)
    return None if parts is None else parse_pairs(plain_ampersands(parts[2]).replace("+", " ").split("&")).get(name)


def _split(url: str) -> tuple[str | None, str, str] | None:
    """(authority, path, query) of an absolute URL, or of what follows a host, whose authority is None."""
    rest, _, query = url.partition("#")[0].partition("?")
    if rest.startswith("/") and not rest.startswith("//"):
        return None, rest, query
    scheme, mark, rest = rest.partition("//")
    if not mark or (scheme and not _is_scheme(scheme)):
        return None
    authority, slash, path = rest.partition("/")
    return authority, slash + path, query


def _is_scheme(text: str) -> bool:
    return text.endswith(":") and text[0].isalpha() and text.isascii() and text[:-1].replace("-", "").replace("+", "").isalnum()
