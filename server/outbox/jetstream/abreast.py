"""Many requests that do not depend on each other: so many at a time that neither the way to the servers nor they are idle."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Final, TypeVar

Item = TypeVar("Item")

MOST: Final = 64
"""Requests that wait for their answers at the same time: what is asked in passing leaves room for acceptances."""


async def abreast(items: Collection[Item], run: Callable[[Item], Awaitable[object]]) -> None:
    """Runs it for each. Where one fails no other begins, and what has begun is not cut off in the middle; then that is raised."""
    left = iter(items)
    errors: list[Exception] = []

    async def work() -> None:
        for item in left:
            try:
                await run(item)
            except Exception as error:
                errors.append(error)
            if errors:
                return

    await asyncio.gather(*(work() for _ in range(min(MOST, len(items)))))
    if errors:
        raise errors[0]
