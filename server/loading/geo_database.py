"""A MaxMind database, held in memory of its own: whatever is done to the file, what was read stays as it is.

A file that is mapped into memory and then overwritten in place or truncated ends the process with SIGBUS, at whichever
look-up comes next. So the file is copied once into anonymous memory and that is mapped, which costs its size in each worker;
reading it into a bytes object would cost as much, and have every look-up done in Python instead of C.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import maxminddb

from config import Settings
from core.types import NOWHERE, Geo
from server.system.files import FileError, Stamp, folder_of, stamp
from server.visitors.geo import of_record

_CHANGING: Final = "it is being written: have it read again when that is done"
_NONE: Final = "it is not a MaxMind database"
_SAMPLES: Final = 256
"""Look-ups by which a file is tried whose index may lead to where nothing is."""


class Database:
    """The place of an address, as the file said it when it was read. Raises FileError where it cannot be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stamp = stamp(path)
        try:
            self._reader = _opened(path)
            self.built = int(self._reader.metadata().build_epoch)
            """Seconds since 1970."""
            for first in range(_SAMPLES):
                self._reader.get(f"{first}.{first}.{first}.1")
        except (OSError, maxminddb.InvalidDatabaseError, ValueError) as error:
            why = getattr(error, "strerror", None) or (_CHANGING if stamp(path) != self.stamp else _NONE)
            raise FileError(f"{path}: server.geo.database cannot be read: {why}") from None
        if stamp(path) != self.stamp:
            raise FileError(f"{path}: server.geo.database cannot be read: {_CHANGING}")

    def __call__(self, address: str) -> Geo:
        """Never raises; NOWHERE for what it does not know."""
        try:
            return of_record(self._reader.get(address))
        except (ValueError, maxminddb.InvalidDatabaseError):  # an IPv6 address in a database of IPv4, a damaged record
            return NOWHERE


class Databases:
    """Reads a database anew only where its file has changed."""

    def __init__(self) -> None:
        self._known: tuple[Stamp, Database] | None = None

    def of(self, configuration: Path, settings: Settings) -> Database | None:
        """The one that the settings of this file (or folder) name, if they do; a relative path starts there. Raises FileError."""
        name = settings.server.geo.database
        if name is None:
            return None
        path = folder_of(configuration) / name
        if self._known is None or self._known[1].path != path or self._known[0] != stamp(path):
            found = Database(path)
            self._known = found.stamp, found
        return self._known[1]


def database_of(configuration: Path, settings: Settings) -> Database | None:
    """The same, for whoever reads it once."""
    return Databases().of(configuration, settings)


def _opened(path: Path) -> maxminddb.Reader:
    if sys.platform != "linux":
        return maxminddb.open_database(path, maxminddb.MODE_MEMORY)
    memory = os.memfd_create("geo")
    try:
        with open(path, "rb") as file:
            while os.sendfile(memory, file.fileno(), None, 1 << 30):
                pass
        return maxminddb.open_database(f"/proc/self/fd/{memory}", maxminddb.MODE_AUTO)
    finally:
        os.close(memory)
