"""The server's own cookies, which are between it and whoever looks at the debug page: no expression reads them.

A browser sends them along with hits, since cookies know no ports and one of them marks the hits of a browser. What a file
makes of ``request.headers`` or ``request.cookies`` leaves for vendors, and these are not for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ADMIN: Final = "tagyard_admin"
"""By which a browser is signed in to the debug page."""
DEBUG: Final = "tagyard_debug"
"""By which the debug page knows the hits of one browser."""

OWN: Final = frozenset({ADMIN, DEBUG})


def without_own(line: str) -> str:
    """A ``Cookie`` header without them; one that holds none is given back as it came."""
    if not any(name in line for name in OWN):
        return line
    return ";".join(piece for piece in line.split(";") if piece.partition("=")[0].strip() not in OWN).strip()


def others(cookies: Mapping[str, str]) -> Mapping[str, str]:
    """The cookies by name, without them."""
    return cookies if OWN.isdisjoint(cookies) else {name: value for name, value in cookies.items() if name not in OWN}
