"""Reads the configuration anew while hits are served: in a thread, one time after another, and taken over in the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from server.system.files import FileError

log = structlog.get_logger("tagyard")

Read = TypeVar("Read")


class Reloading(Generic[Read]):
    """``load`` runs in a thread and may raise FileError; ``take`` gets what it has read, ``refuse`` what is wrong, by line."""

    def __init__(self, load: Callable[[], Read], take: Callable[[Read], None], refuse: Callable[[list[str]], None]) -> None:
        self._load = load
        self._take = take
        self._refuse = refuse
        self._again = False
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Reads it; once more where that is under way already, since what has changed meanwhile may not be in it."""
        self._again = True
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        """Nothing is taken over any more."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while self._again:
            self._again = False
            try:
                self._take(await asyncio.to_thread(self._load))
            except FileError as error:
                self._tell(str(error).splitlines())
            except Exception as error:
                log.exception("reading the configuration failed")
                self._tell([f"reading it failed: {type(error).__name__}"])
        self._task = None

    def _tell(self, problems: list[str]) -> None:
        log.error("the new configuration was not taken; the old one stays", problems=problems)
        self._refuse(problems)
