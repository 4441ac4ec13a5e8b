"""An answer that says to ask elsewhere, which no delivery does: where that is, without what its path and its query may hold."""

from __future__ import annotations

import re
from typing import Final

from core.types import Response

_STATUSES: Final = range(300, 400)
_ELSEWHERE: Final = re.compile(
    r"(?:https?:)?//(?:[^/?#\\]*@)?([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?(?=[/?#]|$)", re.I
)
_SAME_ORIGIN: Final = re.compile(r"(?![a-z][a-z0-9+.-]*:|//)[^\s\\]", re.I)


def redirection(response: Response) -> str:
    """In words; empty where it is none."""
    to = response.header("location")
    if response.status not in _STATUSES or to is None:
        return ""
    found = _ELSEWHERE.match(to.strip())
    if found:
        where = f"redirects to {found[1].lower()}{found[2] or ''}/…"
    elif _SAME_ORIGIN.match(to.strip()):
        where = "redirects to another path of its own"
    else:
        where = "redirects to what is no address"
    return f"HTTP {response.status}: the destination {where}, which is not followed"
