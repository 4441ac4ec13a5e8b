"""What proxies write down of whom they forward for: X-Forwarded-For and Forwarded (RFC 7239), entry by entry."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from core.addresses import IpAddress, address_in

LONGEST_ENTRY = 64
_WITH_PORT = re.compile(r"(?:\[(?P<v6>[^\]]*)\]|(?P<v4>[0-9.]+))(?::[0-9]{1,5})?", re.ASCII)
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PAIR = re.compile(rf"[ \t]*+(?:({_TOKEN}+)=(\"(?:[^\"\\]|\\.)*+\"|[^\s\",;]*+))?+[ \t]*+([;,]|\Z)")
"""One ``name=value`` or nothing, and what ends it. Possessive, so that it takes time in proportion to the text."""

_BACKSLASHED = re.compile(r"\\(.)")


def read_address(text: str) -> IpAddress | None:
    """The address of an entry, without port, brackets and zone; of IPv4 inside IPv6 the IPv4 one. None for anything else."""
    text = text.strip(" \t")
    return _read(text) if len(text) <= LONGEST_ENTRY else None


@lru_cache(maxsize=4096)
def _read(text: str) -> IpAddress | None:
    found = _WITH_PORT.fullmatch(text)
    bare = (found["v6"] or found["v4"] or "") if found else text
    return address_in(bare.partition("%")[0])


def read_entries(lines: Sequence[str]) -> list[str]:
    """The entries of a list such as X-Forwarded-For, from the visitor's end to ours. Its grammar allows empty parts."""
    if len(lines) == 1 and "," not in lines[0]:
        return [lines[0]] if lines[0].strip(" \t") else []
    return [entry for line in lines for entry in line.split(",") if entry.strip(" \t")]


def read_forwarded(lines: Sequence[str]) -> list[str]:
    """``for=`` of every element, an empty text where one has none; [] where no element has one.

    A header that is not well-formed is one entry that is no address.
    """
    elements = forwarded_elements(lines)
    if elements is None:
        return [""]
    entries = [element.get("for", "") for element in elements]
    return entries if any(entries) else []


def forwarded_elements(lines: Sequence[str]) -> list[Mapping[str, str]] | None:
    """What each proxy has said, from the visitor's end to ours, by lower-case name. None for what is not well-formed.

    The end of such a header cannot be read by itself: a quote that the visitor has opened would turn the proxy's own words
    into his.
    """
    text, at = ", ".join(lines), 0
    elements: list[dict[str, str]] = [{}]
    while found := _PAIR.match(text, at):
        name, value, end = found.groups()
        if name is not None:
            if name.lower() in elements[-1]:
                break
            elements[-1][name.lower()] = _unquoted(value)
        if not end:
            return [element for element in elements if element]
        if end == ",":
            elements.append({})
        at = found.end()
    return None


def _unquoted(value: str) -> str:
    return _BACKSLASHED.sub(r"\1", value[1:-1]) if value.startswith('"') else value
