"""From files on disk to a container that is ready to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config import Loaded, Settings, load
from config.assembly import Assembled, assemble
from core.context import Reader
from core.registry import installed
from core.secret import MASK
from server.files import environment, reader, sources
from wire import consent, user_data
from wire.cookies import browser

NOTHING: Final[Mapping[str, str]] = {}

READERS: Mapping[str, Reader] = {
    "consent": lambda event, _: consent.consent_of(event),
    "user": user_data.read,
    "ga": browser.read,
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration file (or folder) and the env file beside it. Each ``load`` reads them anew."""

    path: Path
    env_file: Path | None = None

    def load(self, *, serve: bool = False) -> Loaded:
        """Settings and problems. ``serve`` needs every secret. Raises FileError where a file cannot be read."""
        return self._load(environment(self.env_file), serve)

    def load_masked(self, overrides: Mapping[str, str] = NOTHING) -> Loaded:
        """The same with every secret replaced by the mask, whether it is there or not, for what is only shown and never sent.

        ``overrides`` count over the process environment.
        """
        environ = {**environment(self.env_file), **overrides}
        first = self._load(environ, False)
        plain = {name: environ[name] for name in first.environment if name in environ}
        return self._load({**dict.fromkeys(first.secrets, MASK), **plain}, False)

    def assemble(self, loaded: Loaded, settings: Settings) -> Assembled:
        """The container of these settings."""
        return assemble(loaded, settings, READERS, reader(self.path))

    def _load(self, environ: Mapping[str, str], serve: bool) -> Loaded:
        return load(sources(self.path), registry=installed(), environ=environ, read=reader(self.path), serve=serve)
