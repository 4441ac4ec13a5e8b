"""The data folder: what it has to be, and which Tagyard uses it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from server.outbox.errors import OutboxError
from server.outbox.files import FOLDER_LOCK, FileLock
from server.system.files import reason

log = structlog.get_logger("tagyard")

_MOUNTS: Final = Path("/proc/self/mountinfo")
_NETWORK: Final = frozenset(
    {"afs", "beegfs", "ceph", "cifs", "fuse.ceph", "fuse.ceph-fuse", "fuse.gcsfuse", "fuse.glusterfs", "fuse.s3fs"}
    | {"fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb3", "smbfs"}
)
_UNTESTED: Final = ("9p", "virtiofs", "fuse")
"""What the types begin with of file systems that a program serves, here or on another machine: it decides what a flush does."""

_ANYBODYS: Final = (
    "anybody may put files of their own there, and only its owner can change that; name a folder in it, which is made: "
    "--data {folder}/tagyard, or TAGYARD_DATA"
)

_AGAIN: Final = 0.1
"""Seconds until a folder that somebody holds is tried again."""


def prepare(folder: Path) -> Path:
    """The folder, made if need be, which only its owner may enter. Raises OutboxError where it cannot hold an outbox.

    One that belongs to somebody else is used as it is where we may write to it: Kubernetes gives its volumes to a group.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = folder.resolve()
        _close_to_others(folder)
    except OSError as error:
        raise OutboxError(f"{folder}: cannot be used as the data folder: {reason(error)}") from error
    if not _is_usable(folder):
        raise OutboxError(f"{folder}: the data folder cannot be written (this runs as user {os.geteuid()})")
    kind = file_system(folder, _mounts())
    if kind in _NETWORK:
        raise OutboxError(f"{folder}: lies on a network file system ({kind}), which cannot hold an outbox; use a local disk")
    return folder


def _close_to_others(folder: Path) -> None:
    try:
        folder.chmod(0o700)
    except PermissionError:
        if not _is_usable(folder):
            raise
        if folder.stat().st_mode & 0o002:
            raise OutboxError(f"{folder}: {_ANYBODYS.format(folder=folder)}") from None


def _is_usable(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.W_OK | os.X_OK)


def warn(folder: Path) -> None:
    """Logs what may be wrong with a folder that is used all the same: who else may enter it, and what it lies on."""
    found = folder.stat()
    if found.st_mode & 0o077:
        log.warning(
            "others than this user may enter the data folder, and only its owner can change that",
            folder=str(folder),
            owner=f"{found.st_uid}:{found.st_gid}",
            mode=f"{found.st_mode & 0o7777:04o}",
        )
    kind = file_system(folder, _mounts())
    if kind.startswith(_UNTESTED):
        log.warning(
            "the data folder lies on a file system that was not tested for durability: when the machine stops suddenly, "
            "what was accepted may be lost; use a local disk",
            folder=str(folder),
            file_system=kind,
        )


def file_system(folder: Path, mounts: str) -> str:
    """The type of the file system that holds the folder, by a text in the form of ``/proc/self/mountinfo``."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        point = Path(before.split()[4].encode().decode("unicode_escape"))
        if len(point.parts) >= best and folder.is_relative_to(point):
            best, kind = len(point.parts), after.split()[0]
    return kind


def _mounts() -> str:
    try:
        return _MOUNTS.read_text()
    except OSError:
        return ""


def claim(folder: Path, patience: float = 0.0) -> Callable[[], None]:
    """Prepares the folder and takes it for this process, until it ends or calls what is returned. Raises OutboxError.

    For whoever holds it, it waits so many seconds, and the log says so once.
    """
    path = prepare(folder) / FOLDER_LOCK
    until = time.monotonic() + patience
    told = patience == 0
    while not (lock := _lock(path)).take():
        if not told:
            log.warning(
                "waits for the data folder, which another Tagyard is using",
                folder=str(folder),
                used_by=path.read_text(errors="replace"),
                seconds_at_most=patience,
            )
            told = True
        if time.monotonic() >= until:
            raise OutboxError(f"{folder}: another Tagyard is using this data folder")
        time.sleep(_AGAIN)
    lock.sign()
    return lock.release


def _lock(path: Path) -> FileLock:
    try:
        return FileLock(path)
    except OSError as error:
        raise OutboxError(f"{path}: the lock of the data folder cannot be opened: {reason(error)}") from error
