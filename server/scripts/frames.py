"""Whose pages may show our frames."""

from __future__ import annotations

import re
from collections.abc import Sequence

from server.visitors.suffixes import site_of

_SOURCE = re.compile(r"[a-z][a-z0-9+.-]*://(\*\.)?[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?")


def frame_ancestors(allowed: Sequence[str], host: str | None) -> str:
    """A Content-Security-Policy for a frame of this host: the allowed origins or, where none are listed, the same site.

    A policy holds no IPv6 address: such a host frames only itself, as does one that is nobody's (None). Neither does it hold
    ``null`` or ``file://``.
    """
    named = [origin for origin in allowed if _SOURCE.fullmatch(origin)]
    sources = named if allowed else ([] if host is None or host.startswith("[") else _same_site(host.partition(":")[0]))
    return " ".join(["frame-ancestors", "'self'", *sources])


def _same_site(name: str) -> list[str]:
    """The site's https pages; of the machine that the browser runs on those by http too, for which ``http:`` stands for both."""
    if name == "localhost" or name.startswith("127."):
        return [f"http://{name}:*"]
    site = None if name.rpartition(".")[2].isdigit() else site_of(name)
    return [f"https://{site}:*", f"https://*.{site}:*"] if site else [f"https://{name}:*"]
