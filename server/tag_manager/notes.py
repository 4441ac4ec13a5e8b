"""``note:``, which keeps what the file has no other place for: the folder, the name, the notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from server.tag_manager import literals
from server.tag_manager.export import Entity, Export
from server.tag_manager.yaml_text import Node


class Notes:
    """The notes of an export's entities."""

    def __init__(self, export: Export, masked: Callable[[str], str]) -> None:
        """``masked`` takes secrets out of texts."""
        self._masked = masked
        self._folders: Mapping[str, str] = {each.id: each.name for each in reversed(export.of("folder"))}

    def of(self, entity: Entity, key: str) -> dict[str, Node]:
        """``FOLDER / NAME: NOTES`` on one line, where it differs from the key."""
        folder, notes = self._folders.get(entity.field("parentFolderId")), entity.field("notes")
        text = f"{folder} / {entity.name}" if folder else entity.name
        line = literals.spoken(self._masked(f"{text}: {notes}" if notes.strip() else text))
        return {"note": literals.as_written(line)} if line != key else {}
