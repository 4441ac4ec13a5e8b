"""What all tags have in common: which triggers fire them and hold them back, consent, whether they are paused, sequences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, get_args

from core.fields import ConsentType
from server.tag_manager import literals
from server.tag_manager.export import Entity, Value, folded, text_of, value_of
from server.tag_manager.outcome import Outcome
from server.tag_manager.tags import TagNode
from server.tag_manager.translation import Translation
from server.tag_manager.yaml_text import Node

ALL_EVENTS: Final = "2147479574"
"""The id of the trigger that is built in there, too."""
ALL: Final = "all"
_SEQUENCES: Final[Mapping[str, str]] = {"setupTag": "before", "teardownTag": "after"}


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


@dataclass(slots=True)
class Common:
    """Of one tag. ``usual`` is the consent that its type asks for where the file says nothing."""

    triggers: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    consent: list[str] = field(default_factory=list)
    usual: Sequence[str] = ()
    paused: bool = False

    def node(self) -> dict[str, Node]:
        """As it stands in the file."""
        found: dict[str, Node] = {"triggers": [*self.triggers]}
        if self.exceptions:
            found["exceptions"] = [*self.exceptions]
        if set(self.consent) != set(self.usual):
            found["consent"] = [*self.consent]
        if self.paused:
            found["paused"] = True
        return found

    def follow(self, other: Common) -> None:
        """Fires with another tag, too. What holds that one back holds this one back: nothing may fire more than there."""
        for mine, others in (
            (self.triggers, other.triggers),
            (self.exceptions, other.exceptions),
            (self.consent, other.consent),
        ):
            mine += [each for each in others if each not in mine]


def common_settings(read: Mapping[Entity, tuple[Translation, TagNode | None]], triggers: Triggers) -> Mapping[Entity, Common]:
    """Of all tags, by what is already known of each."""
    tags = {tag: _own(tag, translation, made, triggers) for tag, (translation, made) in read.items()}
    before = {tag: Common([*each.triggers], [*each.exceptions], [*each.consent]) for tag, each in tags.items()}
    by_name: dict[str, Entity] = {}
    for tag in tags:
        by_name.setdefault(tag.name.strip(), tag)
    for main in tags:
        for other, name, when in _sequence(main, by_name):
            if other is None:
                read[main][0].approximate(f"the export has no tag «{literals.spoken(name)}»")
                continue
            read[main][0].approximate(f"«{literals.spoken(other.name)}» fires with it, not {when} it")
            _fire_with(tags[main], before[main], tags[other], main, read[other][0], when)
    for tag, each in tags.items():
        if not each.triggers and not tag.ids("firingTriggerId"):
            read[tag][0].approximate("has no trigger: it never fires")
    return tags


def _fire_with(main: Common, own: Common, other: Common, tag: Entity, translation: Translation, when: str) -> None:
    """``own``: what the main tag has by itself, for sequences do not go on."""
    name = literals.spoken(tag.name)
    if main.paused:
        translation.approximate(f"does not fire {when} «{name}», which is paused")
        return
    held, alone = (len(other.exceptions), len(other.consent)), bool(other.triggers)
    other.follow(own)
    translation.approximate(f"fires with «{name}», not {when} it")
    if alone and held != (len(other.exceptions), len(other.consent)):
        translation.approximate(f"what holds «{name}» back holds it back wherever it fires")


def _sequence(main: Entity, tags: Mapping[str, Entity]) -> Iterator[tuple[Entity | None, str, str]]:
    for key, when in _SEQUENCES.items():
        for each in main.objects(key):
            name = text_of(each.get("tagName"))
            yield tags.get(name.strip()), name, when


def _own(tag: Entity, translation: Translation, made: TagNode | None, triggers: Triggers) -> Common:
    found = Common(_firing(tag, translation, triggers), usual=made.usual_consent if made else ())
    found.paused = tag.fields.get("paused") is True or (made is not None and made.paused)
    for id in tag.ids("blockingTriggerId"):
        key = triggers.key(id)
        if key is None:
            _pause(found, translation, f"the export has no blocking trigger {id}")
        elif triggers.matches_nothing(id):
            _pause(found, translation, f"what holds it back cannot be told ({key})")
        elif key not in found.exceptions:
            found.exceptions.append(key)
    found.consent = [*made.consent] if made else []
    for type in _consent_types(tag):
        if type not in get_args(ConsentType):
            _pause(found, translation, f"no consent type {literals.spoken(type)}")
        elif type not in found.consent:
            found.consent.append(type)
    _dropped(tag, translation, found)
    return found


def _pause(common: Common, translation: Translation, why: str) -> None:
    common.paused = True
    translation.approximate(f"{why}: paused")


def _consent_types(tag: Entity) -> Sequence[str]:
    settings = tag.fields.get("consentSettings")
    if not isinstance(settings, dict) or folded(text_of(settings.get("consentStatus"))) != "needed":
        return []
    found = settings.get("consentType")
    types: Value = value_of(found) if isinstance(found, dict) else []
    return [each for each in types if isinstance(each, str)] if isinstance(types, list) else []


def _dropped(tag: Entity, translation: Translation, common: Common) -> None:
    """What tags do not have here."""
    priority = tag.fields.get("priority")
    number = text_of(priority.get("value") if isinstance(priority, dict) else priority)
    if number not in ("", "0"):
        translation.approximate(f"priority {literals.spoken(number)} is dropped: tags do not wait for each other")
    if folded(tag.field("tagFiringOption")) == "onceperload":
        translation.approximate("fires for every event: there is no page load here")
    if tag.field("scheduleStartMs") or tag.field("scheduleEndMs"):
        _pause(common, translation, "no schedules")


def _firing(tag: Entity, translation: Translation, triggers: Triggers) -> list[str]:
    keys: list[str] = []
    ids = tag.ids("firingTriggerId")
    for id in ids:
        key = triggers.key(id)
        if key is None:
            translation.approximate(f"the export has no trigger {literals.spoken(id)}: it does not fire for that")
        elif key not in keys:
            keys.append(key)
    lost = [triggers.key(id) or id for id in ids if triggers.matches_nothing(id)]
    if lost:
        translation.approximate(f"a trigger of its matches nothing: {', '.join(lost)}")
    return keys
