"""A configuration that is being written: its texts come from elsewhere, and of the machine it sees what it may."""

from __future__ import annotations

import errno
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config import Settings, SourceFile
from server.inspection.base import Base
from server.loading.configuration import Configuration
from server.loading.geo_database import Database, database_of
from server.system.files import folder_of

LARGEST_TABLE: Final = 8 << 20
"""Bytes."""

_TABLES: Final = (".csv", ".json")
_ELSEWHERE: Final = "here only .csv and .json files in the configuration's folder are read, and those that the loaded one names"
_ODD: Final = f"here only files of {LARGEST_TABLE >> 20} MiB and less are read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(Configuration):
    """The texts by name, in what surrounds the configuration in force. Secrets are not known here: masks stand for them."""

    texts: Mapping[str, str]
    plain: Mapping[str, str] = field(default_factory=dict)
    tables: frozenset[str] = frozenset()
    geo: str | None = None

    def sources(self) -> Sequence[SourceFile]:
        """The texts."""
        return [SourceFile(name, text.encode("utf-8", "surrogatepass")) for name, text in self.texts.items()]

    def environ(self) -> Mapping[str, str]:
        """What may be known of it."""
        return self.plain

    def read(self, name: str) -> bytes:
        """A table. Raises OSError, for every other file too."""
        folder = folder_of(self.path)
        path = folder / name
        if name not in self.tables and not _is_beside(folder, path):
            raise PermissionError(errno.EACCES, _ELSEWHERE)
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST_TABLE:
            raise OSError(errno.EINVAL, _ODD)
        return path.read_bytes()

    def database(self, settings: Settings) -> Database | None:
        """The one that is in use already; no other is opened."""
        return database_of(self.path, settings) if settings.server.geo.database == self.geo else None


def _is_beside(folder: Path, path: Path) -> bool:
    """Whether it is a table in the folder, or further down, also behind all symbolic links."""
    found = path.resolve()
    return found.is_relative_to(folder.resolve()) and found.suffix in _TABLES


def draft_of(base: Base, texts: Mapping[str, str]) -> Draft:
    """These texts in the place of those in force."""
    return Draft(Path(base["path"]), texts=texts, plain=base["plain"], tables=frozenset(base["tables"]), geo=base["geo"])
