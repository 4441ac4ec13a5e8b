"""An operator's commands over a folder that no process uses."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

from server.control.following import Telling, follow
from server.outbox import files
from server.outbox.commands import Answer, Command, operate
from server.outbox.data_folder import claim
from server.outbox.sqlite import OutboxFile


def operate_offline(folder: Path, command: Command, now: int, told: Telling = lambda _: None) -> Answer:
    """The answer over every file of the folder, to its end. Raises OutboxError where somebody uses one."""
    with _opened(folder) as opened:
        return follow(lambda step: asyncio.run(operate(step, opened, now, lambda *_: None, now)), command, told)


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[list[OutboxFile]]:
    release = claim(folder)
    opened: list[OutboxFile] = []
    try:
        opened.extend(OutboxFile.open(folder.resolve(), number) for number in files.numbers(folder.resolve()))
        yield opened
    finally:
        for file in opened:
            file.shut()
        release()
