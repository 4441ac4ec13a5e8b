"""Files that one process has for itself while it has them open."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

MODE = 0o640
"""Of what is written here: whoever loads it elsewhere may be another user of the group."""


def opened(path: Path, flags: int) -> int:
    """A descriptor of the file that is called so, and nobody else's as long as it is open. Raises OSError: BlockingIOError where
    somebody has it, and FileNotFoundError where it was renamed or removed just now.
    """
    descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(descriptor), os.stat(path)):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def flush_folder(folder: Path) -> None:
    """What was made, renamed and removed in it is so after a loss of power, too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
