"""The files of the data folder: what each is called, who holds which, and which nobody holds."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

import structlog

log = structlog.get_logger("tagyard")

_NAME = re.compile(r"outbox-(\d{1,6})\.db")
_ASIDE = re.compile(r"((?:outbox-\d{1,6}|keys)\.db\.damaged-\d{1,6})(\.rows)?")
FOLDER_LOCK = "tagyard.lock"


def database(folder: Path, number: int) -> Path:
    """The file of this number."""
    return folder / f"outbox-{number}.db"


class FileLock:
    """Held for the life of a process that uses what it stands for.

    It is a file of its own, since closing any descriptor of a database would drop SQLite's own locks; and it is never
    removed, so two processes can never hold locks of the same name on different files.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)

    def take(self) -> bool:
        """Whether the lock is ours now; False where another process holds it. Never waits."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            return False
        return True

    def sign(self) -> None:
        """Writes down who holds it, for whoever waits for it; not where the disk has no room."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"process {os.getpid()} on {os.uname().nodename}".encode(), 0)

    def release(self) -> None:
        """Gives it back."""
        os.close(self._descriptor)


class SharedLock:
    """Held by every process that uses what it stands for. ``alone``: nobody else holds it, nor gets it before ``share``."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.alone = True
        except BlockingIOError:
            self.alone = False

    def share(self) -> None:
        """Lets others in; waits for one who is alone with it."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def release(self) -> None:
        """Gives it back."""
        os.close(self._descriptor)


def lock_of(folder: Path, number: int) -> FileLock:
    """The lock of the file of this number."""
    return FileLock(folder / f"outbox-{number}.lock")


def numbers(folder: Path) -> Iterator[int]:
    """The numbers of the outbox files in the folder, smallest first."""
    found = (_NAME.fullmatch(entry.name) for entry in os.scandir(folder))
    return iter(sorted(int(name[1]) for name in found if name))


def size(folder: Path, number: int) -> int:
    """Bytes that the file and its log take."""
    path = database(folder, number)
    return sum(each.stat().st_size for each in (path, log_of(path)) if each.exists())


def unlink(folder: Path, number: int) -> None:
    """Removes the file and what SQLite left beside it. Its lock is held, its connection closed, and it is empty."""
    remove(database(folder, number))


def remove(path: Path) -> None:
    """Removes a database that nobody has open, and what SQLite left beside it."""
    for each in (log_of(path), _beside(path, "-shm"), path):
        each.unlink(missing_ok=True)


def essential(folder: Path, number: int) -> Sequence[Path]:
    """The files without which the rows of this number are not safe: database, log, its lock, and the folder's own."""
    path = database(folder, number)
    return path, log_of(path), folder / f"outbox-{number}.lock", folder / FOLDER_LOCK


def stopped_uncleanly(path: Path) -> bool:
    """Whether a log was left to replay; closing removes it. Ask before the file is opened."""
    return is_filled(log_of(path))


def mark_damaged(path: Path, why: str) -> None:
    """Makes the next start set the file aside."""
    _beside(path, ".damaged").write_text(why)


def marked(path: Path) -> str:
    """Why the file was marked as damaged; empty where it was not."""
    mark = _beside(path, ".damaged")
    return (mark.read_text(errors="replace") or "it was marked as damaged") if mark.exists() else ""


def any_marked(folder: Path) -> bool:
    """Whether a file of the folder was marked as damaged: the next process to open it sets it aside."""
    return any(folder.glob("*.db.damaged"))


def set_aside_if_marked(path: Path) -> Path | None:
    """Renames a file that was marked as damaged; where it is now."""
    why = marked(path)
    return set_aside(path, why) if why else None


def set_aside(path: Path, why: str) -> Path:
    """Renames a damaged file and its log, so that `salvage` may read what is left; the new name. Its mark is gone then.

    It is marked first: whoever is cut off half-way leaves a file that nobody opens without its log, and the next one goes on.
    """
    with contextlib.suppress(OSError):  # a disk without room; all the rest needs none
        mark_damaged(path, why)
    aside = _half_done(path) or next(name for n in _NUMBERS if not _taken(name := _aside(path, n)))
    rename(path, aside)
    for suffix in ("-shm", ".damaged"):
        _beside(path, suffix).unlink(missing_ok=True)
    log.error("a damaged file was set aside; what it holds is not delivered", file=str(aside), why=why)
    return aside


_NUMBERS = range(1, 1_000_000)


def _aside(path: Path, number: int) -> Path:
    return _beside(path, f".damaged-{number}")


def _half_done(path: Path) -> Path | None:
    """Where a part of these files is already, and nothing else: somebody was cut off. None where nobody was."""
    taken = list(takewhile(_taken, (_aside(path, number) for number in _NUMBERS)))
    there = _parts(taken[-1]) if taken else frozenset()
    return taken[-1] if there and there.isdisjoint(_parts(path)) else None


_PARTS = ("-wal", "-journal", "")
"""What is renamed, the file itself last: as long as it is there, it can be done again."""


def _parts(path: Path) -> frozenset[str]:
    return frozenset(suffix for suffix in _PARTS if _beside(path, suffix).exists())


def _taken(aside: Path) -> bool:
    return any(aside.parent.glob(f"{aside.name}*"))


def rename(path: Path, to: Path) -> None:
    """Renames a file and what SQLite needs beside it, the file itself last: as long as it is there, it can be done again."""
    for suffix in _PARTS:
        if _beside(path, suffix).exists():
            _beside(path, suffix).rename(_beside(to, suffix))


def is_filled(path: Path) -> bool:
    """Whether there is such a file, with anything in it."""
    return path.exists() and path.stat().st_size > 0


def journal_of(path: Path) -> Path:
    """The rollback journal of a database; what is in it, was under way when a process died."""
    return _beside(path, "-journal")


def log_of(path: Path) -> Path:
    """The write-ahead log of a database."""
    return _beside(path, "-wal")


def asides(folder: Path) -> Sequence[Path]:
    """The damaged files that were set aside in this folder, at whatever start, and of which nobody has salvaged what is left."""
    found = (_ASIDE.fullmatch(entry.name) for entry in os.scandir(folder))
    return sorted({folder / name[1] for name in found if name})


def is_aside(path: Path) -> bool:
    """Whether this is the name of a damaged file that was set aside."""
    name = _ASIDE.fullmatch(path.name)
    return name is not None and name[2] is None


def salvaged(aside: Path) -> Path:
    """What it is called from then on."""
    return _beside(aside, ".salvaged")


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
