"""The secret that an installation makes for itself, once, and keeps in its data folder.

Identities of visitors are derived from it where the file names no secret, so it has to be the same in every worker and
after every start.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path
from typing import Final

from server.system.files import FileError, reason

FILE: Final = "cookie-secret"
_BYTES: Final = 32
_SHORTEST: Final = 32


def new_secret() -> str:
    """One that nobody knows yet."""
    return secrets.token_hex(_BYTES)


def kept_secret(folder: Path) -> str:
    """The secret of this data folder, made if there is none yet. Raises FileError, whose text never holds it.

    Whoever comes first makes it, for its owner's eyes only, and the others wait until it is on disk.
    """
    path = folder / FILE
    try:
        directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(directory, fcntl.LOCK_EX)
            if not path.exists() or path.stat().st_size == 0:
                _make(path)
                os.fsync(directory)
            text = path.read_bytes().strip()
        finally:
            os.close(directory)
    except OSError as error:
        raise FileError(f"{path}: the secret of the visitors' cookies cannot be kept there: {reason(error)}") from None
    if len(text) < _SHORTEST or not (text.isascii() and text.decode().isprintable()):
        raise FileError(f"{path}: holds no secret; restore it from a backup, or remove it and a new one is made")
    return text.decode()


def _make(path: Path) -> None:
    """Writes it beside its place and then puts it there, so that it is whole or not there."""
    beside = path.with_suffix(".part")
    beside.unlink(missing_ok=True)
    with open(beside, "xb", opener=_owners_only) as file:
        file.write(f"{new_secret()}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)


def _owners_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
