"""Copies that a server holds, and how old one says that it is."""

from __future__ import annotations

from core.types import Reply, Upstream
from tests.server.scripts.conftest import SCRIPT, Bench

OLD, NEW = b"old", b"new"
HOUR, DAY = 3600.0, 86_400.0
"""In seconds."""


async def held(bench: Bench, upstream: Upstream = SCRIPT) -> None:
    """One copy of the old version, and a new version upstream."""
    bench.google.body = OLD
    assert (await bench.get(upstream)).body == OLD
    bench.google.body = NEW


def age(reply: Reply) -> int:
    return int(dict(reply.headers)["age"])
