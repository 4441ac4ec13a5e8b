"""Defaults that follow from another part of the file: every component is asked for its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from config.asking import Kept, derived
from config.document import Document
from config.settings import Configured, Settings


def derive(settings: Settings, document: Document) -> Settings:
    """The file with these defaults. All components are shown the same: the file as it was read."""

    def of(section: Mapping[str, Configured[Kept]]) -> dict[str, Configured[Kept]]:
        return {name: replace(each, settings=derived(each, settings, document)) for name, each in section.items()}

    return replace(settings, clients=of(settings.clients), transformations=of(settings.transformations), tags=of(settings.tags))
