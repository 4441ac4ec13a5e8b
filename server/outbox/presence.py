"""Whether the files that a process writes are still where it opened them.

A file that is removed or replaced goes on taking writes, and all of them are gone with the process. So is a lock that can be
made anew: a second process would take it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

_Identity: TypeAlias = tuple[int, int]


class Presence:
    """Remembers each file as it is first seen. One that has never been there is not missed."""

    def __init__(self) -> None:
        self._seen: dict[Path, _Identity] = {}

    def missing(self, paths: Iterable[Path]) -> Path | None:
        """The first of these files that was there and is gone now, or is another one."""
        for path in paths:
            found, seen = _identity(path), self._seen.get(path)
            if seen is not None and found != seen:
                return path
            if found is not None:
                self._seen[path] = found
        return None


def _identity(path: Path) -> _Identity | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
