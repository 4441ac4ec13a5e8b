"""Keys of the file out of names of the export, each once in its section."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from server.tag_manager.export import Entity

LONGEST: Final = 60
_RESERVED: Final = {"tags": "tag", "triggers": "trigger"}
"""Sections where ``all`` is built in, and what is put behind it."""
_ALL: Final = "all"
_SPELT: Final = str.maketrans(
    {"ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d"}
)
_CONSTANT: Final = re.compile(r"^\s*(?:const|constant|c)\s*-\s*", re.IGNORECASE)


def key_of(name: str, kind: str, id: str) -> str:
    """The key that a name gives: ``ga4_purchase`` of «GA4 - Purchase»; ``trigger_11`` where nothing of it is left."""
    plain = unicodedata.normalize("NFKD", name.translate(_SPELT))
    letters = "".join(each for each in plain if not unicodedata.combining(each)).lower()
    key = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:LONGEST].rstrip("_")
    if not key:
        return f"{kind}_{re.sub(r'[^a-z0-9]+', '_', id.lower()).strip('_')}".rstrip("_")
    return key if key[0].isalpha() else f"{kind}_{key}"


def constant_name(name: str) -> str:
    """A constant's name without the word that says it is one, as long as something is left."""
    return _CONSTANT.sub("", name) or name


class Naming:
    """The keys that are taken, by section. Sections do not compete."""

    def __init__(self, masked: Callable[[str], str] = str) -> None:
        """``masked`` takes secrets out of names."""
        self._masked = masked
        self._taken: dict[str, dict[str, int]] = {}
        """By section the keys, and the number that the next who wants it gets at least."""

    def of(self, section: str, entity: Entity) -> str:
        """A key for an entity; the next call gives another."""
        name = constant_name(entity.name) if entity.kind == "variable" and entity.type == "c" else entity.name
        return self.take(section, key_of(self._masked(name), entity.kind, self._masked(entity.id)))

    def take(self, section: str, wanted: str) -> str:
        """This key, or the first of ``_2``, ``_3`` … that is free."""
        taken = self._taken.setdefault(section, {})
        if wanted == _ALL and section in _RESERVED:
            wanted = f"{wanted}_{_RESERVED[section]}"
        key, number = wanted, taken.get(wanted, 2)
        while key in taken:
            key, number = f"{wanted}_{number}", number + 1
        taken.setdefault(key, 2)
        taken[wanted] = number
        return key
