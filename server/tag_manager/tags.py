"""Tags, by their type in the export: what is each type's own. What all have in common is in ``common``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from server.tag_manager import literals
from server.tag_manager.export import row_text, unknown
from server.tag_manager.expressions import is_built_in
from server.tag_manager.meaning import Lost
from server.tag_manager.translation import Translation
from server.tag_manager.yaml_text import Node
from wire.ga4.recipient import is_tag_id

_PUT_HERE: Final = re.compile(r"[A-Z]+-(?:X+|0+)", re.IGNORECASE)
"""What stands for an id in instructions."""
_GA4: Final = frozenset({
    *("measurementId", "eventName", "redactVisitorIp", "enableGoogleSignals", "enableEuid", "isMeasurementIdMandatory"),
    *("epToIncludeDropdown", "epToExclude", "eventParameters", "upToIncludeDropdown", "upToExclude", "userProperties"),
})  # fmt: skip
"""The parameters of a GA4 tag; those that are not read have nothing to do here."""
_PLACEHOLDER: Final = "paused: the measurement id is a placeholder"


@dataclass(slots=True)
class TagNode:
    """What a tag becomes: its type, its own settings, and whether something of it is so that it must not fire."""

    type: str
    settings: dict[str, Node] = field(default_factory=dict)
    paused: bool = False
    consent: list[str] = field(default_factory=list)
    """What it asks for by settings of its own."""
    usual_consent: Sequence[str] = ()
    """What its type asks for where the file says nothing."""
    more: list[dict[str, Node]] = field(default_factory=list)
    """The settings of further tags that it becomes."""
    remember: dict[str, str] = field(default_factory=dict)
    """Platforms whose cookies it keeps, which clients do here, and the parameters that say so."""
    only_cookies: bool = False
    """Whether that is all it does."""


TagReader: TypeAlias = Callable[[Translation], "TagNode | Lost"]


def _ga4(translation: Translation) -> TagNode:
    tag, made = translation.entity, TagNode("ga4")
    _measurement_id(translation, made)
    _event_name(translation, made)
    parameters = _selected(translation, "epToIncludeDropdown", "epToExclude", "eventParameters")
    if parameters:
        made.settings["parameters"] = parameters
    properties = _selected(translation, "upToIncludeDropdown", "upToExclude", "userProperties")
    if properties:
        made.settings["user_properties"] = properties
    if tag.flag("redactVisitorIp"):
        made.settings["redact_visitor_ip"] = True
    translation.approximate(*(f"{literals.spoken(each)} has no counterpart" for each in unknown(tag, _GA4)))
    return made


def _measurement_id(translation: Translation, made: TagNode) -> None:
    written = translation.entity.text("measurementId")
    if not written:
        return
    id = translation.plain(written)
    if isinstance(id, Lost):
        translation.approximate(f"paused: the measurement id is left out: {id.reason}")
        made.paused = True
    elif is_tag_id(id) and not _PUT_HERE.fullmatch(id):
        made.settings["measurement_id"] = id
    else:
        translation.approximate(_PLACEHOLDER)
        made.paused = True


def _event_name(translation: Translation, made: TagNode) -> None:
    written = translation.entity.text("eventName")
    lone = literals.lone_reference(written)
    if not written or (lone is not None and is_built_in(translation.variables.named(lone), "EVENT_NAME")):
        if lone is not None:
            translation.operand(written)
        return
    name = translation.text(written, place="eventName")
    if isinstance(name, Lost):
        translation.approximate(f"eventName is left out: {name.reason}")
    else:
        made.settings["event_name"] = name


def _selected(translation: Translation, include: str, exclude: str, added: str) -> dict[str, Node]:
    """Which parameters leave, and which are set on the way out."""
    tag, found = translation.entity, dict[str, Node]()
    choice = tag.text(include)
    if choice == "none":
        found["include"] = "none"
    elif choice not in ("", "all"):
        translation.approximate(f"{include} is {literals.spoken(choice)}: all are included")
    excluded = [text for row in tag.rows(exclude) if (text := _name(translation, row_text(row, "fieldName"), exclude))]
    if excluded:
        found["exclude"] = list(dict.fromkeys(excluded))
    rows: dict[str, Node] = {}
    for row in tag.rows(added):
        name = _name(translation, row_text(row, "fieldName", "name"), added)
        value = translation.text(row_text(row, "value"))
        if name and isinstance(value, Lost):
            translation.approximate(f"{literals.spoken(name)} is left out: {value.reason}")
        elif name and isinstance(value, str):
            rows[name] = value
    if rows:
        found["set"] = rows
    return found


def _name(translation: Translation, written: str, table: str) -> str | None:
    name = translation.plain(written)
    if isinstance(name, Lost):
        translation.approximate(f"a row of {table} is left out: {name.reason}")
        return None
    return name or None


def _conversion_linker(translation: Translation) -> TagNode:
    made = TagNode("conversion_linker", remember={"google_ads": "clicks on ads"}, only_cookies=True)
    if translation.entity.flag("enableLinkerParams"):
        translation.approximate("enableLinkerParams: clicks do not go on to other domains")
    return made


TAGS: Final[Mapping[str, TagReader]] = {"sgtmgaaw": _ga4, "sgtmadscl": _conversion_linker}
"""By type in the export. What is missing here is looked for among the templates, and is a stub else."""

STUBS: Final[Mapping[str, tuple[str, str]]] = {
    "sgtmadsct": (
        "google_ads",
        "google_ads needs what the export does not have: the account, the conversion action's number, a service account",
    ),
    "sgtmadsremarket": ("google_ads_remarketing", "no tag for Google Ads remarketing yet (sgtmadsremarket)"),
    "sgtmawud": ("google_ads_user_data", "no tag for Google Ads user-provided data yet (sgtmawud)"),
    "sgtmfls": ("floodlight_sales", "no tag for floodlight sales yet (sgtmfls)"),
    "sgtmflc": ("floodlight_counter", "no tag for floodlight counter yet (sgtmflc)"),
}
"""Google's own tags without a counterpart, or that the export says too little of: the type of the stub, and why it is one."""
