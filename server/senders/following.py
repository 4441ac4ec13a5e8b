"""The files of one name in one folder by one writer: which one is open, and when the next one begins."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Final

import structlog

from core.lines import FileSet, Rows
from server.senders.growing import GrowingFile
from server.senders.mending import mend
from server.senders.names import Names

log = structlog.get_logger("tagyard")

_LEVEL: Final = 6


class Following:
    """``files`` are the last ones that were asked for: their names never change, their limits may, if several tags write here.

    Raises OSError where another process writes by the same name.
    """

    def __init__(self, files: FileSet, folder: Path, writer: str) -> None:
        self._files = files
        self._folder = folder
        self._names = Names(folder, files.name, writer, files.suffix)
        self._open: GrowingFile | None = None

    def append(self, rows: Rows, day: str) -> None:
        """They are on the disk. Raises OSError where they are not, and none of them counts.

        A file that takes no more is finished: whoever loads it makes room, and one that has no room left in itself is followed.
        """
        self._files = rows.into
        self.tidy(day)
        data = b"".join([line + b"\n" for line in rows.lines])
        growing = self._open or self._begin(day)
        try:
            growing.append(gzip.compress(data, _LEVEL, mtime=0) if self._files.gzip else data)
        except OSError:
            if not growing.is_sound:
                self._open = None
            elif growing.size:
                self.finish()
            raise
        if growing.size >= self._files.size:
            self.finish()

    def tidy(self, day: str) -> None:
        """Finishes the file of a day that is over."""
        if self._open is not None and self._files.daily and self._open.day < day:
            self.finish()

    def finish(self) -> None:
        """What is open is finished."""
        growing, self._open = self._open, None
        if growing is not None:
            try:
                growing.finish()
            except OSError as error:
                log.warning("a file of events keeps the name of one that is written", file=str(growing.path), why=error.strerror)

    def close(self) -> None:
        """The same, for good."""
        self.finish()
        self._names.close()

    def _begin(self, day: str) -> GrowingFile:
        mend(self._folder)
        day, path = self._names.next(day)
        self._open = GrowingFile(path, day)
        return self._open
