"""A file of events that grows: what was appended is flushed, whole, or not there at all."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from server.senders import names
from server.senders.locking import flush_folder, opened
from server.senders.mending import complete


class GrowingFile:
    """One that did not exist before, ``path`` being its name in the end. Raises OSError where it cannot be made."""

    def __init__(self, path: Path, day: str) -> None:
        self.path = path
        self.day = day
        self.size = 0
        self._part = path.with_name(path.name + names.PART)
        self._descriptor = opened(self._part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND)
        try:
            flush_folder(path.parent)
        except OSError:
            self.close()
            with suppress(OSError):
                self._part.unlink()
            raise

    def append(self, data: bytes) -> None:
        """Raises OSError where not all of it is on the disk: then nothing of it is in the file, or the file is no more sound."""
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._descriptor, left) :]
            os.fsync(self._descriptor)
            if not os.fstat(self._descriptor).st_nlink:
                raise FileNotFoundError(errno.ENOENT, f"{self._part.name} was removed while it was written")
        except OSError:
            self._cut_back()
            raise
        self.size += len(data)

    def finish(self) -> None:
        """Nobody changes it any more. Raises OSError where that cannot be told by its name: the next who mends it will."""
        try:
            complete(self._part, is_empty=not self.size)
        finally:
            self.close()

    def close(self) -> None:
        """Leaves it as it is, for whoever mends it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    @property
    def is_sound(self) -> bool:
        """Whether it may be written to."""
        return self._descriptor >= 0

    def _cut_back(self) -> None:
        try:
            os.ftruncate(self._descriptor, self.size)
            os.fsync(self._descriptor)
            if os.fstat(self._descriptor).st_nlink:
                return
        except OSError:
            pass
        with suppress(OSError):
            self.close()
