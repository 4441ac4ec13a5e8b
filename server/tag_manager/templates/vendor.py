"""How a template of the gallery for a platform becomes the platform's tag: by a table of its parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from server.tag_manager import literals
from server.tag_manager.export import Value, row_text, unknown
from server.tag_manager.meaning import Lost
from server.tag_manager.tags import TagNode, TagReader
from server.tag_manager.translation import WHOLE_TEXT_ONLY, Translation
from server.tag_manager.yaml_text import Node

ADVERTISING: Final = ("ad_storage", "ad_user_data")
"""What tags of advertising platforms ask for where the file says nothing."""
_ALWAYS_DROPPED: Final = frozenset({"logType", "useOptimisticScenario", "adStorageConsent"})
_ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class NameRule:
    """Where the event's name stands. ``texts``: by the choice, the parameter with the name; ``=NAME`` is the name itself."""

    choice: str
    texts: Mapping[str, str]
    otherwise: str = ""
    """The choice where none is made."""
    given: tuple[str, str] | None = None
    """Only where this parameter says this."""

    @property
    def parameters(self) -> set[str]:
        """Those that it reads."""
        return {self.choice, *self.texts.values(), *(self.given or ())[:1]}


@dataclass(frozen=True, slots=True)
class Vendor:
    """A template, by its parameters. What is in no table is reported as having no counterpart."""

    type: str
    plain: Mapping[str, str] = field(default_factory=dict)
    """By parameter the setting, a plain text."""
    secret: Mapping[str, str] = field(default_factory=dict)
    needed: Sequence[str] = ()
    """Parameters without which there is no tag; of several that are joined with ``|`` one."""
    defaults: Mapping[str, Node] = field(default_factory=dict)
    """By setting the value that need not be written."""
    name: NameRule | None = None
    rows: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By table, by the name of a row, the event's parameter; ``*`` stands for every name, which stays."""
    parameters: Mapping[str, Node] = field(default_factory=dict)
    """What of the event leaves, where the template does not send all of it."""
    direct: Mapping[str, str] = field(default_factory=dict)
    """By parameter the event's."""
    flags: Mapping[str, tuple[str, Node]] = field(default_factory=dict)
    """By parameter that says yes, or ``PARAMETER=CHOICE``, the setting and its value."""
    limits: Mapping[str, str] = field(default_factory=dict)
    """By row or parameter the setting that limits what the platform may do: lost, the tag is paused."""
    remember: Mapping[str, str] = field(default_factory=dict)
    """By parameter that says yes the platform whose cookies are kept."""
    usual_consent: Sequence[str] = ADVERTISING
    dropped: frozenset[str] = frozenset()
    only: tuple[str, str] | None = None
    """A parameter and its one choice that has a counterpart."""
    numbered: frozenset[str] = frozenset()
    """Parameters of which the number at the end is the id."""


def reader_of(vendor: Vendor) -> TagReader:
    """Reads the tags of a template."""

    def read(translation: Translation) -> TagNode | Lost:
        made = TagNode(vendor.type, usual_consent=vendor.usual_consent)
        choice = translation.entity.text(vendor.only[0]) if vendor.only else ""
        if vendor.only and choice not in ("", vendor.only[1]):
            return Lost(f"no counterpart for the type {literals.spoken(choice)}")
        lost = _identity(vendor, translation, made) or _event_name(vendor, translation, made)
        if lost is not None:
            return lost
        _values(vendor, translation, made)
        _flags(vendor, translation, made)
        if translation.entity.text("adStorageConsent") == "required":
            made.consent.append("ad_storage")
        _rest(vendor, translation)
        return made

    return read


def _identity(vendor: Vendor, translation: Translation, made: TagNode) -> Lost | None:
    """Ids and credentials. One that is needed and has no translation leaves no tag."""
    tag = translation.entity
    needed = {name for names in vendor.needed for name in names.split("|")}
    for parameter, setting in (*vendor.plain.items(), *vendor.secret.items()):
        written = tag.text(parameter)
        if not written:
            continue
        value = _secret(translation, parameter) if parameter in vendor.secret else translation.plain(written, place=parameter)
        if isinstance(value, Lost):
            if parameter in needed:
                return Lost(f"{parameter}: {value.reason}", value.variable, value.secret)
            translation.approximate(f"{parameter} is left out: {value.reason}")
            continue
        value = value.rpartition(":")[2] if parameter in vendor.numbered else value
        if value != vendor.defaults.get(setting):
            made.settings.setdefault(setting, value)
    for names in vendor.needed:
        if not any(tag.text(name) for name in names.split("|")):
            return Lost(f"{vendor.type} needs {names.split('|')[0]}, which the export does not have")
    return None


def _secret(translation: Translation, parameter: str) -> str | Lost:
    value = translation.text(translation.entity.text(parameter), secrets=True, place=parameter)
    return Lost(WHOLE_TEXT_ONLY) if isinstance(value, str) and "{{" in value else value


