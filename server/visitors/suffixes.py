"""Which part of a host's name a site can register: ``shop.example.co.uk`` is of the site ``example.co.uk``."""

from __future__ import annotations

from functools import cache

from publicsuffixlist import PublicSuffixList


def site_of(name: str) -> str | None:
    """The registrable domain that a host is of; None for one that is of nobody's, as ``co.uk``."""
    site: str | None = _listed().privatesuffix(name)
    return site


@cache
def _listed() -> PublicSuffixList:
    """Read once in a process: that takes 50 ms."""
    return PublicSuffixList()
