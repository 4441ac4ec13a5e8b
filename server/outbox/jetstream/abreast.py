"""Many requests that do not depend on each other: so many at a time that neither the way to the servers nor they are idle."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Final, TypeVar

Item = TypeVar("Item")

MOST: Final = 64
"""Requests that wait for their answers at the same time: what is asked in passing leaves room for acceptances."""


async def abreast(items: Collection[Item], run: Callable[[Item], Awaitable[object]]) -> None:
    """Runs it for each. Raises what the first that fails raises, and what has not begun by then is not done."""
    left = iter(items)

    async def work() -> None:
        for item in left:
            await run(item)

    working = [asyncio.ensure_future(work()) for _ in range(min(MOST, len(items)))]
    try:
        await asyncio.gather(*working)
    finally:
        for task in working:
            task.cancel()
