"""Appends rows to files of folders, in a thread of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from core.lines import FileSet
from core.types import Outcome, Response, Retry, Rows
from server.http import TransportError
from server.senders.following import Following
from server.senders.mending import mend
from server.senders.names import forget
from server.senders.turns import PATIENCE, Turns
from server.system.files import reason

log = structlog.get_logger("tagyard")

_WRITTEN: Final = Response(200)
_AGAIN: Final = 5.0
"""Seconds until a folder that cannot be written is tried again."""
_OTHER: Final = re.compile(r"[^A-Za-z0-9]+")


class Unwritable(TransportError):
    """The folder takes nothing: it is full, gone, or somebody else's. To try again soon costs nothing."""

    strains = False

    @property
    def outcome(self) -> Outcome:
        """Somebody has to act; until then everything waits."""
        return Retry(self.why, after=_AGAIN, lasting=True)


def writer(number: object) -> str:
    """What this host and this worker call themselves in the names of files."""
    return f"{_OTHER.sub('-', os.uname().nodename).strip('-') or 'host'}-{number}"


class Files:
    """``home`` is where relative folders begin, ``writer`` is in each name, ``clock`` gives the time of day in microseconds."""

    def __init__(self, home: Path, writer: str, clock: Callable[[], int], patience: float = PATIENCE) -> None:
        self._home = home
        self._writer = writer
        self._clock = clock
        self._turns = Turns("files of events", patience, self._tidy)
        self._written: dict[tuple[str, str, str], Following] = {}
        """By folder and what the names begin and end with: several tags may write into the same files."""
        self._tidied = ""
        """The day on which all of them were last looked at."""

    def use(self, folders: Sequence[str]) -> None:
        """What is open is finished, and what was left behind in these folders is mended."""
        if folders or self._turns.begun:
            self._turns.tell(partial(self._begin_anew, folders))

    async def write(self, rows: Rows) -> Response:
        """Done when all of them are flushed. Raises TransportError; what takes too long may be written later nevertheless."""
        return await self._turns.take(partial(self._write, rows), f"{rows.into.folder}: the disk did not take the rows")

    async def close(self) -> None:
        """Finishes what is open, if the disk takes that."""
        if self._turns.begun:
            with suppress(TransportError):
                await self._turns.take(self._finish, "the files were not finished")
            self._turns.close()

    def _write(self, rows: Rows) -> Response:
        try:
            if self._day() != self._tidied:  # where something always comes for one, the thread has no time between
                self._tidy()
            self._following(rows.into).append(rows, self._day())
        except BlockingIOError:
            raise Unwritable(f"{rows.into.folder}: another process writes files of this name as {self._writer}") from None
        except OSError as error:
            raise Unwritable(f"{rows.into.folder}: {reason(error)}") from None
        return _WRITTEN

    def _following(self, files: FileSet) -> Following:
        folder = os.path.normpath(self._home / files.folder)
        key = (folder, files.name, files.suffix)
        if key not in self._written:
            self._written[key] = Following(files, Path(folder), self._writer)
        return self._written[key]

    def _begin_anew(self, folders: Sequence[str]) -> None:
        self._finish()
        for folder in dict.fromkeys(folders):
            try:
                mend(self._home / folder)
                forget(self._home / folder, self._day(back=2))
            except OSError as error:
                log.error("a folder of events cannot be read", folder=folder, why=reason(error))

    def _tidy(self) -> None:
        self._tidied = self._day()
        for following in self._written.values():
            following.tidy(self._tidied)

    def _finish(self) -> Response:
        while self._written:
            self._written.popitem()[1].close()
        return _WRITTEN

    def _day(self, back: int = 0) -> str:
        return (datetime.fromtimestamp(self._clock() / 1_000_000, UTC) - timedelta(days=back)).date().isoformat()
