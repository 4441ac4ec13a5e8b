"""A configuration in force, with what it takes to explain a request that met it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel

from config import Problem, Settings, SourceFile
from config.assembly import Assembled
from config.document import Document
from config.validate import leaves
from core.component import Tag
from core.secret import Secret
from server.loading.surroundings import Surroundings
from server.visitors.marks import Marks
from server.visitors.origins import Origins
from server.visitors.visitor import Visitors


@dataclass(frozen=True)
class Serving:
    """``masked`` makes the tags whose secrets are masks: they pack what is shown. ``since`` is microseconds.

    ``geo_built`` is when the geo database was made, in seconds since 1970; None where there is none. ``document`` says where in
    the ``sources`` everything stands.
    """

    path: Path
    settings: Settings
    assembled: Assembled
    masked: Callable[[], Assembled] = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)
    problems: Sequence[Problem]
    sources: Sequence[SourceFile]
    visitors: Visitors
    origins: Origins
    since: int
    dry_run: bool = False
    marks: Marks = field(default_factory=Marks, repr=False)
    geo_built: int | None = None
    document: Document | None = field(default=None, repr=False)
    surroundings: Surroundings = field(default=Surroundings(), repr=False)

    @cached_property
    def masked_assembled(self) -> Assembled:
        """The container with masks for secrets; made once somebody looks."""
        return self.masked()

    @property
    def masked_tags(self) -> Mapping[str, Tag]:
        """Its tags."""
        return self.masked_assembled.tags

    @cached_property
    def secret_values(self) -> frozenset[str]:
        """Every secret that the configuration knows, those written into the file included."""
        mine = self.settings
        settings: list[BaseModel] = [mine.server]
        for components in (mine.clients, mine.transformations, mine.tags):
            settings += [each.settings for each in components.values()]
        inline = {leaf.reveal() for each in settings for _, leaf in leaves(each) if isinstance(leaf, Secret)}
        return frozenset({*self.secrets.values(), *inline})