def _event_name(vendor: Vendor, translation: Translation, made: TagNode) -> Lost | None:
    rule, tag = vendor.name, translation.entity
    if rule is None or (rule.given is not None and tag.text(rule.given[0]) != rule.given[1]):
        return None
    choice = tag.text(rule.choice) or rule.otherwise
    where = rule.texts.get(choice, rule.texts.get(_ANY, ""))
    if where.startswith("="):
        made.settings["event_name"] = where[1:]
        return None
    written = tag.text(where) if where else ""
    if not written:
        return None
    name = translation.text(written, place=where)
    if isinstance(name, Lost):
        return Lost(f"{where}: {name.reason}", name.variable, name.secret)
    made.settings["event_name"] = name
    return None


def _values(vendor: Vendor, translation: Translation, made: TagNode) -> None:
    """What the event gets on the way out."""
    found: dict[str, Node] = {}
    tag = translation.entity
    for parameter, target in vendor.direct.items():
        if tag.text(parameter):
            _put(parameter, tag.text(parameter), target, translation, found)
    for table, targets in vendor.rows.items():
        for row in tag.rows(table):
            _row(row, targets, vendor, translation, made, found)
    for parameter, setting in vendor.limits.items():
        if parameter in tag.parameters:
            _limit(parameter, tag.parameters[parameter], setting, translation, made)
    if found or vendor.parameters:
        made.settings["parameters"] = {**vendor.parameters, **({"set": found} if found else {})}


def _row(
    row: Mapping[str, Value],
    targets: Mapping[str, str],
    vendor: Vendor,
    translation: Translation,
    made: TagNode,
    found: dict[str, Node],
) -> None:
    name = row_text(row, "name", "key")
    if name in vendor.limits:
        _limit(name, row_text(row, "value"), vendor.limits[name], translation, made)
        return
    target = targets.get(name)
    if target is None and _ANY in targets:
        plain = translation.plain(name)
        target = None if isinstance(plain, Lost) else plain
    if target:
        _put(name, row_text(row, "value"), target, translation, found)
    elif name:
        translation.approximate(f"{literals.spoken(name)} has no counterpart")


def _put(name: str, written: str, target: str, translation: Translation, found: dict[str, Node]) -> None:
    value = translation.text(written)
    if isinstance(value, Lost):
        translation.approximate(f"{literals.spoken(name)} is left out: {value.reason}")
    else:
        found[target] = value


def _limit(name: str, written: Value, setting: str, translation: Translation, made: TagNode) -> None:
    """What limits the use of data is kept, or nothing leaves."""
    setting, _, kind = setting.partition(":")
    said = str(written).lower() if isinstance(written, bool) else written if isinstance(written, str) else ""
    text = translation.plain(said)
    value = None if isinstance(text, Lost) else _as(kind, text)
    if value is None:
        made.paused = True
        translation.approximate(f"{literals.spoken(name)} cannot be kept: paused")
    elif value not in ("", False):
        made.settings[setting] = value


def _as(kind: str, text: str) -> Node | None:
    """A text as a setting of this kind; None where it is none."""
    if kind == "never":
        return False if text.strip().lower() in ("", "false", "0") else None
    if kind == "flag":
        return {"true": True, "1": True, "": False, "false": False, "0": False}.get(text.strip().lower())
    if kind == "number":
        return int(text) if text.strip().isascii() and text.strip().isdigit() else "" if not text.strip() else None
    if kind == "list":
        return [*_items(text)] if text.strip() else ""
    return text


def _items(text: str) -> Sequence[str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = text.split(",")
    return [str(each).strip() for each in (found if isinstance(found, list) else [found])]


def _flags(vendor: Vendor, translation: Translation, made: TagNode) -> None:
    for asked, (setting, value) in vendor.flags.items():
        parameter, _, choice = asked.partition("=")
        if translation.entity.text(parameter) == choice if choice else _says_yes(parameter, translation, made, setting):
            made.settings[setting] = value
    for parameter, platform in vendor.remember.items():
        if _says_yes(parameter, translation, made, ""):
            made.remember.setdefault(platform, parameter)


def _says_yes(parameter: str, translation: Translation, made: TagNode, setting: str) -> bool:
    """What only a variable knows is taken for no; a tag that may be a mere test is paused."""
    written = translation.entity.text(parameter)
    if not literals.has_reference(written):
        return translation.entity.flag(parameter)
    known = translation.plain(written)
    if isinstance(known, str):
        return known == "true"
    made.paused = made.paused or setting == "test"
    translation.approximate(f"{parameter} depends on a variable: {'paused' if setting == 'test' else 'taken for no'}")
    return False


def _rest(vendor: Vendor, translation: Translation) -> None:
    known = _ALWAYS_DROPPED | vendor.dropped | (vendor.name.parameters if vendor.name else set())
    for table in (vendor.plain, vendor.secret, vendor.rows, vendor.direct, vendor.flags, vendor.limits, vendor.remember):
        known |= table.keys()
    translation.approximate(*(f"{literals.spoken(each)} has no counterpart" for each in unknown(translation.entity, known)))
