"""One piece of work however many wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)
Made = TypeVar("Made")


class Flights(Generic[Name, Made]):
    """Work under way by name."""

    def __init__(self) -> None:
        self._tasks: dict[Name, asyncio.Task[Made]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, name: Name) -> bool:
        return name in self._tasks

    def start(self, name: Name, work: Callable[[], Coroutine[Any, Any, Made]]) -> asyncio.Task[Made]:
        """The work of this name, started if it is not under way. Wait for it behind ``asyncio.shield``."""
        task = self._tasks.get(name)
        if task is None:
            task = self._tasks[name] = asyncio.ensure_future(work())
            task.add_done_callback(lambda done: self._ended(name, done))
        return task

    def _ended(self, name: Name, task: asyncio.Task[Made]) -> None:
        del self._tasks[name]
        if not task.cancelled():
            task.exception()  # whoever waits is told; work that nobody waits for fails in silence

    async def cancel(self) -> None:
        """Ends everything that is under way."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
