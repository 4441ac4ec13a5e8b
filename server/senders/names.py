"""What files of events are called: none is called as another was, also where the earlier ones were taken away.

``NAME-DAY-WRITER-NUMBER.jsonl``, with ``.part`` at the end while it is written. ``WRITER`` is the host and the worker. The last
number is kept beside them, in ``.NAME-WRITER.last``, which is also the lock by which this name is one process's alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from server.senders.locking import opened

PART: Final = ".part"
_LEFT: Final = re.compile(r".+-\d{4}-\d\d-\d\d-.+-\d{4,}\.jsonl(\.gz)?\.part")
_LAST: Final = re.compile(r"(\d{4}-\d\d-\d\d) (\d{10})")


def parts(folder: Path) -> Iterator[Path]:
    """The files of a folder that somebody writes, or has left behind."""
    return (folder / name for name in sorted(os.listdir(folder)) if _LEFT.fullmatch(name))


def finished(part: Path) -> Path:
    """What such a file is called in the end."""
    return part.with_name(part.name.removesuffix(PART))


class Names:
    """Of the files of one name by one writer. Raises OSError where another process writes by this name."""

    def __init__(self, folder: Path, name: str, writer: str, suffix: str) -> None:
        self._folder = folder
        self._name = name
        self._end = f"{writer}-{{:04}}{suffix}"
        self._kept = opened(folder / f".{name}-{writer}{suffix.removeprefix('.jsonl')}.last", os.O_CREAT | os.O_RDWR)

    def next(self, day: str) -> tuple[str, Path]:
        """The day and the path of a file that is begun now: the last one's day where the clock was set back. Raises OSError."""
        last = _LAST.fullmatch(os.pread(self._kept, 64, 0).decode("ascii", "replace"))
        day = max(day, last[1]) if last else day
        number = int(last[2]) if last and last[1] == day else 0
        while True:
            number += 1
            path = self._folder / f"{self._name}-{day}-{self._end.format(number)}"
            if not path.exists() and not path.with_name(path.name + PART).exists():
                break
        os.pwrite(self._kept, f"{day} {number:010}".encode(), 0)
        os.fsync(self._kept)
        return day, path

    def close(self) -> None:
        """Another process may go on."""
        os.close(self._kept)


def forget(folder: Path, before: str) -> None:
    """Removes the last numbers of writers that are gone, of days before this one: no file of such a day is begun any more.

    Hosts may be called otherwise after every start. Raises OSError where the folder cannot be read.
    """
    for kept in folder.glob(".*.last"):
        with suppress(OSError):  # somebody writes by this name, or has removed it just now
            descriptor = opened(kept, os.O_RDWR)
            last = _LAST.fullmatch(os.pread(descriptor, 64, 0).decode("ascii", "replace"))
            if last and last[1] < before:
                kept.unlink()
            os.close(descriptor)
