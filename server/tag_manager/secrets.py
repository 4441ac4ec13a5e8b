"""Secrets in the export: what looks like one never reaches the file, and ``${NAME}`` stands for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from server.tag_manager import literals
from server.tag_manager.export import Entity, Export, Value
from server.tag_manager.looks import (
    is_public_place,
    is_secret_name,
    is_secret_place,
    is_value,
    looks_secret,
    secret_words,
)
from server.tag_manager.meaning import Sealed
from server.tag_manager.names import constant_name, key_of
from server.tag_manager.report import SecretName

_MASK: Final = "***"
_SHORTEST: Final = 6
_LONG_WORD: Final = 12
"""Characters of a value that is masked wherever it occurs; a word of mere letters needs more."""
_SCHEME: Final = re.compile(r"\s*(?:Bearer|Basic|Token|ApiKey|Klaviyo-API-Key)\s+(?=\S)", re.IGNORECASE)
_RESERVED: Final = ("TAGYARD_", "PYTHON", "LD_", "LC_", "GTM_")
_ALONE: Final = "_SECRET"
_OWN: Final = frozenset({"sgtmgaaw", "gaaw_client", "mpaw_client", "gtm_client"})
"""Types whose parameters are known, and none of them is a secret."""


class Secrets:
    """The secrets of an export, each by one name."""

    def __init__(self, export: Export, vendor: Callable[[Entity], str]) -> None:
        """``vendor``: what the names of an entity's secrets begin with."""
        self._vendor = vendor
        self._by_place: set[str] = set()
        self._public: set[str] = set()
        self._known: set[str] = set()
        self._names: dict[str, str] = {}
        self._by_value: dict[str, str] = {}
        self._by_constant: dict[Entity, Sealed] = {}
        for entity in (*export.of("tag"), *export.of("client")):
            for place, text in _texts(entity.parameters):
                self._look_at(entity, place, text)
        self._known |= {each.text("value") for each in export.of("variable") if each.type == "c" and self._is_secret(each)}
        self._masking = _one_of(self._known)

    def constant(self, variable: Entity) -> Sealed | None:
        """The secret that a constant is or holds, if there is one."""
        if variable not in self._by_constant:
            text = variable.text("value")
            origin = f"variable «{self.masked(literals.spoken(variable.name))}»"
            wanted = key_of(self.masked(constant_name(variable.name)), "variable", variable.id)
            public = variable.name.strip() in self._public
            if self._is_secret(variable):
                self._by_constant[variable] = self._sealed(text, wanted, origin)
            elif looks_secret(text, public=public):
                parts = list(self._parts(text, public))
                name = self._sealed(next(part for secret, part in parts if secret), wanted, origin).secret
                written = "".join(
                    self._sealed(part, wanted, origin).written if secret else literals.as_written(part) for secret, part in parts
                )
                self._by_constant[variable] = Sealed(name, written)
        return self._by_constant.get(variable)

    def literal(self, entity: Entity, place: str, text: str, whole: bool) -> Iterator[tuple[bool, str]]:
        """The pieces of a literal: ``${NAME}`` for each secret, and what is around it. ``whole``: it is all of the value."""
        origin, wanted = self._origin(entity, place), f"{self._vendor(entity)}_{key_of(place, 'value', '')}"
        if whole and self._is_placed(entity, place) and is_value(text):
            scheme = _SCHEME.match(text)
            begin = scheme.end() if scheme else 0
            if begin:
                yield False, text[:begin]
            yield True, self._sealed(text[begin:], wanted, origin).written
            return
        for secret, part in self._parts(text, is_public_place(place)):
            yield secret, self._sealed(part, wanted, origin).written if secret else part

    def is_in(self, text: str, *, public: bool = False) -> bool:
        """Whether a literal that is compared, or put where no secret may stand, holds one."""
        known = self._masking is not None and self._masking.search(text) is not None
        return known or looks_secret(text, public=public, alternatives=True)

    def masked(self, text: str) -> str:
        """A name, note or reason with ``***`` for each word of it that is a secret or looks like one."""
        return "".join(_MASK if secret else part for secret, part in self._parts(text))

    def names(self) -> Sequence[SecretName]:
        """All that were given, sorted."""
        return [SecretName(name, origin) for name, origin in sorted(self._names.items())]

    def _look_at(self, entity: Entity, place: str, text: str) -> None:
        lone = literals.lone_reference(text)
        if lone is not None and self._is_placed(entity, place):
            self._by_place.add(lone)
        elif lone is not None and is_public_place(place):
            self._public.add(lone)
        elif self._is_placed(entity, place) and is_value(text) and not literals.has_reference(text):
            scheme = _SCHEME.match(text)
            self._known.add(text[scheme.end() :] if scheme else text)

    def _parts(self, text: str, public: bool = False) -> Iterator[tuple[bool, str]]:
        """The pieces of a text, whether each is a secret: one that is known, or what looks like one."""
        known = (found.span() for found in self._masking.finditer(text)) if self._masking is not None else ()
        for secret, part in _cut(text, known):
            if secret:
                yield True, part
            else:
                yield from _cut(part, secret_words(part, public=public))

    def _is_placed(self, entity: Entity, place: str) -> bool:
        return entity.kind in ("tag", "client") and entity.type not in _OWN and is_secret_place(place)

    def _is_secret(self, constant: Entity) -> bool:
        """Whether all of it is one."""
        name, text = constant.name.strip(), constant.text("value")
        if not is_value(text):
            return False
        if name in self._by_place or is_secret_name(name):
            return True
        return [(0, len(text))] == list(secret_words(text, public=name in self._public))

    def _origin(self, entity: Entity, place: str) -> str:
        return f"«{self.masked(literals.spoken(entity.name))}», {self.masked(literals.spoken(place))}"

    def _sealed(self, value: str, wanted: str, origin: str) -> Sealed:
        """The secret, by the name that its value has already."""
        if value not in self._by_value:
            name = wanted.upper()
            if "_" not in name or name.startswith(_RESERVED):
                name += _ALONE
            unique, number = name, 2
            while unique in self._names:
                unique, number = f"{name}_{number}", number + 1
            self._names[unique] = origin
            self._by_value[value] = unique
        name = self._by_value[value]
        return Sealed(name, f"${{{name}}}")


def _cut(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[bool, str]]:
    """The pieces of a text, whether each is one of these."""
    end = 0
    for start, stop in spans:
        if text[end:start]:
            yield False, text[end:start]
        yield True, text[start:stop]
        end = stop
    if text[end:]:
        yield False, text[end:]


def _texts(value: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Each text below a parameter with the name of its place: a row's own name, else the key of its column."""
    for key, item in value.items():
        yield from _texts_at(key, item)


def _texts_at(place: str, value: Value) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, list):
        for item in value:
            yield from _texts_at(place, item)
    elif isinstance(value, dict):
        name = row_name(value)
        for key, item in value.items():
            yield from _texts_at(name if name and key == "value" else key, item)


def row_name(row: Mapping[str, Value]) -> str:
    """What a row of names and values is about; empty where it is none."""
    name = row.get("name", row.get("key", row.get("fieldName", "")))
    return name if isinstance(name, str) and "value" in row else ""


def _one_of(values: set[str]) -> re.Pattern[str] | None:
    telling = sorted(filter(_tells, values), key=lambda each: (-len(each), each))
    return re.compile("|".join(map(re.escape, telling))) if telling else None


def _tells(value: str) -> bool:
    """Whether a value is no part of other words, and no word that anybody might write."""
    is_word = value.isalpha() and (value.islower() or value.istitle())
    return len(value) >= (_LONG_WORD if is_word else _SHORTEST)
