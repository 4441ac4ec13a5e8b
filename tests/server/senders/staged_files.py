"""The files of events of one worker, in a folder of the test's and by a clock that it sets."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from core.lines import FileSet
from core.types import Response, Rows
from server.senders.files import Files

NOON = 1_796_126_400_000_000
"""Of 2026-12-01."""
HOUR = 3_600_000_000
DAY = 24 * HOUR
FIRST = "events-2026-12-01-web1-0-0001.jsonl"

Given = TypeVar("Given")


class Clock:
    """The time of day, which the test says."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now


class Stage:
    """The files of a worker of host web1 in a folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = Clock()
        self.folder = home / "events"
        self.folder.mkdir()
        self.files = self.another()

    def another(self, name: str = "web1-0") -> Files:
        """Those of another process, which is called so."""
        return Files(self.home, name, self.clock)

    @property
    def names(self) -> list[str]:
        """Of what there is, but for the numbers that are kept."""
        return sorted(name for name in os.listdir(self.folder) if not name.startswith("."))

    def text(self, name: str) -> str:
        """What a file holds."""
        content = (self.folder / name).read_bytes()
        return (gzip.decompress(content) if ".gz" in name else content).decode()


def rows(*lines: str, gzip: bool = False, size: int = 1 << 20, daily: bool = True, folder: str = "events") -> Rows:
    return Rows(FileSet(folder, "events", gzip, size, daily), tuple(map(str.encode, lines)), tuple(range(len(lines))))


def play(scenario: Callable[[], Awaitable[Given]]) -> Given:
    async def whole() -> Given:
        return await scenario()

    return asyncio.run(asyncio.wait_for(whole(), 60))


async def settled(files: Files) -> None:
    """Waits for what the thread has been told before."""
    await files._turns.take(lambda: Response(200), "it was not done")
