"""Reads the configuration anew while hits are served: in a thread, one time after another, and taken over in the loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from server.system.files import FileError

log = structlog.get_logger("tagyard")

Read = TypeVar("Read")
Said = TypeVar("Said")


class Reloading(Generic[Read, Said]):
    """``load`` runs in a thread and may raise FileError; ``take`` gets what it has read, ``refuse`` what is wrong with it.

    Both say what is to be told of it.
    """

    def __init__(self, load: Callable[[], Read], take: Callable[[Read], Said], refuse: Callable[[FileError], Said]) -> None:
        self._load = load
        self._take = take
        self._refuse = refuse
        self._asked = 0
        self._done = 0
        self._told: Said | None = None
        self._over = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> int:
        """Reads it; the number by which ``outcome`` knows this.

        Once more where that is under way already, since what has changed meanwhile may not be in it.
        """
        self._asked += 1
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        return self._asked

    def knows(self, number: object) -> bool:
        """Whether ``begin`` has given this number."""
        return isinstance(number, int) and 0 < number <= self._asked

    async def outcome(self, number: int, patience: float) -> Said | None:
        """What is told of the reading with this number, or of a later one; None where that takes longer than these seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self._done < number:
                    await self._over.wait()
        return self._told if self._done >= number else None

    def stop(self) -> None:
        """Nothing is taken over any more."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while self._done < self._asked:
            number = self._asked
            self._told = await self._read()
            self._done = number
            self._over.set()
            self._over = asyncio.Event()
        self._task = None

    async def _read(self) -> Said:
        try:
            return self._take(await asyncio.to_thread(self._load))
        except FileError as error:
            return self._refuse(error)
        except Exception as error:
            log.exception("reading the configuration failed")
            return self._refuse(FileError(f"reading it failed: {type(error).__name__}"))
