"""From files on disk to a container that is ready to run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from config import Loaded, Settings, SourceFile, load
from config.assembly import Assembled, assemble
from core.registry import installed
from core.secret import MASK
from server.loading.extras import missing_extras
from server.loading.geo_database import Database, database_of
from server.system.files import environment, folder_of, reader, sources
from wire.identity.vendors import VENDORS
from wire.readers import READERS

NOTHING: Final[Mapping[str, str]] = {}
SHOWN: Final = "no secret: for what is only shown"
"""Stands for the secret of the installation where nothing is served, so that the same request always gets the same ids."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration file (or folder) and the env file beside it. Each ``load`` reads them anew."""

    path: Path
    env_file: Path | None = None

    def sources(self) -> Sequence[SourceFile]:
        """What is written, as it is now. Raises FileError."""
        return sources(self.path)

    def environ(self) -> Mapping[str, str]:
        """The environment that it is read in. Raises FileError."""
        return environment(self.env_file)

    def read(self, name: str) -> bytes:
        """A file by the name that the YAML gives it. Raises OSError."""
        return reader(self.path)(name)

    def database(self, settings: Settings) -> Database | None:
        """The geo database that the settings name. Raises FileError."""
        return database_of(self.path, settings)

    def load(self, *, serve: bool = False) -> Loaded:
        """Settings and problems. ``serve`` needs every secret. Raises FileError where a file cannot be read."""
        loaded = self._load(self.environ(), serve)
        missing = tuple(missing_extras(loaded))
        return replace(loaded, settings=None, problems=(*loaded.problems, *missing)) if missing else loaded

    def load_masked(self, overrides: Mapping[str, str] = NOTHING) -> Loaded:
        """The same with every secret replaced by the mask, whether it is there or not, for what is only shown and never sent.

        ``overrides`` count over the process environment.
        """
        environ = {**self.environ(), **overrides}
        first = self._load(environ, False)
        plain = {name: environ[name] for name in first.environment if name in environ}
        return self._load({**dict.fromkeys(first.secrets, MASK), **plain}, False)

    def assemble(self, loaded: Loaded, settings: Settings, own_secret: str = SHOWN) -> Assembled:
        """The container of these settings. ``own_secret`` is the installation's, for what serves."""
        return assemble(loaded, settings, READERS, self.read, own_secret, VENDORS)

    def own_files(self) -> Sequence[Path]:
        """The YAML, as it is now, and the env file."""
        yaml = sorted(self.path.glob("*.yaml")) if self.path.is_dir() else [self.path]
        return [*yaml, self.env_file] if self.env_file else yaml

    def named_files(self, before: Sequence[Path] = ()) -> Sequence[Path]:
        """The files that the YAML and the environment name: tables, secrets, a geo database. Raises FileError.

        A file with mistakes may not say them all: then those that it named ``before`` are among them.
        """
        found: dict[Path, None] = {}
        folder = folder_of(self.path)

        def noted(name: str) -> bytes:
            found[folder / name] = None
            return self.read(name)

        settings = self._load(self.environ(), False, noted).settings
        if settings and settings.server.geo.database:
            found[folder / settings.server.geo.database] = None
        return list(found) if settings else list(dict.fromkeys([*before, *found]))

    def _load(self, environ: Mapping[str, str], serve: bool, read: Callable[[str], bytes] | None = None) -> Loaded:
        found, vendors = self.sources(), tuple(VENDORS)
        return load(found, registry=installed(), environ=environ, read=read or self.read, serve=serve, vendors=vendors)
