"""The path prefix under which the server is mounted: which path of a client's a request means, and what is not ours.

What is understood is decided here, for live requests as for those that are explained. The path as it came counts first.
Only where no client claims that are slashes too many left out (``//g/collect``, ``/g/collect/``), and a prefix is taken as
removed on the way. Nothing else is made of a path: a slash that is percent-encoded and ``..`` stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from core.types import Finding
from server.observe.labels import path_label

MOST_SEGMENTS = 4
"""Segments that a prefix which nobody configured may have and still be found."""

_SLASHES = re.compile("//+")


class Reading(NamedTuple):
    """A path that clients may know, and what had to be done to find it."""

    path: str
    finding: Finding


def below(prefix: str, path: str) -> str | None:
    """The path as clients know it; None where it is not below the prefix. An empty prefix is above everything."""
    if not prefix:
        return path
    if path == prefix:
        return "/"
    return path[len(prefix) :] if path.startswith(f"{prefix}/") else None


def tidied(path: str) -> str:
    """The path without slashes that stand side by side, and without one at its end."""
    return _SLASHES.sub("/", path).rstrip("/") or "/"


def readings(prefix: str, path: str) -> Iterator[Reading]:
    """What else the path may mean, the likeliest first: nothing, for one that is written as it should be."""
    tidy = tidied(path)
    inside = below(prefix, tidy)
    if inside is None:
        said = f"The path came as {path_label(path)}, without path_prefix {prefix}; let the proxy in front keep the prefix."
        yield Reading(tidy, Finding("", said, "PATH_PREFIX_MISSING"))
    elif tidy != path:
        yield Reading(inside, Finding("", f"The path came as {path_label(path)}, with a slash too many.", "PATH_SLASHES"))


def cuts(path: str) -> Iterator[tuple[str, str]]:
    """Every prefix that could have been meant, with the path below it."""
    parts = tidied(path).split("/", MOST_SEGMENTS + 1)
    for at in range(2, len(parts)):
        yield "/".join(parts[:at]), f"/{'/'.join(parts[at:])}"


def misplaced(prefix: str, path: str, found: str | None) -> str | None:
    """In words why the path is not where the server is mounted; ``found`` is the prefix below which a client knows it.

    None where there is nothing to say.
    """
    configured = f"server.path_prefix is {prefix}" if prefix else "no server.path_prefix is set"
    if found is not None:
        cure = f"set path_prefix: {path_label(found)}, or let the proxy {_mend(prefix)}"
        return f"the path is below {path_label(found)}, but {configured}; {cure}"
    return f"the path is not below {prefix}, the server.path_prefix" if below(prefix, tidied(path)) is None else None


def _mend(prefix: str) -> str:
    return f"put {prefix} before the client's path" if prefix else "remove it"
