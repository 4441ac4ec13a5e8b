"""What comes to hold a moment later, since another process or thread is about to do it, is waited for here and asserted there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final, TypeVar

Found = TypeVar("Found")

PATIENCE: Final = 60.0
"""Seconds that a machine which does other things besides may take. A wait ends as soon as it can, so that they cost nothing."""


def until(holds: Callable[[], Found | None], seconds: float = PATIENCE, what: object = "it did not come to that") -> Found:
    """What this gives, once that counts as true. Raises AssertionError of ``what``, or of what that gives, after so long."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(0.02)
    return found


async def until_soon(holds: Callable[[], Found | None], seconds: float = PATIENCE) -> Found:
    """The same of what happens in this loop, or at the other end of a socket. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not (found := holds()):
            await asyncio.sleep(0.001)
        return found
