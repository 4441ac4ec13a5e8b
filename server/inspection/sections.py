"""The sections of the configuration in force: what is in each, what of it does nothing, and every value of one entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypedDict

from config import Configured
from config.assembly import running_order
from config.nodes import Entry, MappingNode, follow
from config.problem import Path, dotted
from config.warnings import IDLE
from core.deduplication import DeduplicationSettings
from core.settings import ComponentSettings
from core.triggers import TriggerSettings
from server.inspection.effective import BESIDE, Effective, PlaceShown, ValueShown, compact, place_of
from server.inspection.files import written_privacy
from server.loading.serving import Serving

ENTRIES: Final = (
    *("tags", "clients", "transformations", "triggers", "variables"),
    *("deduplicate", "environment", "tests"),
)
"""Sections that are told entry by entry."""
WHOLE: Final = ("exceptions", "consent", "server", "outbox")
"""Those that are told as one."""
NAMES: Final = (
    *("tags", "clients", "triggers", "exceptions", "transformations", "variables", "consent"),
    *("deduplicate", "environment", "server", "outbox", "tests"),
)
"""All of them, in the order in which somebody asks for them."""

AT_ONCE: Final = 200
"""Entries of a section that are told at once."""
MOST: Final = 500
"""Values that are told of an entry, and entries that do nothing."""
MOST_NAMED: Final = 12

_FROM_OUTSIDE: Final = "set by the process environment"


class SectionSummary(TypedDict):
    """How many entries, or written keys, a section has, and the names of the first."""

    name: str
    count: int
    named: list[str]


class TagShown(TypedDict):
    """What decides over a tag, with the transformations that reach it in the order in which they run."""

    triggers: list[str]
    exceptions: list[str]
    consent: list[str]
    transformations: list[str]


class EntryShown(TypedDict):
    """An entry in a line, asked for by its ``key``. ``idle`` says why it does nothing; empty where it does something."""

    section: str
    key: str
    name: str
    type: str
    note: str
    text: str
    place: PlaceShown | None
    idle: str
    tag: TagShown | None


class SectionShown(TypedDict):
    """Entries, or values, or both empty; ``more`` are not told. ``tag`` is that of which the values are."""

    name: str
    entries: list[EntryShown]
    values: list[ValueShown]
    more: int
    tag: TagShown | None


@dataclass(frozen=True)
class Sections:
    """Of one configuration."""

    serving: Serving

    def summaries(self) -> list[SectionSummary]:
        """All of them, the empty ones too."""
        found = ((name, self._names(name)) for name in NAMES)
        return [{"name": name, "count": len(names), "named": names[:MOST_NAMED]} for name, names in found]

    def section(self, name: str, after: int = 0) -> SectionShown:
        """One of them, without so many of its first entries. Raises KeyError."""
        if name in WHOLE:
            return self._values(name, self._settings[name], (name,))
        keys = list(self._held(name))[max(0, after) :]
        entries = [self._entry(name, key) for key in keys[:AT_ONCE]]
        return {"name": name, "entries": entries, "values": [], "more": len(keys[AT_ONCE:]), "tag": None}

    def entry(self, section: str, key: str) -> SectionShown:
        """The values of one entry. Raises KeyError."""
        held = self._held(section)[key]
        shown = self._values(held.name if isinstance(held, Configured) else key, held, _steps(section, key))
        return {**shown, "tag": self._tag(key)} if section == "tags" else shown

    def idle(self) -> list[EntryShown]:
        """Paused tags, and whatever does nothing."""
        found = (self._entry(name, key) for name in ENTRIES for key in self._held(name) if self._idle(name, key))
        return [entry for _, entry in zip(range(MOST), found, strict=False)]

    @cached_property
    def _settings(self) -> Mapping[str, Any]:
        mine = self.serving.settings
        ordered = {each.name: each for each in running_order(mine)}
        listed = {str(at): case for at, case in mine.tests.items()}
        return {**{name: getattr(mine, name) for name in NAMES}, "transformations": ordered, "tests": listed}

    @cached_property
    def _effective(self) -> Effective:
        return Effective(self.serving.settings.environment, self.serving.surroundings, written_privacy(self.serving))

    @cached_property
    def _doing_nothing(self) -> Mapping[str, str]:
        """Why, by path."""
        return {each.path: each.message for each in self.serving.problems if each.message in IDLE}

    def _held(self, section: str) -> Mapping[str, Any]:
        if section not in ENTRIES:
            raise KeyError(section)
        held: Mapping[str, Any] = self._settings[section]
        return held

    def _names(self, section: str) -> list[str]:
        if section == "tests":
            return [each.name for each in self.serving.settings.tests.values()]
        if section in ("server", "outbox"):
            entry = self._written((section,))
            return list(entry.node.entries) if entry and isinstance(entry.node, MappingNode) else []
        return list(self._settings[section])

    def _written(self, steps: Path) -> Entry | None:
        """What the file says there, if it does; a test that is the only one needs no list."""
        if self.serving.document is None:
            return None
        path, entry = follow(self.serving.document.root, steps)
        return entry if path in (steps, ("tests",)) else None

    def _values(self, name: str, settings: Any, steps: Path) -> SectionShown:
        own, entry = settings.settings if isinstance(settings, Configured) else settings, self._written(steps)
        values = [each for each in self._effective.values(own, entry) if each["key"] not in BESIDE]
        return {"name": name, "entries": [], "values": values[:MOST], "more": len(values[MOST:]), "tag": None}

    def _entry(self, section: str, key: str) -> EntryShown:
        held, entry = self._held(section)[key], self._written(_steps(section, key))
        return {
            "section": section,
            "key": key,
            "name": held.name if section == "tests" else key,
            "type": held.type if isinstance(held, Configured) else "",
            "note": self._note(section, key, held),
            "text": self._text(section, held, entry),
            "place": place_of(entry) if entry else None,
            "idle": self._idle(section, key),
            "tag": self._tag(key) if section == "tags" else None,
        }

    def _text(self, section: str, held: Any, entry: Entry | None) -> str:
        if section == "environment":
            return self._effective.masked(held)
        return self._effective.masked(compact(entry.node)) if entry and section != "tests" else ""

    def _note(self, section: str, key: str, held: Any) -> str:
        if section == "environment":
            return _FROM_OUTSIDE if key in self.serving.surroundings.plain else ""
        own = held.settings if isinstance(held, Configured) else held
        noted = isinstance(own, ComponentSettings | TriggerSettings | DeduplicationSettings)
        return self._effective.masked(own.note or "") if noted else ""

    def _idle(self, section: str, key: str) -> str:
        if section == "tags" and self.serving.settings.tags[key].settings.paused:
            return "is paused"
        return self._doing_nothing.get(dotted(_steps(section, key)), "")

    def _tag(self, name: str) -> TagShown:
        own, settings = self.serving.settings.tags[name].settings, self.serving.settings
        reaching = [each.name for each in running_order(settings) if each.settings.reaches(name)]
        return {
            "triggers": own.triggers,
            "exceptions": own.exceptions,
            "consent": list(own.consent),
            "transformations": reaching,
        }


def _steps(section: str, key: str) -> Path:
    return (section, int(key)) if section == "tests" else (section, key)
