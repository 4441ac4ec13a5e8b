"""What all tags have in common: which triggers fire them and hold them back, and whether they are paused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from server.tag_manager.export import Entity
from server.tag_manager.outcome import Outcome
from server.tag_manager.translation import Translation
from server.tag_manager.yaml_text import Node

ALL_EVENTS: Final = "2147479574"
"""The id of the trigger that is built in there, too."""
ALL: Final = "all"


class Triggers:
    """The export's triggers, by the ids by which tags name them."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self._by_id: Mapping[str, Outcome] = {each.entity.id: each for each in reversed(outcomes)}

    def key(self, id: str) -> str | None:
        """The key of the trigger; None where the export lacks it."""
        if id == ALL_EVENTS:
            return ALL
        found = self._by_id.get(id)
        return found.key if found else None

    def matches_nothing(self, id: str) -> bool:
        """Whether it has no translation."""
        found = self._by_id.get(id)
        return found is not None and found.status == "skipped"


def common_settings(tag: Entity, translation: Translation, triggers: Triggers, *, paused: bool) -> dict[str, Node]:
    """``triggers``, ``exceptions`` and ``paused``, as far as they need to be written."""
    found: dict[str, Node] = {"triggers": _firing(tag, translation, triggers)}
    exceptions: list[Node] = []
    for id in tag.ids("blockingTriggerId"):
        key = triggers.key(id)
        if key is None:
            translation.approximate(f"the export has no blocking trigger {id}: paused")
            paused = True
        elif triggers.matches_nothing(id):
            translation.approximate(f"what holds it back cannot be told ({key}): paused")
            paused = True
        elif key not in exceptions:
            exceptions.append(key)
    if exceptions:
        found["exceptions"] = exceptions
    if paused or tag.fields.get("paused") is True:
        found["paused"] = True
    return found


def _firing(tag: Entity, translation: Translation, triggers: Triggers) -> list[Node]:
    keys: list[Node] = []
    ids = tag.ids("firingTriggerId")
    for id in ids:
        key = triggers.key(id)
        if key is None:
            translation.approximate(f"the export has no trigger {id}: it does not fire for that")
        elif key not in keys:
            keys.append(key)
    if not ids:
        translation.approximate("has no trigger: it never fires")
    lost = [triggers.key(id) or id for id in ids if triggers.matches_nothing(id)]
    if lost:
        translation.approximate(f"a trigger of its matches nothing: {', '.join(lost)}")
    return keys
