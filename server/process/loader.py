"""Reads the configuration for a worker: at its start, and for each reload."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from config import Problem
from server.loading.folders import make_folders
from server.loading.geo_database import Databases
from server.loading.serving import Serving
from server.loading.surroundings import surroundings_of
from server.process.plan import Plan
from server.system.clock import wall
from server.system.files import FileError, sources
from server.visitors.marks import Marks
from server.visitors.origins import Origins
from server.visitors.visitor import Visitors


class ConfigurationError(FileError):
    """A configuration with mistakes. ``problems`` is everything that was found in it, and the text has a line for each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Loader:
    """Of one worker."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._databases = Databases()
        self._started = False

    def __call__(self) -> Serving:
        """The configuration as it is on disk now. Raises FileError, and ConfigurationError where there is a mistake in it."""
        configuration = self._plan.configuration
        masked = configuration.load_masked()
        loaded = masked if self._plan.dry_run else configuration.load(serve=True)
        settings = loaded.settings
        if settings is None:
            raise ConfigurationError(loaded.problems)
        if self._started and not self._plan.dry_run:  # the start has looked, and a worker that comes later serves all the same
            make_folders(configuration.path, settings)
        self._started = True
        geo = self._databases.of(configuration.path, settings)
        return Serving(
            path=configuration.path,
            settings=settings,
            assembled=configuration.assemble(loaded, settings, self._plan.own_secret),
            masked=cache(lambda: configuration.assemble(masked, masked.settings or settings)),
            secrets=loaded.secrets,
            problems=loaded.problems,
            sources=sources(configuration.path),
            visitors=Visitors(settings.server, geo),
            geo_built=geo.built if geo else None,
            origins=Origins(settings.server.allowed_origins),
            since=wall(),
            dry_run=self._plan.dry_run,
            marks=Marks(self._plan.own_secret),
            document=loaded.document,
            surroundings=surroundings_of(loaded, configuration.environ()),
        )
