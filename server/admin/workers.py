"""Asks the workers: all of them at once, or one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from starlette.convertors import Convertor, register_url_convertor

from server.admin.health import Health, WorkerHealth, health_of, summary
from server.control.following import Answer
from server.control.sockets import Command, NobodyThere
from server.control.workers import ask


class WorkerNumber(Convertor[int]):
    """A worker's number in a path: not of any length, since Python reads no number of thousands of them."""

    regex = "[0-9]{1,20}"

    def convert(self, value: str) -> int:
        """Read from a path."""
        return int(value)

    def to_string(self, value: int) -> str:
        """Written into one."""
        return str(value)


register_url_convertor("worker", WorkerNumber())


class Workers:
    """Every worker of this server, by its control socket."""

    def __init__(self, sockets: Sequence[Path], trouble: Callable[[int], str | None] = lambda _: None) -> None:
        self._sockets = sockets
        self._trouble = trouble

    def __len__(self) -> int:
        return len(self._sockets)

    async def each(self, command: Command) -> list[Answer]:
        """The answers of those that answer, in the order of the workers."""
        answers = await asyncio.gather(*(self._answer(path, command) for path in self._sockets))
        return [answer for answer in answers if answer is not None]

    async def one(self, worker: int, command: Command) -> Answer | None:
        """This worker's answer; None where there is no such worker, or it does not answer."""
        return await self._answer(self._sockets[worker], command) if worker < len(self._sockets) else None

    async def any(self, command: Command) -> Answer | None:
        """The answer of the first that answers."""
        for path in self._sockets:
            if (answer := await self._answer(path, command)) is not None:
                return answer
        return None

    async def told(self, command: Command) -> list[WorkerHealth]:
        """The answer of every worker; one that does not answer, or fails to, or ends again and again, is red."""
        asked = await asyncio.gather(*(self._answer(path, command) for path in self._sockets))
        return [health_of(answer, self._trouble(worker)) for worker, answer in enumerate(asked)]

    async def health(self, recent: str = "") -> Health:
        """The health of all as one; with what was ``recent``, where it is said for which page."""
        return summary(await self.told({"do": "health", **({"recent": recent} if recent else {})}))

    @staticmethod
    async def _answer(path: Path, command: Command) -> Answer | None:
        try:
            return await ask(path, command)
        except NobodyThere:
            return None
