"""Secrets in the export: what looks like one never reaches the file, and ``${NAME}`` stands for it."""

from __future__ import annotations

from collections.abc import Sequence

from server.tag_manager.export import Entity, Export
from server.tag_manager.report import SecretName


class Secrets:
    """The secrets of an export, each by one name."""

    def __init__(self, export: Export) -> None:
        del export

    def constant(self, variable: Entity) -> str | None:
        """The name of the secret that a constant is, if it is one."""
        del variable
        return None

    def masked(self, text: str) -> str:
        """A name, note or reason with ``***`` for each word of it that looks like a secret."""
        return text

    def names(self) -> Sequence[SecretName]:
        """Those that the file names, sorted."""
        return []
