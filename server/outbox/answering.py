"""An answer that is given to a function, for whoever waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


async def answered(ask: Callable[[Callable[[Answer | Exception], None]], None]) -> Answer:
    """What is told to the function that ``ask`` is given. Raises it where it is an error; whoever went away hears nothing."""
    future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def answer(result: Answer | Exception) -> None:
        if future.done():
            return
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)

    ask(answer)
    return await future
